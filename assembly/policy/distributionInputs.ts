import { Distribution, normalizeInputs } from '../distribution/distribution';
import { forbidChoices, maskWords } from '../distribution/masks';
import { toComponentMajor, toRowMajor } from '../linear/componentMajor';
import { at } from '../linear/lanes';
import { ROW_TILE } from '../linear/rowTile';
import { forward, Network, networkInputStride, networkOutput, networkOutputStride } from '../network/chain';
import { Scratch } from '../network/scratch';

/**
 * inputs = the distribution's inputs for a tile of observations [rows x inputStride], component-major; `block` keeps the
 * network's activations; masks [rows x maskWords], or a null pointer where every choice may be taken. The only way from observations to a distribution.
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

/**
 * out [rows x inputSize] = the inputs of the distributions at observations [rows x inputStride], row-major: log-probabilities of
 * choices, logits of bits or means. masks as for `act`.
 */
export function distributionInputs(
  network: usize,
  distribution: usize,
  parameters: usize,
  observations: usize,
  masks: usize,
  rows: i32,
  out: usize,
  scratch: usize,
): void {
  const net = changetype<Network>(network);
  const dist = changetype<Distribution>(distribution);
  const s = changetype<Scratch>(scratch);
  for (let first = 0; first < rows; first += ROW_TILE) {
    const tileRows = min(ROW_TILE, rows - first);
    const tileObservations = at(observations, first * networkInputStride(net));
    const tileMasks = masks ? at(masks, first * maskWords(dist.inputSize)) : 0;
    computeInputs(net, dist, parameters, tileObservations, tileMasks, tileRows, s.block, s.inputs);
    toRowMajor(at(out, first * dist.inputSize), dist.inputSize, s.inputs, tileRows, dist.inputSize);
  }
}
