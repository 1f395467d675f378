import { numbersOf } from '../../src/check/actions.js';
import { maskSizeOf } from '../../src/environments/actionMask.js';
import type { Action, Environment, ResetOptions, StepResult } from '../../src/environments/environment.js';
import { Box, Discrete, MultiDiscrete } from '../../src/environments/spaces.js';
import { EnvironmentError } from '../../src/errors.js';
import { RandomStream } from '../../src/random/philox.js';

export const MASKED_SPACES = {
  Discrete: new Discrete(6, { masked: true }),
  MultiDiscrete: new MultiDiscrete([3, 1, 5], { masked: true, start: [-1, 0, 2] }),
} as const;

/** Each part allows the choice that the stream draws, and some others. */
export function drawMask(counts: readonly number[], random: RandomStream): number[] {
  return counts.flatMap((count) => {
    const always = Math.floor(random.uniform() * count);
    return Array.from({ length: count }, (_, i) => (i === always || random.uniform() < 0.3 ? 1 : 0));
  });
}

/**
 * Doors that open and close at random: throws where a closed one is taken, so that whatever plays it respects its masks. The further
 * right the door, the higher the reward. The last step of an episode tells no mask.
 */
export class Doors implements Environment {
  readonly observationSpace = new Box({ low: 0, high: 1, size: 2 });
  private random = new RandomStream(0);
  private mask: number[] = [];
  private elapsed = 0;

  constructor(
    readonly actionSpace: Discrete | MultiDiscrete = MASKED_SPACES.Discrete,
    private readonly length = 7,
  ) {}

  reset({ seed }: ResetOptions = {}) {
    if (seed !== undefined) this.random = new RandomStream(seed);
    this.elapsed = 0;
    return { observation: this.open(), info: { action_mask: Int8Array.from(this.mask) } };
  }

  step(action: Action): StepResult {
    const { start } = this.actionSpace;
    const starts = typeof start === 'number' ? [start] : start;
    let first = 0;
    let reward = 0;
    this.counts.forEach((count, part) => {
      const choice = numbersOf(action)[part] - starts[part];
      if (this.mask[first + choice] !== 1) {
        throw new EnvironmentError(`Doors: step(${action}) takes a closed door at ${this.mask}`);
      }
      first += count;
      reward += choice;
    });
    const terminated = ++this.elapsed === this.length;
    const observation = this.open();
    const info = terminated ? undefined : { actionMask: this.mask.map((allowed) => allowed === 1) };
    return { observation, reward, terminated, truncated: false, info };
  }

  saveState(): number[] {
    return [this.elapsed, this.random.seed, this.random.drawn, ...this.mask];
  }

  restoreState([elapsed, seed, drawn, ...mask]: ArrayLike<number> & Iterable<number>): void {
    this.elapsed = elapsed;
    this.random = new RandomStream(seed);
    this.random.drawn = drawn;
    this.mask = mask.slice(0, maskSizeOf(this.actionSpace));
  }

  private get counts(): readonly number[] {
    return this.actionSpace.kind === 'Discrete' ? [this.actionSpace.n] : this.actionSpace.counts;
  }

  private open(): number[] {
    this.mask = drawMask(this.counts, this.random);
    return [this.random.uniform(), this.mask[0]];
  }
}
