// A simulator that steps many environments at once: walkers in slippery corridors, all in one array.
// examples/vectorEnvironment.mjs trains on it.
import { Box, Discrete, RandomStream } from 'wasm-trpo';

const LENGTH = 10;
const SLIPS = 0.1;

export class Corridors {
  observationSpace = new Box({ low: 0, high: LENGTH, size: 1 });
  actionSpace = new Discrete(2); // 0 left, 1 right

  constructor(count) {
    this.count = count;
    this.places = new Float64Array(count);
    this.randoms = Array.from({ length: count }, (_, index) => new RandomStream(index));
    // what is answered: a row for each environment asked, the first ones count
    this.outcomes = {
      observations: new Float64Array(count),
      rewards: new Float64Array(count),
      terminated: new Uint8Array(count),
      truncated: new Uint8Array(count),
    };
  }

  reset(which, seeds) {
    which.forEach((index, row) => {
      if (seeds) this.randoms[index] = new RandomStream(seeds[row]);
      this.places[index] = 0;
      this.outcomes.observations[row] = 0;
    });
    return this.outcomes.observations;
  }

  step(which, actions) {
    const { observations, rewards, terminated } = this.outcomes;
    for (let row = 0; row < which.length; row++) {
      const index = which[row];
      const slips = this.randoms[index].uniform() < SLIPS;
      const place = Math.max(0, this.places[index] + ((actions[row] === 1) !== slips ? 1 : -1));
      this.places[index] = place;
      observations[row] = place;
      terminated[row] = place === LENGTH ? 1 : 0;
      rewards[row] = place === LENGTH ? 10 : -1;
    }
    return this.outcomes;
  }

  // optional: with states a stopped run goes on in the middle of episodes
  saveStates(which) {
    return which.map((index) => [this.places[index], this.randoms[index].seed, this.randoms[index].drawn]);
  }

  restoreStates(which, states) {
    which.forEach((index, row) => {
      const [place, seed, drawn] = states[row];
      this.places[index] = place;
      this.randoms[index] = new RandomStream(seed);
      this.randoms[index].drawn = drawn;
    });
  }
}

/** What training calls, in every thread, with the number of environments that the thread steps. */
export const makeCorridors = (count) => new Corridors(count);
