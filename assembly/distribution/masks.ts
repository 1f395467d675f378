import { componentOf } from '../linear/componentMajor';

/**
 * A mask has a byte for each logit of a row: 1 for a choice that may be taken, 0 for one that may not. Rows of masks are padded to
 * whole words, so that they are columns of float32 width like all others.
 */

/**
 * The logit of a choice that may not be taken: so low that its probability is exactly 0 and the others are what they are without
 * it, and finite, so that 0 ln 0 is 0 in entropy and KL.
 */
const FORBIDDEN: f32 = -1e30;
/** Between FORBIDDEN and every logit of a network. */
const LEAST_LOGIT: f32 = -1e29;

/** Words of a row of masks over `inputSize` logits. */
// @ts-ignore: decorator
@inline
export function maskWords(inputSize: i32): i32 {
  return (inputSize + 3) >> 2;
}

/** inputs = logits [inputSize x ROW_TILE], with FORBIDDEN where masks [rows x maskWords] say 0. */
export function forbidChoices(inputs: usize, masks: usize, inputSize: i32, rows: i32): void {
  const rowBytes = <usize>maskWords(inputSize) << 2;
  for (let i = 0; i < inputSize; i++) {
    const target = componentOf(inputs, i);
    let mask = masks + <usize>i;
    for (let row = 0; row < rows; row++, mask += rowBytes) {
      if (load<u8>(mask) == 0) store<f32>(target + (<usize>row << 2), FORBIDDEN);
    }
  }
}

/**
 * action [rows] = at most the last choice that may be taken, of `count` log-probabilities: a draw takes the last one of all for what
 * rounding leaves over.
 */
export function limitToAllowed(action: usize, inputs: usize, count: i32, rows: i32): void {
  for (let row = 0; row < rows; row += 4) {
    const offset = <usize>row << 2;
    let last = f32x4.splat(0.0);
    for (let i = 1; i < count; i++) {
      const isAllowed = f32x4.gt(v128.load(componentOf(inputs, i) + offset), f32x4.splat(LEAST_LOGIT));
      last = v128.bitselect(f32x4.splat(<f32>i), last, isAllowed);
    }
    v128.store(action + offset, f32x4.min(v128.load(action + offset), last));
  }
}
