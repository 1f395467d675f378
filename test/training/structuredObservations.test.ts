import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { checkEnvironment } from '../../src/check/checkEnvironment.js';
import { createPolicy } from '../../src/edge/createPolicy.js';
import type { Environment } from '../../src/environments/environment.js';
import { observationNames } from '../../src/environments/flatSpace.js';
import { flattenObservation } from '../../src/environments/flattenObservation.js';
import { spaceToJson } from '../../src/environments/spaceJson.js';
import { Box, Discrete } from '../../src/environments/spaces.js';
import { Dict, type Observation } from '../../src/environments/structuredSpaces.js';
import { TimeLimit } from '../../src/environments/timeLimit.js';
import { EnvironmentError, MismatchError, NonFiniteError, ShapeError } from '../../src/errors.js';
import { evaluate } from '../../src/evaluation/evaluate.js';
import { policyToDeclaration, policyToJavaScript } from '../../src/export/javaScript.js';
import { policyToOnnx } from '../../src/export/onnx.js';
import { Trainer } from '../../src/training/trainer.js';
import { EnvironmentVector } from '../../src/vector/environmentVector.js';
import type { EnvironmentSource } from '../../src/vector/givenSource.js';
import { resetsOf, type VectorEnvironment } from '../../src/vector/vectorEnvironment.js';
import { describeEnvironmentContract } from '../contract/environmentContract.js';
import { describeVectorContract } from '../contract/vectorContract.js';
import { edgeModule, mainPolicy } from '../edge/support.js';
import { temporaryFolder } from '../support/cli.js';
import { runToEnd, withoutTimes } from '../support/runs.js';
import { testRuntime, threadedRuntime } from '../support/runtime.js';

const MODULE = new URL('../environments/fixtures/treasure.mjs', import.meta.url).href;
const { Treasure, FlatTreasure, TreasureVector } = (await import(MODULE)) as {
  Treasure: new () => Environment<Dict>;
  FlatTreasure: new () => Environment<Box>;
  TreasureVector: new (count: number) => VectorEnvironment<Dict>;
};
const folder = temporaryFolder();
const exported = (name: string) => ({ module: MODULE, export: name });

const SMALL = {
  environmentName: 'Treasure',
  environments: 4,
  steps: 32,
  timesteps: 4 * 32 * 3,
  hiddenSizes: [8],
  valueHiddenSizes: [8],
  valueEpochs: 2,
} as const;
const create = (environment: EnvironmentSource, options = {}) =>
  Trainer.create(testRuntime(), { ...SMALL, environment, ...options });
const observationsOf = async (environment: Environment, count: number) => {
  const seen: Observation[] = [(await environment.reset({ seed: 3 })).observation];
  while (seen.length < count) {
    const { observation, terminated, truncated } = await environment.step(seen.length % 4);
    seen.push(terminated || truncated ? (await environment.reset()).observation : observation);
  }
  return seen;
};

describeEnvironmentContract('an environment with a Dict', () => new Treasure(), { longestEpisode: 20 });
describeVectorContract(
  'environments with a Dict behind EnvironmentVector',
  (count) => new EnvironmentVector(Array.from({ length: count }, () => new Treasure())),
);

