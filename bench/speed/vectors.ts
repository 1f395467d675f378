import type { Environment } from '../../src/environments/environment.js';
import { Box, Discrete } from '../../src/environments/spaces.js';
import { Trainer } from '../../src/training/trainer.js';
import type { EnvironmentFactory } from '../../src/vector/givenSource.js';
import type { VectorEnvironment } from '../../src/vector/vectorEnvironment.js';
import type { BenchContext } from '../report/section.js';
import { median } from '../report/statistics.js';
import type { Table } from '../report/table.js';

const COUNT = 64;
const STEPS = 64;
const WARM_UP = 10;
const ITERATIONS = 40;
const LENGTH = 20;

/** A walk on a line, as cheap as an environment can be: what is timed is the way to it and back. */
class Walk implements Environment {
  readonly observationSpace = new Box({ low: 0, high: LENGTH, size: 1 });
  readonly actionSpace = new Discrete(2);
  private place = 0;

  reset() {
    this.place = 0;
    return { observation: [0] };
  }

  step(action: number) {
    this.place = Math.max(0, this.place + (action === 1 ? 1 : -1));
    const terminated = this.place === LENGTH;
    return { observation: [this.place], reward: terminated ? 1 : 0, terminated, truncated: false };
  }
}

/** The same walks as one vector of a user's own. */
class Walks implements VectorEnvironment {
  readonly observationSpace = new Box({ low: 0, high: LENGTH, size: 1 });
  readonly actionSpace = new Discrete(2);
  private readonly places: Float64Array;
  private readonly outcomes;

  constructor(readonly count: number) {
    this.places = new Float64Array(count);
    this.outcomes = {
      observations: new Float64Array(count),
      rewards: new Float64Array(count),
      terminated: new Uint8Array(count),
      truncated: new Uint8Array(count),
    };
  }

  reset(which: readonly number[]) {
    which.forEach((index, row) => {
      this.places[index] = 0;
      this.outcomes.observations[row] = 0;
    });
    return this.outcomes.observations;
  }

  step(which: readonly number[], actions: ArrayLike<number>) {
    const { observations, rewards, terminated } = this.outcomes;
    for (let row = 0; row < which.length; row++) {
      const place = Math.max(0, this.places[which[row]] + (actions[row] === 1 ? 1 : -1));
      this.places[which[row]] = place;
      observations[row] = place;
      terminated[row] = place === LENGTH ? 1 : 0;
      rewards[row] = terminated[row];
    }
    return this.outcomes;
  }
}

/** A user's vector of 64 cheap environments beside 64 single ones; throws where the vector is slower. */
export async function vectors({ module }: BenchContext): Promise<Table[]> {
  const runtime = { module, variant: 'bench', yieldToEventLoop: async () => {} };
  const trainerOf = (environment: EnvironmentFactory) =>
    Trainer.create(runtime, {
      ...{ environment, environments: COUNT, steps: STEPS, timesteps: 1e12 },
      ...{ hiddenSizes: [4], valueHiddenSizes: [4], valueEpochs: 0, cgIterations: 1 },
    });
  const trainers = [await trainerOf(() => new Walk()), await trainerOf((count) => new Walks(count))];
  const runs = trainers.map((trainer) => trainer.iterations());
  const times: number[][] = [[], []];
  for (let iteration = 0; iteration < WARM_UP + ITERATIONS; iteration++) {
    for (const i of iteration % 2 === 0 ? [0, 1] : [1, 0]) {
      const { collectMs } = (await runs[i].next()).value!.report;
      if (iteration >= WARM_UP) times[i].push(collectMs);
    }
  }
  const [single, vector] = trainers.map((trainer) => trainer.encodePolicy());
  if (Buffer.compare(single, vector) !== 0) throw new Error('the vector changes the training; not timed');
  const nanoseconds = times.map((ms) => (1e6 * median(ms)) / (COUNT * STEPS));
  const ratio = median(times[0].map((ms, i) => ms / times[1][i]));
  if (ratio < 1) {
    throw new Error(
      `a vector of ${COUNT} takes ${(1 / ratio).toFixed(2)} times as long as single environments`,
    );
  }
  return [
    {
      title: `Rollouts of ${COUNT} cheap environments: one by one and as a user's vector`,
      notes: ['nanoseconds of a step, policy included; verified: both trainings end with the same bits'],
      rows: [
        {
          'one by one, ns': nanoseconds[0].toFixed(0),
          'vector, ns': nanoseconds[1].toFixed(0),
          'median of ratios': ratio.toFixed(2),
        },
      ],
    },
  ];
}
