import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { policyToJavaScript } from '../../src/export/javaScript.js';
import { mainPolicy, OFFSETS, observationsAtOffset, policyAtOffset, SPACES } from '../edge/support.js';
import { temporaryFolder } from '../support/cli.js';
import { programOf, RUNTIME_NAMES, type Runtime } from './installed.js';

const folder = temporaryFolder();

/** Exits with another code than 0 unless each action is within 1e-5 of the policy's; a test of workerd as well. */
const CHECK = `import cases from './cases.mjs';
const check = () => {
  for (const { act, batch, expected } of cases) {
    batch.forEach((observation, row) => {
      const action = [act(observation, { deterministic: true })].flat();
      const isSame = action.every((value, i) => Math.abs(value - expected[row][i]) < 1e-5);
      if (!isSame || action.length !== expected[row].length) {
        throw new Error(\`\${observation}: \${action} instead of \${expected[row]}\`);
      }
    });
  }
};
check();
export default { test: check };
`;

const WORKERD = 'check.capnp';
const ARGUMENTS: Readonly<Record<Runtime, readonly string[]>> = {
  'Node.js 20': ['check.mjs'],
  'Node.js 24': ['check.mjs'],
  Deno: ['run', '--no-remote', 'check.mjs'],
  Bun: ['check.mjs'],
  workerd: ['test', WORKERD],
};

/** Cases as a module beside one module for each policy; `shift` is added to what is expected. */
function writeCases(policies: readonly Uint8Array[], batches: readonly number[][][], shift = 0): void {
  const imports = policies.map((bytes, i) => {
    writeFileSync(folder.path(`policy${i}.mjs`), policyToJavaScript(bytes));
    return `import { act as act${i} } from './policy${i}.mjs';\n`;
  });
  const cases = policies.map((bytes, i) => {
    const expected = mainPolicy(bytes)
      .actBatch(batches[i], { deterministic: true })
      .map((action) => Array.from(typeof action === 'number' ? [action] : action, (value) => value + shift));
    return `{ act: act${i}, batch: ${JSON.stringify(batches[i])}, expected: ${JSON.stringify(expected)} }`;
  });
  writeFileSync(folder.path('cases.mjs'), `${imports.join('')}export default [${cases.join(',\n')}];\n`);
}

const run = (runtime: Runtime) =>
  execFileSync(programOf(runtime), ARGUMENTS[runtime], { cwd: folder.path(), stdio: 'pipe' });

let policies: Uint8Array[];
let batches: number[][][];

beforeAll(async () => {
  const pairs = Object.values(OFFSETS).flatMap((observe) =>
    Object.values(SPACES).map((space) => ({ observe, space })),
  );
  policies = await Promise.all(pairs.map(({ space, observe }) => policyAtOffset(space, observe)));
  batches = pairs.map(({ observe }) => observationsAtOffset(observe, 100));
  writeFileSync(folder.path('check.mjs'), CHECK);
  const modules = ['check.mjs', 'cases.mjs', ...policies.map((_, i) => `policy${i}.mjs`)];
  writeFileSync(
    folder.path(WORKERD),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = (
  compatibilityDate = "2026-01-01",
  modules = [${modules.map((name) => `(name = "${name}", esModule = embed "${name}")`).join(', ')}],
))]);`,
  );
});

describe.each(RUNTIME_NAMES)('policies as JavaScript modules in %s, observations at an offset', (runtime) => {
  test('act as the policies do', () => {
    writeCases(policies, batches);
    run(runtime);
  });

  test('are found out where they do not', () => {
    writeCases(policies, batches, 0.001);
    expect(() => run(runtime)).toThrow(/instead of/);
  });
});
