import { describe, expect, it } from 'vitest';
import type { Action, Environment, ResetOptions, StepResult } from '../../src/environments/environment.js';
import type { ActionSpace } from '../../src/environments/spaces.js';
import { EnvironmentError, TrpoError } from '../../src/errors.js';
import { RandomStream, StreamPurpose } from '../../src/random/philox.js';

export interface EnvironmentContractOptions {
  /** An internal state to start from, for environments that know `options.state`. */
  startState?: readonly number[];
  /** Every episode ends within so many steps. */
  longestEpisode?: number;
}

interface Moment extends Omit<StepResult, 'observation' | 'info'> {
  observation: number[];
}

const SEED = 2024;

/** What every environment must do: call it from a test file with a name and a maker of fresh environments. */
export function describeEnvironmentContract(
  name: string,
  create: () => Environment,
  { startState, longestEpisode = 2000 }: EnvironmentContractOptions = {},
): void {
  describe(`${name} keeps the environment contract`, () => {
    describeSpaces(create);
    describeEpisodes(create, longestEpisode);
    describeRefusals(create, longestEpisode);
    if (create().saveState) describeSaving(create, longestEpisode);
    if (startState) describeStartState(create, startState);
    if (create().render) describeRendering(create, longestEpisode);
  });
}

function describeSpaces(create: () => Environment): void {
  it('has an observation Box and an action space that knows its members', () => {
    const environment = create();
    expect(environment.observationSpace.kind).toBe('Box');
    expect(environment.observationSpace.size).toBeGreaterThan(0);
    const random = new RandomStream(1, StreamPurpose.actions);
    for (let i = 0; i < 50; i++) {
      const action = sampleAction(environment.actionSpace, random);
      expect(environment.actionSpace.contains(action)).toBe(true);
    }
  });
}

function describeEpisodes(create: () => Environment, longestEpisode: number): void {
  it('resets to finite members of the observation space', async () => {
    const environment = create();
    for (let seed = 0; seed < 20; seed++) {
      const { observation } = await environment.reset({ seed });
      expectObservation(environment, Array.from(observation));
    }
  });

  it('steps with finite members of the observation space, numbers and booleans', async () => {
    const environment = create();
    const { moments } = await playEpisode(environment, SEED, longestEpisode);
    for (const { observation, reward, terminated, truncated } of moments) {
      expectObservation(environment, observation);
      expect(typeof reward === 'number' && Number.isFinite(reward)).toBe(true);
      expect([typeof terminated, typeof truncated]).toEqual(['boolean', 'boolean']);
    }
  });

  it('ends every episode, and says so in its last step only', async () => {
    const environment = create();
    const { moments } = await playEpisode(environment, SEED, longestEpisode);
    const ends = moments.map(({ terminated, truncated }) => terminated || truncated);
    expect(ends.indexOf(true)).toBe(moments.length - 1);
  });

  it('plays the same episode for the same seed, to the bit', async () => {
    const environment = create();
    const once = await playEpisode(environment, SEED, longestEpisode);
    expect(await playEpisode(environment, SEED, longestEpisode)).toEqual(once);
    expect(await playEpisode(create(), SEED, longestEpisode)).toEqual(once);
  });

  it('starts differently for different seeds, and at each reset without one', async () => {
    const environment = create();
    const starts = [
      await resetObservation(environment, { seed: 1 }),
      await resetObservation(environment),
      await resetObservation(environment, { seed: 2 }),
    ];
    expect(new Set(starts.map(String)).size).toBe(starts.length);
  });

  it('goes on with its random stream at a reset without a seed', async () => {
    const [one, other] = [create(), create()];
    for (const environment of [one, other]) await environment.reset({ seed: SEED });
    for (let i = 0; i < 3; i++) expect(await resetObservation(one)).toEqual(await resetObservation(other));
  });
}

