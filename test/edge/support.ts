import { readFileSync } from 'node:fs';
import type { Environment } from '../../src/environments/environment.js';
import {
  type ActionSpace,
  Box,
  Discrete,
  MultiBinary,
  MultiDiscrete,
} from '../../src/environments/spaces.js';
import type { Policy } from '../../src/policy/policy.js';
import { decodePolicy, readPolicyFile } from '../../src/policy/policyFile.js';
import { isImage } from '../../src/policy/policySpec.js';
import type { TrpoOptions } from '../../src/training/options.js';
import { Trainer } from '../../src/training/trainer.js';
import { createEngine } from '../../src/wasm/load.js';
import { moduleOf } from '../kernels/support/wasm.js';
import { scriptedEnvironment } from '../support/environments.js';
import { mlpOf } from '../support/networks.js';
import { testRuntime } from '../support/runtime.js';
import { denseTwin, spread } from '../twins/convolution.js';
import { forward, parameterCount } from '../twins/mlp.js';

export const EDGE_WASM = new URL('../../build/wasm/edge.wasm', import.meta.url);

export function edgeModule(): WebAssembly.Module {
  return new WebAssembly.Module(new Uint8Array(readFileSync(EDGE_WASM)));
}

/** The bytes of a policy that was trained for an iteration, with a head large enough that actions differ. */
export async function trainedPolicy(
  actionSpace: ActionSpace,
  options: Partial<TrpoOptions> = {},
): Promise<Uint8Array> {
  const trainer = await Trainer.create(testRuntime(), {
    environment: () => scriptedEnvironment({ actionSpace }),
    environmentName: 'scripted',
    steps: 64,
    timesteps: 64,
    valueEpochs: 1,
    policyOutputGain: 2,
    ...options,
  });
  for await (const _ of trainer.iterations());
  const bytes = trainer.encodePolicy();
  await trainer.close();
  return bytes;
}

/** The policy on the strict kernels of the main package. */
export function mainPolicy(bytes: Uint8Array): Policy {
  return decodePolicy(createEngine(moduleOf('simd')), bytes, 'policy');
}

/** Logits or means of a policy, in float64 throughout; convolutions as the dense layers that they are. */
export function twinOutputs(bytes: Uint8Array, observation: readonly number[]): Float64Array {
  const content = readPolicyFile(bytes, 'policy');
  const { spec, networkSpec, parameters, normalizer, observationClip } = content;
  const convolutions = networkSpec.layers.flatMap((layer) => (layer.kind === 'conv2d' ? [layer] : []));
  const head = mlpOf({ ...networkSpec, layers: networkSpec.layers.slice(convolutions.length) });
  const twin = denseTwin(networkSpec.inputShape, convolutions, (inputSize) =>
    parameterCount({ ...head, inputSize: convolutions.length === 0 ? head.inputSize : inputSize }),
  );
  const mlp = { ...head, hiddenSizes: [...twin.sizes, ...head.hiddenSizes] };
  const input = Float64Array.from(observation, (value, i) => {
    if (normalizer === undefined) return isImage(spec) ? value / 255 : value;
    const scaled = (value - normalizer.mean[i]) * normalizer.scale[i];
    return Math.max(-observationClip, Math.min(observationClip, scaled));
  });
  return forward(mlp, spread(twin.places, parameters, twin.denseCount), input, 1);
}

/** Observations from far below to far above what the normaliser clips, for environments of two components. */
export function observations(count: number): number[][] {
  return Array.from({ length: count }, (_, i) => [Math.sin(i) * 3, i % 7 === 0 ? 1e6 : Math.cos(2 * i)]);
}

/** Observations of a step whose values float32 cannot tell apart. */
export const OFFSETS: Readonly<Record<string, (step: number) => number[]>> = {
  'a Unix time': (step) => [1.7e9 + step, Math.cos(step)],
  '50000 +- 0.01': (step) => [50_000 + 0.01 * Math.sin(step), 0.01 * Math.cos(2 * step) - 50_000],
};

/** The bytes of a policy that was trained on such observations, which it normalises. */
export function policyAtOffset(
  actionSpace: ActionSpace,
  observe: (step: number) => number[],
): Promise<Uint8Array> {
  const environment = (): Environment => ({
    ...scriptedEnvironment({
      actionSpace,
      reset: () => ({ observation: observe(0) }),
      step: (step) => ({
        observation: observe(step),
        reward: Math.sin(step),
        terminated: false,
        truncated: step === 10,
      }),
    }),
    observationSpace: new Box({ low: -Infinity, high: Infinity, size: 2 }),
  });
  return trainedPolicy(actionSpace, { environment } as never);
}

/** `count` observations of a policy that was trained at an offset: those of an episode, and what lies between them. */
export function observationsAtOffset(observe: (step: number) => number[], count: number): number[][] {
  return Array.from({ length: count }, (_, i) => observe((10 * i) / count));
}

/** An observation as a model takes it whose input is float32. */
export function rounded(observation: readonly number[]): number[] {
  return observation.map(Math.fround);
}

export const SPACES: Readonly<Record<string, ActionSpace>> = {
  Discrete: new Discrete(5),
  'Discrete with a start': new Discrete(5, { start: -2 }),
  MultiDiscrete: new MultiDiscrete([2, 3, 4]),
  'MultiDiscrete with a start': new MultiDiscrete([2, 3, 4], { start: [1, -1, 0] }),
  MultiBinary: new MultiBinary(3),
  Box: new Box({ low: [-0.5, -1, Number.NEGATIVE_INFINITY], high: [0.25, 1, Number.POSITIVE_INFINITY] }),
};
