import { actionSizeOf, type Box } from '../environments/spaces.js';
import { RandomStream, StreamPurpose } from '../random/philox.js';
import type { SteppedOutcomes, VectorEnvironment } from '../vector/vectorEnvironment.js';
import { sampleAction } from './actions.js';
import { type Check, violated } from './check.js';
import { hasEnded, type Moment, requireMember, requireSameMoment, requireSameMoments } from './moments.js';
import { PlayedVector } from './playedVector.js';
import { requireScene } from './scenes.js';

/** A maker of fresh vectors, whose answers are checked by their calls, and how long they are played. */
export interface CheckedVectors {
  readonly create: (count: number) => Promise<VectorEnvironment<Box>>;
  /** Steps of each environment. */
  readonly steps: number;
}

const COUNTS = [1, 3, 8];
const SEEDS = [11, 12, 13, 14];
const COUNT = SEEDS.length;

/** What every vector environment must do: the order is that of a report. */
export const vectorContract: readonly Check<CheckedVectors>[] = [
  {
    rule: 'has as many environments as were asked for, and an action space that knows its members',
    remedy: 'make as many as the factory is given',
    async run({ create }) {
      for (const count of COUNTS) {
        const vector = await create(count);
        if (vector.count !== count) violated(`${count} were asked for, its count is ${vector.count}`);
        const { actionSpace } = vector;
        const action = sampleAction(actionSpace, new RandomStream(1));
        if (!actionSpace.contains(action)) violated(`actionSpace.contains(${action}) is false`);
      }
    },
  },
  {
    rule: 'answers with members of the observation space, finite rewards, and flags 0 or 1',
    remedy: 'widen the bounds, -Infinity and Infinity are allowed, or mend reset() and step()',
    async run({ create, steps }) {
      const vector = await played(create);
      const { observationSpace } = vector.inner;
      const { size } = observationSpace;
      const starts = Array.from((await vector.reset(indices(COUNT), SEEDS)).observations);
      indices(COUNT).forEach((row) => {
        const start = starts.slice(row * size, (row + 1) * size);
        requireMember(observationSpace, start, `reset() of environment ${row}`);
      });
      (await goOn(vector, 0, steps)).forEach((moments, index) => {
        moments.forEach(({ observation }, step) => {
          requireMember(observationSpace, observation, `step ${step + 1} of environment ${index}`);
        });
      });
    },
  },
  {
    rule: 'gives the same episodes for the same seeds, to the bit',
    remedy: 'let reset(which, seeds) put back everything that decides what follows',
    async run({ create, steps }) {
      const vector = await played(create);
      const once = await play(vector, steps);
      requireSameEpisodes('played twice by one vector', once, await play(vector, steps));
      requireSameEpisodes('played by two vectors', once, await play(await played(create), steps));
    },
  },
  {
    rule: 'answers what its environments would answer one by one',
    remedy: 'give each environment a random stream of its own seed; threads have vectors of other sizes',
    async run({ create, steps }) {
      const together = await play(await played(create), steps);
      for (const index of indices(COUNT)) {
        const single = await played(create, 1);
        const actions = new Actions(single, index);
        const moments: Moment[] = [];
        await single.reset([0], [SEEDS[index]]);
        while (moments.length < together[index].length) {
          const moment = momentOf(single, await single.step([0], actions.draw([0])), 0);
          moments.push(moment);
          if (hasEnded(moment)) await single.reset([0]);
        }
        requireSameMoments(`environment ${index} in a vector, and alone`, together[index], moments);
      }
    },
  },
  {
    rule: 'leaves alone the environments that are not asked, and resets none by itself',
    remedy: 'row i of actions and answers belongs to environment which[i], and only those move',
    async run({ create }) {
      const [whole, partly] = [await played(create), await played(create)];
      await whole.reset(indices(COUNT), SEEDS);
      await partly.reset(indices(COUNT), SEEDS);
      const actions = new Actions(whole);
      const size = actionSizeOf(partly.inner.actionSpace);
      // 1 and 3 run ahead of 0 and 2
      for (const which of [
        [1, 3],
        [1, 3],
        [0, 2],
        [0, 2],
        [0, 1, 2, 3],
      ]) {
        const given = actions.draw(which);
        const outcomes = await whole.step(which, given);
        const expected = which.map((_, row) => momentOf(whole, outcomes, row));
        for (const [row, index] of which.entries()) {
          const own = given.slice(row * size, (row + 1) * size);
          const moment = momentOf(partly, await partly.step([index], own), 0);
          requireSameMoment(`environment ${index} asked together, and alone`, expected[row], moment);
        }
        const ended = which.filter((_, row) => hasEnded(expected[row]));
        if (ended.length > 0) for (const vector of [whole, partly]) await vector.reset(ended);
      }
    },
  },
  {
    rule: 'goes on from saved states to the bit, in any of its environments, through the following resets too',
    remedy: 'a state holds everything that decides what follows: random stream and elapsed steps included',
    skip: async ({ create }) =>
      (await create(1)).saveStates
        ? undefined
        : 'it has no saveStates() and restoreStates(): runs resume with new episodes, and vine is refused',
    async run({ create, steps }) {
      const [before, after] = [Math.ceil(steps / 8), Math.ceil(steps / 3)];
      const vector = await played(create);
      await play(vector, before);
      const states = await vector.saveStates(indices(COUNT));
      const expected = await goOn(vector, before, after);
      const other = await played(create);
      await play(other, 7);
      await other.restoreStates(indices(COUNT), states);
      requireSameEpisodes('of one vector, and of another', expected, await goOn(other, before, after));
      await vector.restoreStates(indices(COUNT), states);
      requireSameEpisodes('of one vector, twice', expected, await goOn(vector, before, after));
    },
  },
  {
    rule: 'renders finite shapes in a view that has an area',
    remedy: 'mend render()',
    skip: async ({ create }) =>
      (await create(1)).render ? undefined : 'it has no render(): it is not drawn',
    async run({ create }) {
      const vector = await played(create);
      await vector.reset(indices(COUNT), SEEDS);
      for (const index of indices(COUNT)) requireScene(vector.inner.render!(index));
    },
  },
];

