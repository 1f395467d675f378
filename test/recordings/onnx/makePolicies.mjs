// Writes the policies of this folder, which make.py runs: node test/recordings/onnx/makePolicies.mjs after npm run build
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Box, Discrete, MultiBinary, MultiDiscrete, train } from '../../../dist/node.js';

const TASKS = {
  discreteTanh: { actionSpace: new Discrete(5), activation: 'tanh', hiddenSizes: [64, 64] },
  discreteRaw: { actionSpace: new Discrete(3), activation: 'relu', normalizeObservations: false },
  multiDiscrete: { actionSpace: new MultiDiscrete([2, 3, 4]), activation: 'elu' },
  multiBinary: { actionSpace: new MultiBinary(3), activation: 'leakyRelu' },
  box: {
    actionSpace: new Box({
      low: [-0.5, -1, Number.NEGATIVE_INFINITY],
      high: [0.25, 1, Number.POSITIVE_INFINITY],
    }),
    activation: 'silu',
  },
};

/** Its third observation is large beside its spread. */
function task(actionSpace) {
  let step = 0;
  const observe = () => [Math.sin(step), 3 * Math.cos(2 * step), 1000 + Math.sin(3 * step)];
  return {
    observationSpace: new Box({ low: -2000, high: 2000, size: 3 }),
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

for (const [name, { actionSpace, ...options }] of Object.entries(TASKS)) {
  const folder = mkdtempSync(join(tmpdir(), 'wasm-trpo-'));
  await train({
    environment: () => task(actionSpace),
    environmentName: name,
    hiddenSizes: [21, 8],
    steps: 200,
    timesteps: 400,
    policyOutputGain: 2,
    reproducible: true,
    threads: 1,
    runDirectory: join(folder, 'run'),
    ...options,
  });
  const target = fileURLToPath(new URL(`${name}.safetensors`, import.meta.url));
  copyFileSync(join(folder, 'run', 'policy.safetensors'), target);
  rmSync(folder, { recursive: true });
}
