import { describe, expect, it } from 'vitest';
import { actionSizeOf } from '../../src/environments/spaces.js';
import { RandomStream, StreamPurpose } from '../../src/random/philox.js';
import type { VectorEnvironment, VectorOutcomes } from '../../src/vector/vectorEnvironment.js';

/** One environment's part of an answer, a copy. */
interface Moment {
  readonly observation: readonly number[];
  readonly reward: number;
  readonly terminated: number;
  readonly truncated: number;
}

const COUNT = 4;
const STEPS = 300;
const SEEDS = [11, 12, 13, 14];

/** What every vector environment must do: call it from a test file with a name and a maker of fresh vectors. */
export function describeVectorContract(name: string, create: (count: number) => VectorEnvironment): void {
  describe(`${name} keeps the vector contract`, () => {
    it('has as many environments as were asked for, an observation Box and an action space', () => {
      for (const count of [1, 3, 64]) {
        const vector = create(count);
        expect(vector.count).toBe(count);
        expect(vector.observationSpace.kind).toBe('Box');
        expect(actionSizeOf(vector.actionSpace)).toBeGreaterThan(0);
      }
    });

    it('answers with a row for each environment asked: finite numbers, flags 0 or 1', async () => {
      const vector = create(COUNT);
      const all = indices(COUNT);
      await vector.reset(all, SEEDS);
      const actions = new Actions(vector);
      for (let step = 0; step < STEPS; step++) {
        const outcomes = await vector.step(all, actions.draw(all));
        const ended = all.filter((_, row) => hasEnded(outcomes, row));
        all.forEach((_, row) => {
          const { observation, reward, terminated, truncated } = momentOf(vector, outcomes, row);
          for (const number of [...observation, reward]) expect(Number.isFinite(number)).toBe(true);
          expect([0, 1]).toContain(terminated);
          expect([0, 1]).toContain(truncated);
        });
        if (ended.length > 0) await vector.reset(ended);
      }
    });

    it('gives the same episodes for the same seeds, to the bit', async () => {
      expect(await play(create(COUNT))).toEqual(await play(create(COUNT)));
    });

    it('answers what its environments would answer one by one', async () => {
      const together = await play(create(COUNT));
      for (const index of indices(COUNT)) {
        const single = create(1);
        const actions = new Actions(single, index);
        const moments: Moment[] = [];
        await single.reset([0], [SEEDS[index]]);
        while (moments.length < together[index].length) {
          const moment = momentOf(single, await single.step([0], actions.draw([0])), 0);
          moments.push(moment);
          if (moment.terminated + moment.truncated > 0) await single.reset([0]);
        }
        expect(moments).toEqual(together[index]);
      }
    });

    it('leaves alone the environments that are not asked, and resets none by itself', async () => {
      const [whole, partly] = [create(COUNT), create(COUNT)];
      await whole.reset(indices(COUNT), SEEDS);
      await partly.reset(indices(COUNT), SEEDS);
      const actions = new Actions(whole);
      // 1 and 3 run ahead of 0 and 2
      for (const which of [
        [1, 3],
        [1, 3],
        [0, 2],
        [0, 2],
        [0, 1, 2, 3],
      ]) {
        const given = actions.draw(which);
        const expected = copyOf(whole, await whole.step(which, given), which.length);
        for (const [row, index] of which.entries()) {
          const size = actionSizeOf(partly.actionSpace);
          const own = given.slice(row * size, (row + 1) * size);
          expect(momentOf(partly, await partly.step([index], own), 0)).toEqual(expected[row]);
        }
      }
    });

    if (create(1).saveStates) {
      it('goes on from saved states to the bit, in any of its environments, through the following resets too', async () => {
        const vector = create(COUNT);
        const first = await play(vector, 40);
        const states = (await vector.saveStates!(indices(COUNT))).map((state) => Array.from(state));
        const expected = await goOn(vector, 40, 100);
        const other = create(COUNT);
        await play(other, 7);
        await other.restoreStates!(indices(COUNT), JSON.parse(JSON.stringify(states)));
        expect(await goOn(other, 40, 100)).toEqual(expected);
        expect(first[0].length).toBe(40);
      });
    }
  });
}

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Draws of members of the action space, for each environment a stream of its own. */
class Actions {
  private readonly streams: readonly RandomStream[];

  constructor(
    private readonly vector: VectorEnvironment,
    first = 0,
  ) {
    this.streams = indices(vector.count).map(
      (index) => new RandomStream(first + index, StreamPurpose.actions),
    );
  }

  draw(which: readonly number[]): Float64Array {
    return Float64Array.from(which.flatMap((index) => this.member(this.streams[index])));
  }

  /** Draws what was drawn before again, so that a later part of an episode can be played alone. */
  skip(steps: number): void {
    for (let step = 0; step < steps; step++) this.draw(indices(this.vector.count));
  }

  private member(stream: RandomStream): number[] {
    const { actionSpace } = this.vector;
    switch (actionSpace.kind) {
      case 'Discrete':
        return [Math.floor(stream.uniform() * actionSpace.n)];
      case 'MultiDiscrete':
        return actionSpace.counts.map((count) => Math.floor(stream.uniform() * count));
      case 'MultiBinary':
        return indices(actionSpace.n).map(() => (stream.uniform() < 0.5 ? 0 : 1));
      case 'Box':
        return actionSpace.low.map((low, i) =>
          stream.uniformBetween(Math.max(low, -1), Math.min(actionSpace.high[i], 1)),
        );
    }
  }
}

function hasEnded({ terminated, truncated }: VectorOutcomes, row: number): boolean {
  return terminated[row] !== 0 || truncated[row] !== 0;
}

function momentOf(vector: VectorEnvironment, outcomes: VectorOutcomes, row: number): Moment {
  const { size } = vector.observationSpace;
  const { observations, rewards, terminated, truncated } = outcomes;
  return {
    observation: indices(size).map((i) => observations[row * size + i]),
    reward: rewards[row],
    terminated: terminated[row],
    truncated: truncated[row],
  };
}

function copyOf(vector: VectorEnvironment, outcomes: VectorOutcomes, rows: number): Moment[] {
  return indices(rows).map((row) => momentOf(vector, outcomes, row));
}

/** What each environment answers from a seeded start on; episodes that end are followed by others. */
async function play(vector: VectorEnvironment, steps = STEPS): Promise<Moment[][]> {
  await vector.reset(indices(vector.count), SEEDS);
  return goOn(vector, 0, steps);
}

async function goOn(vector: VectorEnvironment, drawn: number, steps: number): Promise<Moment[][]> {
  const all = indices(vector.count);
  const actions = new Actions(vector);
  actions.skip(drawn);
  const moments: Moment[][] = all.map(() => []);
  for (let step = 0; step < steps; step++) {
    const outcomes = await vector.step(all, actions.draw(all));
    all.forEach((index) => {
      moments[index].push(momentOf(vector, outcomes, index));
    });
    const ended = all.filter((_, row) => hasEnded(outcomes, row));
    if (ended.length > 0) await vector.reset(ended);
  }
  return moments;
}
