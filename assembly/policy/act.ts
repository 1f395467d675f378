import { computeState, Distribution, logProbability, mode, sample } from '../distribution/distribution';
import { maskWords } from '../distribution/masks';
import { toRowMajor } from '../linear/componentMajor';
import { at } from '../linear/lanes';
import { ROW_TILE } from '../linear/rowTile';
import { Network, networkInputStride } from '../network/chain';
import { Scratch } from '../network/scratch';
import { computeInputs } from './distributionInputs';

/** The mode of the distribution, instead of a draw from the environment's stream. */
const DETERMINISTIC: i32 = 1;

/**
 * Actions of the policy: observations [rows x inputStride] -> actions [rows x actionSize] and their log-probabilities
 * [rows]. masks [rows x maskWords], or a null pointer where every choice may be taken. Row r draws from the stream (key0, key1)
 * of environment firstEnvironment + r at step (stepHigh, stepLow).
 */
export function act(
  network: usize,
  distribution: usize,
  parameters: usize,
  observations: usize,
  masks: usize,
  rows: i32,
  actions: usize,
  logProbabilities: usize,
  deterministic: i32,
  key0: u32,
  key1: u32,
  firstEnvironment: u32,
  stepLow: u32,
  stepHigh: u32,
  scratch: usize,
): void {
  const net = changetype<Network>(network);
  const dist = changetype<Distribution>(distribution);
  const s = changetype<Scratch>(scratch);
  const step = (<u64>stepHigh << 32) | <u64>stepLow;
  for (let first = 0; first < rows; first += ROW_TILE) {
    const tileRows = min(ROW_TILE, rows - first);
    const tileObservations = at(observations, first * networkInputStride(net));
    const tileMasks = masks ? at(masks, first * maskWords(dist.inputSize)) : 0;
    computeInputs(net, dist, parameters, tileObservations, tileMasks, tileRows, s.block, s.inputs);
    computeState(dist, s.state, s.inputs, tileRows);
    if (deterministic == DETERMINISTIC) {
      mode(dist, s.actions, s.inputs, tileRows);
    } else {
      const environment = firstEnvironment + first;
      sample(
        dist, s.actions, parameters, s.inputs, s.state, masks != 0, tileRows, s.work, s.words, key0, key1, environment,
        step,
      );
    }
    logProbability(dist, s.rowsA, parameters, s.inputs, s.actions, tileRows);
    toRowMajor(at(actions, first * dist.actionSize), dist.actionSize, s.actions, tileRows, dist.actionSize);
    memory.copy(at(logProbabilities, first), s.rowsA, <usize>tileRows << 2);
  }
}