describe('a run on structured observations has the bits of one on what they are flattened to', () => {
  test.each([
    ['normalised', {}],
    ['as they are', { normalizeObservations: false }],
    ['vine', { sampling: 'vine', vineStates: 4, environments: 1 }],
  ])('%s', async (_, options) => {
    const flat = await runToEnd(await create(() => new FlatTreasure(), options));
    const structured = await runToEnd(await create(() => new Treasure(), options));
    expect(structured.rows).toEqual(flat.rows);
    const [one, other] = [structured, flat].map(({ policy }) => mainPolicy(policy));
    expect(one.getParameters()).toEqual(other.getParameters());
  });

  test('in worker threads, behind promises, in a vector and in a time limit too', async () => {
    const { rows, policy, checkpoint } = await runToEnd(await create(() => new Treasure()));
    const promised = () => {
      const inner = new Treasure();
      return {
        ...{ observationSpace: inner.observationSpace, actionSpace: inner.actionSpace },
        reset: async (options: object) => inner.reset(options),
        step: async (action: number) => inner.step(action),
        saveState: () => inner.saveState!(),
        restoreState: (state: ArrayLike<number>) => inner.restoreState!(state),
      };
    };
    const vector = (count: number) => new TreasureVector(count);
    for (const source of [promised, vector, exported('Treasure'), exported('TreasureVector')]) {
      const threads = typeof source === 'function' ? 1 : 2;
      const runtime = threads === 1 ? testRuntime() : threadedRuntime();
      const trainer = await Trainer.create(runtime, { ...SMALL, environment: source, threads });
      expect(trainer.spec.observationSpace?.kind).toBe('Dict');
      const run = await runToEnd(trainer);
      expect(run.rows).toEqual(rows);
      expect(run.policy).toEqual(policy);
      expect(run.checkpoint).toEqual(checkpoint);
    }
    const limited = await runToEnd(await create(() => new TimeLimit(new Treasure(), 100)));
    expect(limited.rows).toEqual(rows);
  });

  test('and goes on from a checkpoint to the bit', async () => {
    const whole = await runToEnd(await create(() => new Treasure()));
    const first = await create(() => new Treasure());
    await first.iterations().next();
    const bytes = first.encodeCheckpoint();
    await first.close();
    const second = await create(() => new Treasure());
    await second.restoreCheckpoint(bytes, 'checkpoint');
    const rest = await runToEnd(second);
    expect(rest.rows).toEqual(whole.rows.slice(1).map(withoutTimes));
    expect(rest.policy).toEqual(whole.policy);
    // what is observed is a part of what a run is about
    const flat = await create(() => new FlatTreasure());
    await expect(flat.restoreCheckpoint(bytes, 'checkpoint')).rejects.toThrow(MismatchError);
    await flat.close();
  });
});

