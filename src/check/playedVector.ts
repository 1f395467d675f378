import type { Box } from '../environments/spaces.js';
import type { RandomStream } from '../random/philox.js';
import {
  resetsOf,
  type SteppedOutcomes,
  type SteppedResets,
  type VectorEnvironment,
} from '../vector/vectorEnvironment.js';
import { numbersOf, sampleAction } from './actions.js';
import type { SavedMoment } from './playedEnvironment.js';

/** A vector, checked by its calls, and which choices each of its environments takes now, where its action space is masked. */
export class PlayedVector {
  private readonly masks: (readonly number[] | undefined)[];

  constructor(readonly inner: VectorEnvironment<Box>) {
    this.masks = new Array(inner.count).fill(undefined);
  }

  async reset(which: readonly number[], seeds?: readonly number[]): Promise<SteppedResets> {
    const answer: SteppedResets = resetsOf(await this.inner.reset(which, seeds));
    this.see(which, answer.masks);
    return answer;
  }

  async step(which: readonly number[], actions: ArrayLike<number>): Promise<SteppedOutcomes> {
    const answer: SteppedOutcomes = await this.inner.step(which, actions);
    this.see(which, answer.masks);
    return answer;
  }

  /** The numbers of an action that environment `index` takes. */
  sample(index: number, random: RandomStream): number[] {
    return numbersOf(sampleAction(this.inner.actionSpace, random, this.masks[index]));
  }

  async saveStates(which: readonly number[]): Promise<SavedMoment[]> {
    const states = await this.inner.saveStates!(which);
    return which.map((index, row) => ({ state: Array.from(states[row]), mask: this.masks[index] }));
  }

  async restoreStates(which: readonly number[], saved: readonly SavedMoment[]): Promise<void> {
    await this.inner.restoreStates!(
      which,
      saved.map(({ state }) => state),
    );
    which.forEach((index, row) => {
      this.masks[index] = saved[row].mask;
    });
  }

  /** Row `row` of masks [count x mask size]. */
  maskIn(masks: Uint8Array, row: number): number[] {
    const size = masks.length / this.inner.count;
    return Array.from(masks.subarray(row * size, (row + 1) * size));
  }

  /** masks [count x mask size]; an episode that ended is reset before anything is drawn from its row. */
  private see(which: readonly number[], masks: Uint8Array | undefined): void {
    if (masks === undefined) return;
    which.forEach((index, row) => {
      this.masks[index] = this.maskIn(masks, row);
    });
  }
}
