// Writes the policies of this folder, which make.py runs: node test/recordings/onnx/makePolicies.mjs [NAME ...] after npm run build
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Box, Discrete, MultiBinary, MultiDiscrete, train } from '../../../dist/node.js';

/** Its third component is large beside its spread. */
const observe = (step) => [Math.sin(step), 3 * Math.cos(2 * step), 1000 + Math.sin(3 * step)];
/** A Unix time and two positions, each of which float32 cannot tell from those beside it. */
const observeAtOffset = (step) => [1.7e9 + step, 50_000 + 0.01 * Math.sin(step), Math.cos(2 * step) - 1e6];

const TASKS = {
  discreteTanh: { actionSpace: new Discrete(5), activation: 'tanh', hiddenSizes: [64, 64] },
  discreteRaw: { actionSpace: new Discrete(3), activation: 'relu', normalizeObservations: false },
  multiDiscrete: { actionSpace: new MultiDiscrete([2, 3, 4]), activation: 'elu' },
  discreteMasked: { actionSpace: new Discrete(5, { masked: true, start: -2 }), activation: 'tanh' },
  multiDiscreteMasked: { actionSpace: new MultiDiscrete([2, 3, 4], { masked: true }), activation: 'elu' },
  multiBinary: { actionSpace: new MultiBinary(3), activation: 'leakyRelu' },
  box: {
    actionSpace: new Box({
      low: [-0.5, -1, Number.NEGATIVE_INFINITY],
      high: [0.25, 1, Number.POSITIVE_INFINITY],
    }),
    activation: 'silu',
  },
  /** Bytes [6 x 5 x 3]. */
  image: {
    actionSpace: new Discrete(4),
    observationSpace: new Box({ low: 0, high: 255, shape: [6, 5, 3], dtype: 'uint8' }),
    observations: (step) => Array.from({ length: 90 }, (_, i) => (step * 37 + i * i * 11) % 256),
    network: '8x3,8x2/2same',
    activation: 'relu',
    hiddenSizes: [9],
  },
  boxOffset: { actionSpace: new Box({ low: -1, high: 1, size: 2 }), observations: observeAtOffset },
};

const NUMBERS = new Box({ low: -2e9, high: 2e9, size: 3 });

function makeTask(actionSpace, observe, observationSpace = NUMBERS) {
  let step = 0;
  const choices = actionSpace.n ?? actionSpace.counts?.reduce((sum, count) => sum + count);
  const info = () => (actionSpace.masked ? { actionMask: new Array(choices).fill(1) } : {});
  return {
    observationSpace,
    actionSpace,
    reset() {
      step = 0;
      return { observation: observe(step), info: info() };
    },
    step() {
      step++;
      return {
        observation: observe(step),
        reward: Math.cos(step),
        terminated: false,
        truncated: step === 50,
        info: info(),
      };
    },
  };
}

const wanted = process.argv.slice(2);
for (const [name, task] of Object.entries(TASKS)) {
  // policies that were recorded stay as they are
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const { actionSpace, observationSpace, observations = observe, ...options } = task;
  const folder = mkdtempSync(join(tmpdir(), 'wasm-trpo-'));
  await train({
    environment: () => makeTask(actionSpace, observations, observationSpace),
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
