import { componentOf } from '../linear/componentMajor';
import { exp } from '../linear/exp';
import { log } from '../linear/log';
import { multiplyAdd } from '../linear/lanes';

/**
 * Categorical over `count` choices. Inputs are logits; after `categoricalNormalize` they are log-probabilities.
 * All tiles are component-major, all functions work on rows 0 .. rows - 1 by fours; `state` holds probabilities.
 */

/** logits -> log-probabilities in place: z_i - max - ln sum e^(z_j - max). */
export function categoricalNormalize(inputs: usize, count: i32, rows: i32): void {
  for (let row = 0; row < rows; row += 4) {
    const first = inputs + (<usize>row << 2);
    let largest = v128.load(first);
    for (let i = 1; i < count; i++) largest = f32x4.max(largest, v128.load(componentOf(first, i)));
    let sum = f32x4.splat(0.0);
    for (let i = 0; i < count; i++) {
      sum = f32x4.add(sum, exp(f32x4.sub(v128.load(componentOf(first, i)), largest)));
    }
    const logSum = log(sum);
    for (let i = 0; i < count; i++) {
      const p = componentOf(first, i);
      // in this order: largest + ln sum would lose the digits of ln sum where logits are large
      v128.store(p, f32x4.sub(f32x4.sub(v128.load(p), largest), logSum));
    }
  }
}

/** state = probabilities. */
export function categoricalState(state: usize, inputs: usize, count: i32, rows: i32): void {
  for (let row = 0; row < rows; row += 4) {
    const offset = <usize>row << 2;
    for (let i = 0; i < count; i++) {
      v128.store(componentOf(state, i) + offset, exp(v128.load(componentOf(inputs, i) + offset)));
    }
  }
}

/** out [rows] += log-probability of the choice in `action` [rows], a whole number as float. */
export function categoricalLogProbability(out: usize, inputs: usize, action: usize, count: i32, rows: i32): void {
  for (let row = 0; row < rows; row += 4) {
    const offset = <usize>row << 2;
    const chosen = v128.load(action + offset);
    let logProbability = v128.load(componentOf(inputs, 0) + offset);
    for (let i = 1; i < count; i++) {
      const isChosen = f32x4.eq(chosen, f32x4.splat(<f32>i));
      logProbability = v128.bitselect(v128.load(componentOf(inputs, i) + offset), logProbability, isChosen);
    }
    v128.store(out + offset, f32x4.add(v128.load(out + offset), logProbability));
  }
}

/** out_i = weight (1[i = action] - p_i): the gradient of weight ln p(action) with respect to the logits. */
export function categoricalGradient(
  out: usize,
  state: usize,
  action: usize,
  weight: usize,
  count: i32,
  rows: i32,
): void {
  for (let row = 0; row < rows; row += 4) {
    const offset = <usize>row << 2;
    const chosen = v128.load(action + offset);
    const scale = v128.load(weight + offset);
    for (let i = 0; i < count; i++) {
      const isChosen = v128.and(f32x4.eq(chosen, f32x4.splat(<f32>i)), f32x4.splat(1.0));
      const difference = f32x4.sub(isChosen, v128.load(componentOf(state, i) + offset));
      v128.store(componentOf(out, i) + offset, f32x4.mul(scale, difference));
    }
  }
}

/** out [rows] += the tangent of ln p(action) along tangents v of the logits: v_action - sum_i p_i v_i. */
export function categoricalTangent(
  out: usize,
  tangents: usize,
  state: usize,
  action: usize,
  count: i32,
  rows: i32,
): void {
  for (let row = 0; row < rows; row += 4) {
    const offset = <usize>row << 2;
    const chosen = v128.load(action + offset);
    let tangent = v128.load(out + offset);
    for (let i = 0; i < count; i++) {
      const place = componentOf(offset, i);
      const isChosen = v128.and(f32x4.eq(chosen, f32x4.splat(<f32>i)), f32x4.splat(1.0));
      const score = f32x4.sub(isChosen, v128.load(state + place));
      tangent = multiplyAdd(score, v128.load(tangents + place), tangent);
    }
    v128.store(out + offset, tangent);
  }
}

/** out [rows] += KL(old || new) = sum_i p_i (ln p_i - ln q_i). */
export function categoricalKlOldNew(
  out: usize,
  oldInputs: usize,
  oldState: usize,
  newInputs: usize,
  count: i32,
  rows: i32,
): void {
  for (let row = 0; row < rows; row += 4) {
    const offset = <usize>row << 2;
    let kl = v128.load(out + offset);
    for (let i = 0; i < count; i++) {
      const place = componentOf(offset, i);
      const difference = f32x4.sub(v128.load(oldInputs + place), v128.load(newInputs + place));
      kl = multiplyAdd(v128.load(oldState + place), difference, kl);
    }
    v128.store(out + offset, kl);
  }
}

