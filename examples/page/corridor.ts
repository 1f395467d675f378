import {
  type Action,
  Box,
  Discrete,
  type Environment,
  RandomStream,
  type ResetOptions,
} from 'wasm-trpo/browser';

const END = 10;

/** A corridor to walk along to its right end, on a floor where one step in ten slips back. */
export class Corridor implements Environment {
  readonly observationSpace = new Box({ low: 0, high: END, size: 1 });
  readonly actionSpace = new Discrete(2); // 0 left, 1 right
  private random = new RandomStream(0);
  private place = 0;

  reset({ seed }: ResetOptions = {}) {
    if (seed !== undefined) this.random = new RandomStream(seed);
    this.place = 0;
    return { observation: [this.place] };
  }

  step(action: Action) {
    const slips = this.random.uniform() < 0.1;
    this.place = Math.max(0, this.place + ((action === 1) !== slips ? 1 : -1));
    const terminated = this.place === END;
    return { observation: [this.place], reward: terminated ? 10 : -1, terminated, truncated: false };
  }

  // with these two a resumed run goes on exactly where it was
  saveState() {
    return [this.random.seed, this.random.drawn, this.place];
  }

  restoreState([seed, drawn, place]: number[]) {
    this.random = new RandomStream(seed);
    this.random.drawn = drawn;
    this.place = place;
  }
}
