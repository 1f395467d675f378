// Writes the policies of this folder, which make.py runs: node test/recordings/onnx/makePolicies.mjs after npm run build
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
  boxOffset: { actionSpace: new Box({ low: -1, high: 1, size: 2 }), observations: observeAtOffset },
};

function task(actionSpace, observe) {
  let step = 0;
  const choices = actionSpace.n ?? actionSpace.counts?.reduce((sum, count) => sum + count);
  const info = () => (actionSpace.masked ? { actionMask: new Array(choices).fill(1) } : {});
  return {
    observationSpace: new Box({ low: -2e9, high: 2e9, size: 3 }),
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

for (const [name, { actionSpace, observations = observe, ...options }] of Object.entries(TASKS)) {
  const folder = mkdtempSync(join(tmpdir(), 'wasm-trpo-'));
  await train({
    environment: () => task(actionSpace, observations),
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
