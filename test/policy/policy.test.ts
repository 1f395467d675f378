import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createPolicy } from '../../src/edge/createPolicy.js';
import { TrpoError } from '../../src/errors.js';
import { Trainer } from '../../src/training/trainer.js';
import { edgeModule, mainPolicy, SPACES, trainedPolicy } from '../edge/support.js';
import { scriptedEnvironment } from '../support/environments.js';
import { testRuntime } from '../support/runtime.js';

const bytes = await trainedPolicy(SPACES.Box);
const POLICY = fileURLToPath(new URL('../recordings/onnx/discreteTanh.safetensors', import.meta.url));
const NODE = new URL('../../dist/node.js', import.meta.url);

test.each([
  ['of the main package', () => mainPolicy(bytes)],
  ['at the edge', () => createPolicy(edgeModule(), bytes)],
])('a policy %s that was closed says so, and is the same when it is loaded again', (_, load) => {
  const policy = load();
  const action = policy.act([0.4, -0.3]);
  policy.close();
  policy.close();
  const closed =
    /^The policy for scripted was closed by close\(\); load it again \(loadPolicy, or createPolicy/;
  for (const use of [
    () => policy.act([0.4, -0.3]),
    () => policy.actBatch([]),
    () => policy.getParameters(),
    () => policy.parameterCount,
  ]) {
    expect(use).toThrow(TrpoError);
    expect(use).toThrow(closed);
  }
  expect(policy.spec.environmentName).toBe('scripted');
  expect(load().act([0.4, -0.3])).toEqual(action);
});

test("closing a trainer's policy leaves the training as it is", async () => {
  const trainer = await Trainer.create(testRuntime(), {
    environment: () => scriptedEnvironment({ actionSpace: SPACES.Discrete }),
    steps: 32,
    timesteps: 64,
  });
  trainer.policy.close();
  for await (const { report } of trainer.iterations()) expect(report.step.reason).toBe('accepted');
  expect(trainer.encodePolicy().length).toBeGreaterThan(0);
  await trainer.close();
});

/** What a process that may use 80 GB of address space says of 100 policies that it all keeps at hand. */
function loadMany(afterUse: string): Promise<string> {
  const program = `
    import { loadPolicy } from ${JSON.stringify(NODE.href)};
    const kept = [];
    try {
      for (let i = 0; i < 100; i++) {
        const policy = await loadPolicy(${JSON.stringify(POLICY)});
        policy.act([0.5, -1, 1000.5]);
        ${afterUse}
        kept.push(policy);
      }
      console.log(kept.length);
    } catch (error) {
      console.log(error.name, error.message);
    }`;
  return new Promise((resolve) => {
    execFile(
      'bash',
      ['-c', 'ulimit -v 80000000; exec "$0" --input-type=module --eval "$1"', process.execPath, program],
      (_, stdout, stderr) => resolve(stdout + stderr),
    );
  });
}

test.skipIf(process.platform !== 'linux')(
  'policies that are closed give back their memory, though they are kept',
  async () => {
    expect(await loadMany('')).toMatch(
      /^PlatformError The system grants no WebAssembly memory.*close policies that are not needed any more \(policy\.close\(\)\)/,
    );
    expect(await loadMany('policy.close();')).toBe('100\n');
  },
);
