// Writes the policy files of version 1 in this folder, and what they do: node make.mjs FOLDER_OF_WASM_TRPO_0.1.0, which is
// built. Only that version writes them, so they are never made anew by a later one.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const packageFolder = resolve(process.argv[2]);
const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
if (version !== '0.1.0') throw new Error(`${packageFolder} is version ${version}; give a built 0.1.0`);
const { Box, Discrete, loadPolicy, MultiBinary, MultiDiscrete, train } = await import(
  pathToFileURL(join(packageFolder, 'dist', 'node.js')).href
);

const TASKS = {
  discrete: { actionSpace: new Discrete(3), activation: 'tanh', hiddenSizes: [5, 3] },
  multiDiscrete: { actionSpace: new MultiDiscrete([2, 3]), activation: 'relu', hiddenSizes: [9] },
  multiBinary: { actionSpace: new MultiBinary(3), activation: 'silu', hiddenSizes: [] },
  box: {
    actionSpace: new Box({ low: [-0.5, Number.NEGATIVE_INFINITY], high: [0.25, Number.POSITIVE_INFINITY] }),
    activation: 'elu',
    hiddenSizes: [4, 8, 4],
    normalizeObservations: true,
  },
};
const OBSERVATIONS = Array.from({ length: 12 }, (_, i) => [2 * Math.sin(i), Math.cos(2 * i), i / 4]);

function task(actionSpace) {
  let step = 0;
  const observe = () => [Math.sin(step), 3 * Math.cos(2 * step), step / 50];
  return {
    observationSpace: new Box({ low: -3, high: 3, size: 3 }),
    actionSpace,
    reset() {
      step = 0;
      return { observation: observe() };
    },
    step() {
      step++;
      return { observation: observe(), reward: Math.cos(step), terminated: false, truncated: step === 50 };
    },
  };
}

const actions = { observations: OBSERVATIONS, policies: {} };
for (const [name, { actionSpace, ...options }] of Object.entries(TASKS)) {
  const folder = mkdtempSync(join(tmpdir(), 'wasm-trpo-'));
  const run = join(folder, 'run');
  await train({
    environment: () => task(actionSpace),
    environmentName: name,
    valueHiddenSizes: [4],
    steps: 100,
    timesteps: 200,
    environments: 1,
    policyOutputGain: 2,
    reproducible: true,
    threads: 1,
    runDirectory: run,
    ...options,
  });
  const policy = await loadPolicy(join(run, 'policy.safetensors'), { reproducible: true });
  policy.seed = 5;
  actions.policies[name] = {
    modes: policy.actBatch(OBSERVATIONS, { deterministic: true }),
    draws: policy.actBatch(OBSERVATIONS),
  };
  const target = fileURLToPath(new URL(`${name}.safetensors`, import.meta.url));
  writeFileSync(target, readFileSync(join(run, 'policy.safetensors')));
  rmSync(folder, { recursive: true });
}
writeFileSync(new URL('actions.json', import.meta.url), `${JSON.stringify(actions)}\n`);
