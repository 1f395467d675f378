import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { optionNames, optionTable, ruleOf } from '../../src/training/options.js';
import { compile, consumerFolder, ROOT } from './consumer.js';

const folder = consumerFolder();

/** Uses nothing but the package and the language: no console, no AbortController. */
const PROGRAMS = {
  'train.ts': `
import { Box, createTrainer, Discrete, type Environment, loadPolicy, type Policy, type TrainResult, train } from 'wasm-trpo';
import { train as trainByName } from 'wasm-trpo/node';

const environment = (): Environment => ({
  observationSpace: new Box({ low: 0, high: 1, size: 1 }),
  actionSpace: new Discrete(2),
  reset: () => ({ observation: [0] }),
  step: (action) => ({ observation: [Number(action)], reward: 1, terminated: true, truncated: false }),
});
const result: TrainResult = await train({ environment, timesteps: 10, maxKl: 0.02 });
const policy: Policy = result.trainer.policy;
policy.act([0], { deterministic: true });
(await loadPolicy('runs/x')).close();
export const again: typeof train = trainByName;
// @ts-expect-error an option that does not exist
await train({ environment, maxKL: 0.02 });
// @ts-expect-error a value that no algorithm has
await train({ environment, algorithm: 'sac' });

// by algorithm: a trainer reports its steps, a search its candidates
const { trainer } = await train({ environment, guard: true });
export const best: number | undefined = trainer.best?.meanReturn;
export const bestBytes: Uint8Array | undefined = trainer.encodeBestPolicy();
for await (const { report } of trainer.iterations()) report.step.meanKlOldNew satisfies number;
const search = await train({ environment, algorithm: 'cem' });
for await (const { report } of search.trainer.iterations()) report.bestReturn satisfies number;
const either = 'cem' as 'cem' | 'trpo';
// @ts-expect-error only one of the two has it
(await train({ environment, algorithm: either })).trainer.maxKl;

// actions and distributions by the action space of the environment, and of a file by what its user says and loading checks
const onTwo = { ...environment(), actionSpace: new Discrete(2) };
const two = (await train({ environment: () => onTwo, timesteps: 10 })).trainer.policy;
two.act([0]) satisfies number;
two.distribution([0]).probabilities satisfies readonly number[];
const arm = await loadPolicy(new Uint8Array(), { actionSpace: 'Box' });
arm.act([0]) satisfies number[];
arm.distribution([0]).std satisfies readonly number[];
// @ts-expect-error normal variates have no probabilities
arm.distribution([0]).probabilities;
// @ts-expect-error which of them it is is not known
(await loadPolicy('runs/x')).act([0]) satisfies number;

// rows by the names of columns, and any other
for await (const { row } of (await createTrainer({ environment })).iterations()) {
  const value: number | string | boolean | null = row['rollout/ep_rew_mean'];
  if (value !== null) row['my/own'];
}
`,
  'page.ts': `
import { type ActionSpace, MultiBinary, MultiDiscrete, RandomStream, train } from 'wasm-trpo/browser';
import 'wasm-trpo/browserWorker.js';

export const spaces: ActionSpace[] = [new MultiDiscrete([2, 3]), new MultiBinary(4)];
export const drawn: number = new RandomStream(1).uniform();
declare const makeWorker: () => Worker;
const training = train({ environment: 'Mine', worker: makeWorker, onIteration: ({ row }) => row['rollout/ep_rew_mean'] });
export const bytes: Uint8Array = (await training.ended).files['policy.safetensors'];
// @ts-expect-error a function cannot move to the worker of a page
train({ environment: () => 0 });
`,
  'worker.ts': `
import { Box, Discrete, type Environment, serveTraining, TimeLimit } from 'wasm-trpo/browser/worker';

const environment = (): Environment => ({
  observationSpace: new Box({ low: 0, high: 1, size: 1 }),
  actionSpace: new Discrete(2),
  reset: () => ({ observation: [0] }),
  step: (action) => ({ observation: [Number(action)], reward: 1, terminated: true, truncated: false }),
});
serveTraining({ environments: { Mine: () => new TimeLimit(environment(), 100) } });
// @ts-expect-error an environment itself, of which there may have to be several
serveTraining({ environments: { Mine: environment() } });
`,
  'edge.ts': `
import { createPolicy } from 'wasm-trpo/edge';
import kernels from 'wasm-trpo/edge.wasm';
import others from 'wasm-trpo/wasm/simd.wasm';

export const action = createPolicy(kernels, new Uint8Array(), { seed: 1 }).actBatch([[0]])[0];
export const same: typeof kernels = others;
// @ts-expect-error text is no bytes
createPolicy(kernels, 'policy');
`,
} as const;

