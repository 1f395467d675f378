import { Distribution, normalizeInputs } from '../distribution/distribution';
import { forbidChoices } from '../distribution/masks';
import { toComponentMajor } from '../linear/componentMajor';
import { forward, Network, networkOutput, networkOutputStride } from '../network/chain';

/**
 * inputs = the distribution's inputs for a tile of observations [rows x inputStride], component-major; `block` keeps the
 * network's activations; masks [rows x maskWords], or a null pointer where every choice may be
 * taken. The only way from observations to a distribution.
 */
export function computeInputs(
  net: Network,
  dist: Distribution,
  parameters: usize,
  observations: usize,
  masks: usize,
  rows: i32,
  block: usize,
  inputs: usize,
): void {
  forward(net, parameters, observations, rows, block);
  toComponentMajor(inputs, networkOutput(net, block), networkOutputStride(net), rows, dist.inputSize);
  if (masks) forbidChoices(inputs, masks, dist.inputSize, rows);
  normalizeInputs(dist, inputs, rows);
}