function describeRefusals(create: () => Environment, longestEpisode: number): void {
  it('refuses a step before the first reset', async () => {
    const environment = create();
    const action = sampleAction(environment.actionSpace, new RandomStream(1));
    await expect(async () => environment.step(action)).rejects.toThrow(EnvironmentError);
  });

  it('refuses a step after the end of an episode, until it is reset', async () => {
    const environment = create();
    await playEpisode(environment, SEED, longestEpisode);
    const action = sampleAction(environment.actionSpace, new RandomStream(1));
    await expect(async () => environment.step(action)).rejects.toThrow(EnvironmentError);
    await environment.reset();
    expectObservation(environment, Array.from((await environment.step(action)).observation));
  });

  it('refuses what is no action, and goes on as if it had not been asked', async () => {
    const [asked, spared] = [create(), create()];
    const action = sampleAction(asked.actionSpace, new RandomStream(1));
    for (const environment of [asked, spared]) await environment.reset({ seed: SEED });
    for (const wrong of invalidActions(asked.actionSpace)) {
      await expect(async () => asked.step(wrong), `action ${wrong}`).rejects.toThrow(TrpoError);
    }
    expect(moment(await asked.step(action))).toEqual(moment(await spared.step(action)));
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses the seed %d', async (seed) => {
    const environment = create();
    await expect(async () => environment.reset({ seed })).rejects.toThrow(TrpoError);
  });
}

function describeSaving(create: () => Environment, longestEpisode: number): void {
  it('goes on from a saved state to the bit, through the following reset too, after JSON', async () => {
    const original = create();
    await original.reset({ seed: SEED });
    const random = new RandomStream(SEED, StreamPurpose.actions);
    for (let i = 0; i < 5; i++) await original.step(sampleAction(original.actionSpace, random));

    const saved: number[] = JSON.parse(JSON.stringify(Array.from(original.saveState!())));
    const copy = create();
    copy.restoreState!(saved);
    expect(Array.from(copy.saveState!())).toEqual(Array.from(original.saveState!()));
    expect(await playOn(copy, longestEpisode)).toEqual(await playOn(original, longestEpisode));
    expect(await resetObservation(copy)).toEqual(await resetObservation(original));
    expect(await playOn(copy, longestEpisode)).toEqual(await playOn(original, longestEpisode));

    original.restoreState!(saved);
    copy.restoreState!(saved);
    expect(await playOn(original, longestEpisode)).toEqual(await playOn(copy, longestEpisode));
  });

  it('saves that an episode has ended', async () => {
    const original = create();
    await playEpisode(original, SEED, longestEpisode);
    const copy = create();
    await copy.reset({ seed: 1 });
    copy.restoreState!(original.saveState!());
    const action = sampleAction(copy.actionSpace, new RandomStream(1));
    await expect(async () => copy.step(action)).rejects.toThrow(EnvironmentError);
    expect(await resetObservation(copy)).toEqual(await resetObservation(original));
  });

  it('refuses a saved state of the wrong length or with NaN', async () => {
    const environment = create();
    await environment.reset({ seed: SEED });
    const saved = Array.from(environment.saveState!());
    for (const wrong of [[], saved.slice(0, -1), [...saved, 0], [...saved.slice(0, -1), Number.NaN]]) {
      expect(() => environment.restoreState!(wrong)).toThrow(TrpoError);
      expect(Array.from(environment.saveState!())).toEqual(saved);
    }
  });
}

function describeStartState(create: () => Environment, startState: readonly number[]): void {
  it('starts from options.state, always at the same place, and refuses what is no state', async () => {
    const environment = create();
    const first = await resetObservation(environment, { options: { state: startState } });
    expectObservation(environment, first);
    expect(await resetObservation(environment, { seed: 5, options: { state: startState } })).toEqual(first);
    for (const state of [[...startState, 0], [], startState.map(() => Number.NaN)]) {
      await expect(async () => environment.reset({ options: { state } })).rejects.toThrow(TrpoError);
    }
  });
}