describe('a policy of structured observations', async () => {
  const { policy: bytes } = await runToEnd(await create(() => new Treasure()));
  const [main, edge] = [mainPolicy(bytes), createPolicy(edgeModule(), bytes)];
  const space = new Treasure().observationSpace;

  test('knows what it sees, without bounds', () => {
    const json = JSON.parse(JSON.stringify(spaceToJson(space, false)));
    for (const { spec } of [main, edge]) {
      expect(JSON.parse(JSON.stringify(spaceToJson(spec.observationSpace!, false)))).toEqual(json);
      expect(spec.observationSize).toBe(26);
    }
    const { spaces, names } = main.spec.observationSpace as Dict;
    const { spaces: body } = spaces[names.indexOf('body')] as Dict;
    expect(body[0]).toEqual(new Box({ low: -Infinity, high: Infinity, size: 1 }));
  });

  test('acts on them as on what they are flattened to, at the edge too', async () => {
    const seen = await observationsOf(new Treasure(), 20);
    const flat = seen.map((observation) => flattenObservation(space, observation));
    const expected = flat.map((observation) => main.act(observation, { deterministic: true }));
    expect(new Set(expected).size).toBeGreaterThan(1);
    for (const policy of [main, edge]) {
      expect(seen.map((observation) => policy.act(observation, { deterministic: true }))).toEqual(expected);
      expect(policy.actBatch(seen, { deterministic: true })).toEqual(expected);
      expect(
        policy.actBatch(
          flat.map((row) => Array.from(row)),
          { deterministic: true },
        ),
      ).toEqual(expected);
    }
  });

  test('refuses others, naming the place', async () => {
    const [first] = await observationsOf(new Treasure(), 1);
    for (const policy of [main, edge]) {
      const act = (change: object) => () => policy.act({ ...(first as object), ...change } as Observation);
      expect(act({ goal: 0 })).toThrow(ShapeError);
      expect(act({ goal: 0 })).toThrow(
        'The policy for Treasure was given observation.goal = 0; it must be a whole number from 1 to 9',
      );
      expect(act({ memory: [0, [0, Number.NaN]] })).toThrow(NonFiniteError);
      expect(() => policy.actBatch([first, {}])).toThrow('was given no batch[1].body');
      expect(() => policy.act([1, 2])).toThrow(/2 numbers as observation; its space is a Dict/);
      expect(() => policy.act(undefined as never)).toThrow(ShapeError);
    }
  });

  test('is exported with the names of what it sees', async () => {
    const names = observationNames(space);
    const file = folder.path('policy.mjs');
    writeFileSync(file, policyToJavaScript(bytes));
    const exported = await import(/* @vite-ignore */ pathToFileURL(file).href);
    expect(exported.observationNames).toEqual(names);
    for (const observation of await observationsOf(new Treasure(), 10)) {
      const flat = flattenObservation(space, observation);
      expect(exported.act(flat, { deterministic: true })).toBe(
        main.act(observation, { deterministic: true }),
      );
    }
    expect(policyToDeclaration(bytes)).toContain('export declare const observationNames: readonly string[];');
    const model = Buffer.from(policyToOnnx(bytes)).toString('utf8');
    expect(model).toContain(`observationNames`);
    expect(model).toContain(JSON.stringify(names));
  });

  test('is evaluated in what it was trained on, whoever flattens it, and in nothing else', async () => {
    const report = await evaluate(main, new Treasure(), { episodes: 5 });
    const both = new EnvironmentVector([new Treasure(), new Treasure()]);
    for (const environment of [new TimeLimit(new Treasure(), 50), new TreasureVector(3), both]) {
      expect(await evaluate(main, environment, { episodes: 5 })).toEqual(report);
    }
    const failure = evaluate(main, new FlatTreasure(), { episodes: 1 });
    await expect(failure).rejects.toThrow(MismatchError);
    await expect(failure).rejects.toThrow(/was trained on observations {"kind":"Dict".* has 26 observations/);
  });
});

describe('what an environment shows wrongly is named with its place', () => {
  const broken = (change: object, first = 1) => {
    let steps = 0;
    const environment = new Treasure();
    const spoilt = (result: { observation: Observation }) =>
      ++steps < first ? result : { ...result, observation: { ...(result.observation as object), ...change } };
    return Object.assign(Object.create(environment), {
      reset: (options: object) => environment.reset(options),
      step: (action: number) => spoilt(environment.step(action) as never),
    }) as Environment;
  };
  test.each([
    [
      { goal: 0 },
      ShapeError,
      /^Treasure \(environment 0, step 2\) returned observation\.goal = 0 from step\(\); it must be a whole number from 1 to 9/,
    ],
    [
      { place: [0] },
      ShapeError,
      /returned 1 numbers as observation\.place from step\(\), its observation space has 2 numbers there/,
    ],
    [
      { body: { energy: [Infinity], walls: [0, 0, 0, 0] } },
      NonFiniteError,
      /observation\.body\.energy\[0\] = Infinity from step/,
    ],
  ])('%j', async (change, kind, message) => {
    const trainer = await create(() => broken(change, 3), { environments: 1 });
    const failure = trainer.iterations().next();
    await expect(failure).rejects.toThrow(kind);
    await expect(failure).rejects.toThrow(message);
    await trainer.close();
  });

  test('by the checks too, where bounds count', async () => {
    const of = async (change: object) => {
      const { results } = await checkEnvironment(() => broken(change), { steps: 20 });
      return results.find(({ rule }) => /^steps to finite members/.test(rule))?.reason;
    };
    expect(await of({})).toBeUndefined();
    expect(await of({ goal: 0 })).toMatch(/returned observation\.goal = 0 from step/);
    expect(await of({ body: { energy: [2], walls: [0, 0, 0, 0] } })).toMatch(
      /step 1: observation\.body\.energy\[0\] is 2, its observation space has 0 to 1/,
    );
  });

  test('in a vector whose rows are not one 1 among zeros', async () => {
    class Raw extends TreasureVector {
      override async reset(which: readonly number[], seeds?: readonly number[]) {
        const { observations } = resetsOf(await super.reset(which, seeds));
        const rows = Float64Array.from(observations);
        rows.fill(1, 5, 7);
        return rows;
      }
    }
    const { results } = await checkEnvironment((count) => new Raw(count), { steps: 20 });
    const failed = results.filter(({ outcome }) => outcome === 'failed').map(({ reason }) => reason);
    expect(failed[0]).toMatch(
      /observation\.goal has the flat form \[1, 1, .*\] of a choice, which must be one 1/,
    );
    expect(await checkEnvironment((count) => new TreasureVector(count), { steps: 20 })).toMatchObject({
      failures: 0,
    });
  });

  test('and environments of one run show the same', async () => {
    let made = 0;
    const other = () => {
      const observationSpace = new Dict({ ...fieldsOf(new Treasure()), goal: new Discrete(9) });
      return Object.assign(new Treasure(), made++ === 1 ? { observationSpace } : {});
    };
    const failure = create(other);
    await expect(failure).rejects.toThrow(EnvironmentError);
    await expect(failure).rejects.toThrow(/^Treasure \(environment 1\) has observations {"kind":"Dict"/);
    const shared = new Treasure();
    await expect(create(() => shared)).rejects.toThrow(/one and the same object.*new Treasure\(\)/);
  });
});

function fieldsOf({ observationSpace: { names, spaces } }: Environment<Dict>) {
  return Object.fromEntries(names.map((name, i) => [name, spaces[i]]));
}
