// Packs the package, installs it into an empty folder, and does there what a new user would: runs the examples and the
// command, and type-checks a program that imports it.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'wasm-trpo-package-'));

function run(command, args, cwd = folder) {
  console.log(`$ ${command} ${args.join(' ')}`);
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

try {
  run('npm', ['pack', '--silent', '--pack-destination', folder], project);
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  run('npm', ['install', '--silent', '--no-audit', '--no-fund', `./${archive}`]);

  cpSync(join(project, 'examples'), folder, { recursive: true });
  for (const name of readdirSync(join(project, 'examples')).filter((name) => name.endsWith('.mjs'))) {
    process.stdout.write(run(process.execPath, [name]).split('\n').slice(-3).join('\n'));
  }

  process.stdout.write(
    run('npx', ['trpo', 'train', 'Acrobot-v1', '--timesteps', '4096', '--run-directory', 'run']),
  );
  const report = JSON.parse(run('npx', ['trpo', 'evaluate', 'run', '--episodes', '2', '--json']));
  if (report.returns.length !== 2) throw new Error('trpo evaluate did not play two episodes');

  const refused = spawnSync('npx', ['trpo', 'train', 'Hopper-v5'], { cwd: folder, encoding: 'utf8' });
  if (refused.status !== 1 || !refused.stderr.includes('npm install @mujoco/mujoco@')) {
    throw new Error(`without MuJoCo, trpo train Hopper-v5 says: ${refused.stdout}${refused.stderr}`);
  }
  if (existsSync(join(folder, 'runs'))) throw new Error('a run that cannot begin left a folder');

  const acting = `import { readFileSync } from 'node:fs';
import { createPolicy } from 'wasm-trpo/edge';
const kernels = readFileSync(new URL(import.meta.resolve('wasm-trpo/edge.wasm')));
const policy = createPolicy(new WebAssembly.Module(kernels), readFileSync('run/policy.safetensors'));
console.log('at the edge:', policy.act([1, 0, 1, 0, 0, 0], { deterministic: true }));
for (const name of ['browser', 'browser/worker', 'browserWorker.js', 'wasm/simd-threads.wasm']) readFileSync(new URL(import.meta.resolve('wasm-trpo/' + name)));
`;
  process.stdout.write(run(process.execPath, ['--input-type=module', '--eval', acting]));

  writeFileSync(
    join(folder, 'types.ts'),
    `import { train as trainInPage } from 'wasm-trpo/browser';
import { createPolicy } from 'wasm-trpo/edge';
import { type Environment, Box, Discrete, type Policy, type TrainResult, train } from 'wasm-trpo';
const environment = (): Environment => ({
  observationSpace: new Box({ low: 0, high: 1, size: 1 }),
  actionSpace: new Discrete(2),
  reset: () => ({ observation: [0] }),
  step: (action) => ({ observation: [Number(action)], reward: 1, terminated: true, truncated: false }),
});
const result: TrainResult = await train({ environment, timesteps: 10, maxKl: 0.02 });
const policy: Policy = result.trainer.policy;
policy.act([0], { deterministic: true });
// @ts-expect-error an option that does not exist
await train({ environment, maxKL: 0.02 });
const training = trainInPage({ environment: 'CartPole-v1', storage: 'origin', onIteration: ({ row }) => row });
const policyBytes: Uint8Array = (await training.ended).files['policy.safetensors'];
createPolicy(new WebAssembly.Module(new Uint8Array()), policyBytes).actBatch([[0]]);
// @ts-expect-error a function cannot move to the worker of a page
trainInPage({ environment });
`,
  );
  const compiler = join(project, 'node_modules/typescript/bin/tsc');
  const strict = [
    '--noEmit',
    '--strict',
    '--target',
    'es2022',
    '--lib',
    'es2023,dom',
    '--skipLibCheck',
    'false',
  ];
  for (const resolution of [
    ['--module', 'nodenext'],
    ['--module', 'esnext', '--moduleResolution', 'bundler'],
  ]) {
    run(process.execPath, [compiler, ...strict, ...resolution, 'types.ts']);
  }
  if (!existsSync(join(folder, 'node_modules/wasm-trpo/dist/unavailable.js'))) {
    throw new Error('the package does not say what to import where it cannot run');
  }
  console.log('the package works in an empty folder');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
