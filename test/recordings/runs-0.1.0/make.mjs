// Makes the run folders and recordings.json of this folder with version 0.1.0 of wasm-trpo, whose clone is built at VERSION:
//   git clone . VERSION && cd VERSION && git checkout d7e02b5 && npm ci && npm run build
//   node test/recordings/runs-0.1.0/make.mjs VERSION
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const version = process.argv[2];
if (version === undefined) {
  console.error('Give the folder of version 0.1.0, built: node test/recordings/runs-0.1.0/make.mjs FOLDER');
  process.exit(1);
}
const dist = resolve(version, 'dist');
const { createPolicy } = await import(pathToFileURL(join(dist, 'edge.js')));
const kernels = new WebAssembly.Module(readFileSync(join(dist, 'wasm/edge.wasm')));

const SMALL = [
  '--set',
  'hiddenSizes=8',
  '--set',
  'valueHiddenSizes=8',
  '--environments',
  '4',
  '--steps',
  '64',
];
/** Each run: what `trpo train` is given, and the timesteps that it reaches first and when it is resumed. */
const RUNS = {
  trpo: { train: ['CartPole-v1', ...SMALL], timesteps: 512, resumedTo: 1024 },
  ppo: { train: ['Pendulum-v1', '--algorithm', 'ppo', ...SMALL], timesteps: 512, resumedTo: 1024 },
  vine: {
    train: [
      'CartPole-v1',
      '--set',
      'sampling=vine',
      '--set',
      'vineStates=8',
      '--set',
      'vineSteps=8',
      ...SMALL,
    ],
    timesteps: 512,
    resumedTo: 3000,
  },
  cem: { train: ['CartPole-v1', '--algorithm', 'cem', ...SMALL], timesteps: 600, resumedTo: 1200 },
  'cma-es': {
    train: ['CartPole-v1', '--algorithm', 'cma-es', ...SMALL, '--set', 'hiddenSizes=3'],
    timesteps: 600,
    resumedTo: 1200,
  },
  guard: {
    train: ['Pendulum-v1', '--guard', '--set', 'guardEpisodes=4', ...SMALL],
    timesteps: 2560,
    resumedTo: 3584,
  },
  box: { train: ['MountainCarContinuous-v0', ...SMALL], timesteps: 512, resumedTo: 1024 },
  gaussNewton: {
    train: ['Pendulum-v1', '--set', 'valueOptimizer=gaussNewton', ...SMALL],
    timesteps: 512,
  },
};
const OBSERVATIONS = {
  'CartPole-v1': [
    [0, 0, 0, 0],
    [0.5, -0.25, 0.125, 1],
    [-1.5, 2, -0.2, -2.5],
  ],
  'Pendulum-v1': [
    [1, 0, 0],
    [-0.6, 0.8, 3],
    [0, -1, -7.5],
  ],
  'MountainCarContinuous-v0': [
    [-0.5, 0],
    [0.25, 0.05],
    [-1.1, -0.03],
  ],
};

const here = fileURLToPath(new URL('.', import.meta.url));
const copies = mkdtempSync(join(tmpdir(), 'wasm-trpo-runs-'));
const trpo = (...args) =>
  execFileSync(process.execPath, [join(dist, 'cli.js'), 'train', ...args, '--threads', '1', '--quiet']);

/** SHA-256 of a policy file's tensors, all bytes after its header. */
function parametersDigest(file) {
  const bytes = readFileSync(file);
  return createHash('sha256')
    .update(bytes.subarray(8 + Number(bytes.readBigUInt64LE(0))))
    .digest('hex');
}

const recordings = {};
for (const [name, { train, timesteps, resumedTo }] of Object.entries(RUNS)) {
  const folder = join(here, name);
  rmSync(folder, { recursive: true, force: true });
  trpo(
    ...train,
    '--seed',
    '5',
    '--timesteps',
    String(timesteps),
    '--reproducible',
    '--run-directory',
    folder,
  );
  const policy = createPolicy(kernels, readFileSync(join(folder, 'policy.safetensors')));
  const observations = OBSERVATIONS[train[0]];
  recordings[name] = {
    environment: train[0],
    observations,
    actions: observations.map((observation) => policy.act(observation, { deterministic: true })),
  };
  if (resumedTo === undefined) continue;
  const copy = join(copies, name);
  cpSync(folder, copy, { recursive: true });
  trpo('--resume', copy, '--timesteps', String(resumedTo));
  Object.assign(recordings[name], {
    resumedTo,
    parametersDigest: parametersDigest(join(copy, 'policy.safetensors')),
  });
}
rmSync(copies, { recursive: true });
writeFileSync(join(here, 'recordings.json'), `${JSON.stringify(recordings, null, 1)}\n`);