beforeAll(() => {
  for (const [name, text] of Object.entries(PROGRAMS)) writeFileSync(folder.path(name), text);
});

describe.each([
  ['bundler', 'esnext'],
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
])('with moduleResolution %s', (moduleResolution, module) => {
  test.each([
    ['nothing beside the language', { lib: ['es2022'], types: [] }],
    ['the types of Node.js', { lib: ['es2022'], types: ['node'] }],
    ['the DOM library', { lib: ['es2022', 'dom'], types: [] }],
    ['both', { lib: ['es2022', 'dom', 'dom.iterable'], types: ['node'] }],
  ])('programs and declarations compile with %s', async (_, environment) => {
    const files = Object.keys(PROGRAMS);
    expect(await compile(folder.path(), files, { ...environment, moduleResolution, module })).toEqual({
      code: 0,
      output: '',
    });
  });
});

test('a program that is wrong does not compile: the declarations are read', async () => {
  writeFileSync(
    folder.path('wrong.ts'),
    "import { train } from 'wasm-trpo';\nawait train({ environment: 'CartPole-v1', gamma: 'much' });\n",
  );
  const { code, output } = await compile(folder.path(), ['wrong.ts'], {
    ...{ moduleResolution: 'bundler', module: 'esnext' },
  });
  expect(code).not.toBe(0);
  expect(output).toMatch(/wrong\.ts\(2,.*TS2322.*'string' is not assignable to type 'number/s);
});

describe('the options, as an editor shows them', () => {
  const declarations = readFileSync(`${ROOT}dist/types/training/options.d.ts`, 'utf8');
  const commentsOf = (type: string) => {
    const [, body] = new RegExp(`^export interface ${type} \\{\n([\\s\\S]*?)^\\}`, 'm').exec(declarations)!;
    const members = body.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s+readonly (\w+)\??: /g);
    return new Map([...members].map(([, comment, name]) => [name, comment]));
  };

  test.each(['TrpoOptions', 'GivenOptions'])('%s has the text of the table', (type) => {
    const comments = commentsOf(type);
    expect([...comments.keys()].sort()).toEqual([...optionNames].sort());
    for (const name of optionNames) {
      const { description, default: value } = optionTable[name];
      expect(comments.get(name)).toContain(description);
      expect(comments.get(name)).toContain(ruleOf(name));
      expect(comments.get(name)).toContain(`@default ${JSON.stringify(value)}\n`);
    }
  });

  test('have the types of the table', async () => {
    writeFileSync(
      folder.path('same.ts'),
      `import type { GivenOptions, optionTable, TrpoOptions } from 'wasm-trpo';
import type { OptionValues } from './node_modules/wasm-trpo/dist/types/options/optionEntry.js';
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Table = OptionValues<typeof optionTable>;
export const given: Same<Partial<Table>, { [Name in keyof GivenOptions]: GivenOptions[Name] }> = true;
export const same: { [Name in keyof Table | keyof TrpoOptions]: Same<Table[Name], TrpoOptions[Name]> } = {
${optionNames.map((name) => `  ${name}: true,`).join('\n')}
};
`,
    );
    expect(
      await compile(folder.path(), ['same.ts'], { moduleResolution: 'nodenext', module: 'nodenext' }),
    ).toEqual({ code: 0, output: '' });
  });
});