function describeRendering(create: () => Environment, longestEpisode: number): void {
  it('says a rate for moving pictures that they can have, if any', () => {
    const { stepsPerSecond = 30 } = create();
    expect(Number.isInteger(stepsPerSecond)).toBe(true);
    expect(stepsPerSecond).toBeGreaterThanOrEqual(1);
    expect(stepsPerSecond).toBeLessThanOrEqual(1000);
  });

  it('is not changed by being rendered', async () => {
    const [drawn, hidden] = [create(), create()];
    const step = drawn.step.bind(drawn);
    drawn.step = (action) => {
      drawn.render!();
      return step(action);
    };
    expect(await playEpisode(drawn, SEED, longestEpisode)).toEqual(
      await playEpisode(hidden, SEED, longestEpisode),
    );
  });

  it('renders finite shapes in a view that has an area', async () => {
    const environment = create();
    const random = new RandomStream(SEED, StreamPurpose.actions);
    await environment.reset({ seed: SEED });
    for (let i = 0; i < 5; i++) {
      const { view, shapes } = environment.render!();
      expect(view.right).toBeGreaterThan(view.left);
      expect(view.top).toBeGreaterThan(view.bottom);
      expect(shapes.length).toBeGreaterThan(0);
      for (const shape of shapes) {
        const numbers =
          shape.kind === 'circle'
            ? [...shape.center, shape.radius]
            : shape.points.flatMap((point) => [...point]);
        expect(numbers.every(Number.isFinite)).toBe(true);
      }
      await environment.step(sampleAction(environment.actionSpace, random));
    }
  });
}

/** One seeded episode with seeded random actions. All is copied: environments may reuse their results. */
async function playEpisode(environment: Environment, seed: number, longestEpisode: number) {
  const first = await resetObservation(environment, { seed });
  return { first, moments: await playOn(environment, longestEpisode) };
}

/** Random actions, the same ones each time, up to the end of the running episode. */
async function playOn(environment: Environment, longestEpisode: number): Promise<Moment[]> {
  const random = new RandomStream(SEED, StreamPurpose.actions);
  const moments: Moment[] = [];
  while (moments.length < longestEpisode) {
    const now = moment(await environment.step(sampleAction(environment.actionSpace, random)));
    moments.push(now);
    if (now.terminated || now.truncated) return moments;
  }
  throw new Error(`the episode did not end within ${longestEpisode} steps`);
}

function moment({ observation, reward, terminated, truncated }: StepResult): Moment {
  return { observation: Array.from(observation), reward, terminated, truncated };
}

async function resetObservation(environment: Environment, options?: ResetOptions): Promise<number[]> {
  return Array.from((await environment.reset(options)).observation);
}

function expectObservation(environment: Environment, observation: number[]): void {
  expect(observation.length).toBe(environment.observationSpace.size);
  expect(observation.every(Number.isFinite)).toBe(true);
  expect(environment.observationSpace.contains(observation), `observation ${observation}`).toBe(true);
}

/** A member of the space; Box sides that are infinite are cut at +-1 around the finite one. */
function sampleAction(space: ActionSpace, random: RandomStream): Action {
  const below = (count: number) => Math.floor(random.uniform() * count);
  switch (space.kind) {
    case 'Discrete':
      return below(space.n);
    case 'MultiDiscrete':
      return space.counts.map(below);
    case 'MultiBinary':
      return Array.from({ length: space.n }, () => below(2));
    case 'Box':
      return space.low.map((low, i) => {
        const from = Number.isFinite(low) ? low : Math.min(-1, space.high[i] - 1);
        const to = Number.isFinite(space.high[i]) ? space.high[i] : Math.max(1, from + 1);
        return random.uniformBetween(from, to);
      });
  }
}

function invalidActions(space: ActionSpace): Action[] {
  switch (space.kind) {
    case 'Discrete':
      return [-1, space.n, 0.5, Number.NaN, Infinity, [0]];
    case 'MultiDiscrete':
      return [0, [], [...space.counts], space.counts.map(() => 0.5), space.counts.map(() => Number.NaN)];
    case 'MultiBinary':
      return [0, [], new Array<number>(space.n).fill(2), new Array<number>(space.n + 1).fill(0)];
    case 'Box':
      return [0, [], [...space.low, 0], space.low.map(() => Number.NaN), space.low.map(() => Infinity)];
  }
}
