import type { ParameterLayout } from '../network/parameterLayout.js';
import type { FrozenNormalizer } from '../normalization/actingNormalizer.js';
import type { RunningMoments } from '../normalization/runningMoments.js';
import type { IterationParts } from './iterationParts.js';

/** A component whose deviation grows by more than this in one update was hardly ever seen, and clipped when it was. */
const MOST_STRETCH = 2;

/**
 * Lets the normaliser take in what was observed; returns how far that moves it, as `ObservationNormalizer.update`. Once
 * `keepOutputsFrom` steps were observed, policy and value function stay what they were: a normaliser that moves under a fixed
 * theta would change the policy outside the trust region.
 */
export function updateNormalizer(parts: IterationParts, observed: readonly RunningMoments[]): number | null {
  const { normalizer, policy, value, options } = parts;
  const { keepOutputsFrom } = options;
  const keeps = normalizer.enabled && keepOutputsFrom > 0 && normalizer.moments.count >= keepOutputsFrom;
  if (!keeps) return normalizer.update(observed);
  const before = normalizer.frozen;
  const shift = normalizer.update(observed);
  const after = normalizer.frozen;
  const theta = policy.paddedParameters.slice();
  keepOutputs(policy.layout, theta, before, after);
  policy.setPaddedParameters(theta);
  keepOutputs(value.network.layout, value.state.parameters, before, after);
  return shift;
}

/**
 * Changes the first layer, a dense one, so that a network answers the same to raw observations when its normaliser goes from
 * `before` to `after`: (x - m) s W + b = (x - m') s' W' + b' with W' = W s / s' and b' = b + (m' - m) s W, but for clipped
 * components and the rounding to float32. A component that is stretched more than `MOST_STRETCH` times keeps its weights:
 * freed of clipping, stretched ones would answer far beyond what they ever did. padded: the network's parameters, changed in
 * place.
 */
export function keepOutputs(
  layout: ParameterLayout,
  padded: Float32Array,
  before: FrozenNormalizer,
  after: FrozenNormalizer,
): void {
  const values = layout.unpad(padded, new Float64Array(layout.count));
  const [{ weight, bias }] = layout.layers;
  const [inputSize, outputSize] = weight.shape;
  for (let i = 0; i < inputSize; i++) {
    const moved = (after.mean[i] - before.mean[i]) * before.scale[i];
    const stretched = before.scale[i] / after.scale[i];
    if (stretched > MOST_STRETCH) continue;
    for (let j = 0; j < outputSize; j++) {
      const place = weight.offset + i * outputSize + j;
      values[bias.offset + j] += moved * values[place];
      values[place] *= stretched;
    }
  }
  layout.pad(values, padded);
}