/** out [rows] += entropy, -sum_i p_i ln p_i. */
export function categoricalEntropy(out: usize, inputs: usize, state: usize, count: i32, rows: i32): void {
  for (let row = 0; row < rows; row += 4) {
    const offset = <usize>row << 2;
    let entropy = v128.load(out + offset);
    for (let i = 0; i < count; i++) {
      const place = componentOf(offset, i);
      // a probability that underflowed to 0 has a log-probability of -100 or so: the product is still right
      entropy = f32x4.sub(entropy, f32x4.mul(v128.load(state + place), v128.load(inputs + place)));
    }
    v128.store(out + offset, entropy);
  }
}

/** tangents v -> M v in place, M = diag(p) - p p^T: (M v)_i = p_i (v_i - sum_j p_j v_j). */
export function categoricalFisherMetric(tangents: usize, state: usize, count: i32, rows: i32): void {
  for (let row = 0; row < rows; row += 4) {
    const offset = <usize>row << 2;
    let mean = f32x4.splat(0.0);
    for (let i = 0; i < count; i++) {
      const place = componentOf(offset, i);
      mean = multiplyAdd(v128.load(state + place), v128.load(tangents + place), mean);
    }
    for (let i = 0; i < count; i++) {
      const place = componentOf(offset, i);
      const centred = f32x4.sub(v128.load(tangents + place), mean);
      v128.store(tangents + place, f32x4.mul(v128.load(state + place), centred));
    }
  }
}

/** action [rows] = the first choice whose cumulative probability reaches the uniform [rows] in (0, 1]. */
export function categoricalSample(action: usize, state: usize, uniform: usize, count: i32, rows: i32): void {
  for (let row = 0; row < rows; row += 4) {
    const offset = <usize>row << 2;
    const threshold = v128.load(uniform + offset);
    let cumulative = f32x4.splat(0.0);
    let choice = f32x4.splat(0.0);
    // the last choice takes what rounding leaves over
    for (let i = 0; i < count - 1; i++) {
      cumulative = f32x4.add(cumulative, v128.load(componentOf(state, i) + offset));
      choice = f32x4.add(choice, v128.and(f32x4.gt(threshold, cumulative), f32x4.splat(1.0)));
    }
    v128.store(action + offset, choice);
  }
}

/** action [rows] = the most probable choice, the first of equals. */
export function categoricalMode(action: usize, inputs: usize, count: i32, rows: i32): void {
  for (let row = 0; row < rows; row += 4) {
    const offset = <usize>row << 2;
    let best = v128.load(componentOf(inputs, 0) + offset);
    let choice = f32x4.splat(0.0);
    for (let i = 1; i < count; i++) {
      const candidate = v128.load(componentOf(inputs, i) + offset);
      const better = f32x4.gt(candidate, best);
      best = v128.bitselect(candidate, best, better);
      choice = v128.bitselect(f32x4.splat(<f32>i), choice, better);
    }
    v128.store(action + offset, choice);
  }
}

/**
 * root = R [rows x count] for each row of the batch, with M = R^T R and one row of R less than there are choices: the
 * transposed Cholesky factor of diag(p) - p p^T in closed form (Tanabe and Sagae 1992). With t_k = sum_{i>k} p_i,
 *   R_kk = sqrt(p_k t_k / t_{k-1}),  R_ki = -p_i sqrt(p_k / (t_{k-1} t_k)) for i > k.
 * Row k of R lies `planeBytes` after row k - 1, rows of the batch `stride` floats apart; what is 0 is not written.
 */
export function categoricalFisherRoot(
  root: usize,
  planeBytes: usize,
  stride: i32,
  state: usize,
  count: i32,
  rows: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const probabilities = state + (<usize>row << 2);
    const out = root + (<usize>(row * stride) << 2);
    // sums from the last choice on: differences from 1 would lose the small ones
    let tail = <f64>load<f32>(componentOf(probabilities, count - 1));
    for (let k = count - 2; k >= 0; k--) {
      const p = <f64>load<f32>(componentOf(probabilities, k));
      const before = tail + p;
      // choices that never happen have no part in M
      if (tail != 0.0 && before != 0.0) {
        const plane = out + <usize>k * planeBytes;
        store<f32>(plane + (<usize>k << 2), <f32>sqrt((p * tail) / before));
        const scale = sqrt(p / before / tail);
        for (let i = k + 1; i < count; i++) {
          store<f32>(plane + (<usize>i << 2), <f32>(-scale * <f64>load<f32>(componentOf(probabilities, i))));
        }
      }
      tail = before;
    }
  }
}
