import { at } from '../linear/lanes';
import { gatherRows } from '../linear/vector';
import { Network, networkInputStride } from '../network/chain';
import { Frames, readObservation, readObservations } from './frames';

/**
 * Observations as networks read them, float32 [rows x inputStride], of a batch that has them so or as frames. `room` [rows x
 * inputStride] is for what must be made first; the result may lie elsewhere.
 */

/** Those of the rows from `row` on. frames: a null pointer where `observations` are float32. */
export function observationsFrom(
  net: Network,
  observations: usize,
  frames: usize,
  row: i32,
  rows: i32,
  room: usize,
): usize {
  const stride = networkInputStride(net);
  if (!frames) return observations + (<usize>row * <usize>stride << 2);
  readObservations(frames, row, rows, room, stride);
  return room;
}

/** room = those of rows indices[i]. */
export function gatherObservations(
  net: Network,
  observations: usize,
  frames: usize,
  indices: usize,
  rows: i32,
  room: usize,
): void {
  const stride = networkInputStride(net);
  if (!frames) {
    gatherRows(room, observations, stride, indices, rows);
    return;
  }
  for (let i = 0; i < rows; i++) {
    readObservation(changetype<Frames>(frames), load<u32>(at(indices, i)), at(room, i * stride));
  }
}
