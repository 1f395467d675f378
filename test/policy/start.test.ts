import { describe, expect, test } from 'vitest';
import type { Action, Environment } from '../../src/environments/environment.js';
import { type ActionSpace, Box, Discrete, MultiDiscrete } from '../../src/environments/spaces.js';
import { MismatchError } from '../../src/errors.js';
import { evaluate } from '../../src/evaluation/evaluate.js';
import { nodePlatform } from '../../src/platform/node.js';
import { readPolicyFile } from '../../src/policy/policyFile.js';
import { train } from '../../src/run/train.js';
import { Trainer } from '../../src/training/trainer.js';
import { mainPolicy } from '../edge/support.js';
import { testRuntime } from '../support/runtime.js';

/** Rewards the choices that sum up to most; what it is given is kept. */
function counting(actionSpace: ActionSpace, seen: Action[]): () => Environment {
  return () => {
    let step = 0;
    return {
      observationSpace: new Box({ low: 0, high: 1, size: 1 }),
      actionSpace,
      reset: () => {
        step = 0;
        return { observation: [1] };
      },
      step: (action) => {
        seen.push(action);
        const reward =
          typeof action === 'number' ? action : Array.from(action).reduce((sum, part) => sum + part, 0);
        return { observation: [1], reward, terminated: ++step === 8, truncated: false };
      },
      saveState: () => [step],
      restoreState: (state) => {
        step = state[0];
      },
    };
  };
}

const SMALL = {
  environmentName: 'Count',
  steps: 64,
  hiddenSizes: [4],
  valueHiddenSizes: [4],
  valueEpochs: 2,
};
const SPACES: [string, ActionSpace, ActionSpace][] = [
  ['Discrete', new Discrete(3, { start: -1 }), new Discrete(3)],
  ['a plain object', { kind: 'Discrete', n: 3, start: -1 } as never, new Discrete(3)],
  ['MultiDiscrete', new MultiDiscrete([3, 2], { start: [-1, 5] }), new MultiDiscrete([3, 2])],
];
const KINDS = {
  trajectories: { environments: 2, timesteps: 128 * 12, maxKl: 0.05 },
  'a vine': { environments: 2, timesteps: 1500, sampling: 'vine', vineStates: 4, vineSteps: 4 },
  'a search': {
    algorithm: 'cem',
    searchEpisodes: 2,
    timesteps: 1500,
    steps: undefined,
    valueHiddenSizes: undefined,
    valueEpochs: undefined,
  },
} as const;

describe.each(SPACES)('%s with a start', (_, started, unstarted) => {
  const members = (space: ActionSpace) => {
    const proper =
      space.kind === 'Discrete' ? new Discrete(space.n, { start: space.start }) : (space as MultiDiscrete);
    return (action: Action) => proper.contains(action);
  };
  const distinct = (actions: readonly Action[]) =>
    new Set(actions.map((action) => JSON.stringify(action))).size;

  test.each(Object.entries(KINDS))('by %s: environments get actions from its start on', async (_, given) => {
    const seen: Action[] = [];
    const options = Object.fromEntries(
      Object.entries({ ...SMALL, ...given }).filter(([, value]) => value !== undefined),
    );
    const environment = counting(started, seen);
    const { trainer } = await train(nodePlatform, { ...options, environment, threads: 1 } as never);
    expect(seen.every(members(started))).toBe(true);
    expect(distinct(seen)).toBe(started.kind === 'Discrete' ? 3 : 6);
    seen.length = 0;
    const report = await evaluate(trainer.policy, environment(), { episodes: 3, deterministic: false });
    expect(seen.length).toBe(24);
    expect(seen.every(members(started))).toBe(true);
    expect(report.returns.every(Number.isInteger)).toBe(true);
    const action = trainer.policy.act([1]);
    expect(members(started)(action)).toBe(true);
  });

  test('the choices are those of the same task from 0 on', async () => {
    const run = async (space: ActionSpace) => {
      const seen: Action[] = [];
      const options = { ...SMALL, environments: 1, timesteps: 64, environment: counting(space, seen) };
      const trainer = await Trainer.create(testRuntime(), options);
      for await (const _ of trainer.iterations());
      return { seen, trainer };
    };
    const [from, zero] = [await run(started), await run(unstarted)];
    const offsets = started.kind === 'Discrete' ? [started.start] : (started as MultiDiscrete).start;
    const flat = (actions: readonly Action[]) =>
      actions.flatMap((one) => (typeof one === 'number' ? [one] : [...Array.from(one)]));
    expect(flat(from.seen)).toEqual(flat(zero.seen).map((choice, i) => choice + offsets[i % offsets.length]));

    const bytes = from.trainer.encodePolicy();
    const { spec } = readPolicyFile(bytes, 'policy');
    expect((spec.actionSpace as Discrete).start).toEqual((started as Discrete).start);
    const loaded = mainPolicy(bytes);
    for (const x of [0, 1, 2]) {
      expect(loaded.act([x], { deterministic: true })).toEqual(
        from.trainer.policy.act([x], { deterministic: true }),
      );
    }
    const checkpoint = from.trainer.encodeCheckpoint();
    await expect(zero.trainer.restoreCheckpoint(checkpoint, 'checkpoint')).rejects.toThrow(MismatchError);
    await expect(zero.trainer.restoreCheckpoint(checkpoint, 'checkpoint')).rejects.toThrow(/"start":/);
    await (await run(started)).trainer.restoreCheckpoint(checkpoint, 'checkpoint');
  });
});