async function played(create: CheckedVectors['create'], count = COUNT): Promise<PlayedVector> {
  return new PlayedVector(await create(count));
}

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Draws of members of the action space, for each environment a stream of its own. */
class Actions {
  private readonly streams: readonly RandomStream[];

  constructor(
    private readonly vector: PlayedVector,
    first = 0,
  ) {
    this.streams = indices(vector.inner.count).map(
      (index) => new RandomStream(first + index, StreamPurpose.actions),
    );
  }

  draw(which: readonly number[]): Float64Array {
    return Float64Array.from(which.flatMap((index) => this.vector.sample(index, this.streams[index])));
  }

  /** Draws what was drawn before again, so that a later part of an episode can be played alone. */
  skip(steps: number): void {
    for (let step = 0; step < steps; step++) this.draw(indices(this.vector.inner.count));
  }
}

function momentOf(vector: PlayedVector, outcomes: SteppedOutcomes, row: number): Moment {
  const { size } = vector.inner.observationSpace;
  const { observations, rewards, terminated, truncated, masks } = outcomes;
  const moment = {
    observation: indices(size).map((i) => observations[row * size + i]),
    reward: rewards[row],
    terminated: terminated[row] === 1,
    truncated: truncated[row] === 1,
  };
  return masks === undefined || hasEnded(moment) ? moment : { ...moment, mask: vector.maskIn(masks, row) };
}

/** What each environment answers from a seeded start on; episodes that end are followed by others. */
async function play(vector: PlayedVector, steps: number): Promise<Moment[][]> {
  await vector.reset(indices(vector.inner.count), SEEDS);
  return goOn(vector, 0, steps);
}

async function goOn(vector: PlayedVector, drawn: number, steps: number): Promise<Moment[][]> {
  const all = indices(vector.inner.count);
  const actions = new Actions(vector);
  actions.skip(drawn);
  const moments: Moment[][] = all.map(() => []);
  for (let step = 0; step < steps; step++) {
    const outcomes = await vector.step(all, actions.draw(all));
    for (const index of all) moments[index].push(momentOf(vector, outcomes, index));
    const ended = all.filter((index) => hasEnded(moments[index][step]));
    if (ended.length > 0) await vector.reset(ended);
  }
  return moments;
}

function requireSameEpisodes(
  what: string,
  one: readonly (readonly Moment[])[],
  other: readonly (readonly Moment[])[],
): void {
  one.forEach((moments, index) => {
    requireSameMoments(`episodes of environment ${index}, ${what}`, moments, other[index]);
  });
}
