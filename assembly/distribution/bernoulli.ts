import { componentOf } from '../linear/componentMajor';
import { exp } from '../linear/exp';
import { log } from '../linear/log';
import { multiplyAdd } from '../linear/lanes';

/**
 * Independent bits (MultiBinary). Inputs x are logits, state holds p = 1 / (1 + e^-x); tiles are component-major.
 */

/** ln(1 + e^x) without overflow: max(x, 0) + ln(1 + e^-|x|). */
// @ts-ignore: decorator
@inline
function softplus(x: v128): v128 {
  const tail = log(f32x4.add(f32x4.splat(1.0), exp(f32x4.neg(f32x4.abs(x)))));
  return f32x4.add(f32x4.max(x, f32x4.splat(0.0)), tail);
}

/** state = probabilities of a 1. */
export function bernoulliState(state: usize, inputs: usize, bits: i32, rows: i32): void {
  const one = f32x4.splat(1.0);
  for (let bit = 0; bit < bits; bit++) {
    for (let row = 0; row < rows; row += 4) {
      const place = componentOf(<usize>row << 2, bit);
      const x = v128.load(inputs + place);
      v128.store(state + place, f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x)))));
    }
  }
}

/** out [rows] += sum over bits of a x - ln(1 + e^x). */
export function bernoulliLogProbability(out: usize, inputs: usize, actions: usize, bits: i32, rows: i32): void {
  for (let row = 0; row < rows; row += 4) {
    const offset = <usize>row << 2;
    let sum = v128.load(out + offset);
    for (let bit = 0; bit < bits; bit++) {
      const place = componentOf(offset, bit);
      const x = v128.load(inputs + place);
      sum = f32x4.add(sum, f32x4.sub(f32x4.mul(v128.load(actions + place), x), softplus(x)));
    }
    v128.store(out + offset, sum);
  }
}

/** out = weight (a - p). */
export function bernoulliGradient(
  out: usize,
  state: usize,
  actions: usize,
  weight: usize,
  bits: i32,
  rows: i32,
): void {
  for (let bit = 0; bit < bits; bit++) {
    for (let row = 0; row < rows; row += 4) {
      const place = componentOf(<usize>row << 2, bit);
      const difference = f32x4.sub(v128.load(actions + place), v128.load(state + place));
      v128.store(out + place, f32x4.mul(v128.load(weight + (<usize>row << 2)), difference));
    }
  }
}

/** out [rows] += the tangent of the log-probability along tangents v of the logits: the sum over bits of (a - p) v. */
export function bernoulliTangent(
  out: usize,
  tangents: usize,
  state: usize,
  actions: usize,
  bits: i32,
  rows: i32,
): void {
  for (let bit = 0; bit < bits; bit++) {
    for (let row = 0; row < rows; row += 4) {
      const offset = <usize>row << 2;
      const place = componentOf(offset, bit);
      const score = f32x4.sub(v128.load(actions + place), v128.load(state + place));
      v128.store(out + offset, multiplyAdd(score, v128.load(tangents + place), v128.load(out + offset)));
    }
  }
}

/** out [rows] += KL(old || new) = sum p (x - y) - softplus(x) + softplus(y), x old and y new logits. */
export function bernoulliKlOldNew(
  out: usize,
  oldInputs: usize,
  oldState: usize,
  newInputs: usize,
  bits: i32,
  rows: i32,
): void {
  for (let row = 0; row < rows; row += 4) {
    const offset = <usize>row << 2;
    let kl = v128.load(out + offset);
    for (let bit = 0; bit < bits; bit++) {
      const place = componentOf(offset, bit);
      const x = v128.load(oldInputs + place);
      const y = v128.load(newInputs + place);
      const normalizers = f32x4.sub(softplus(y), softplus(x));
      kl = f32x4.add(kl, multiplyAdd(v128.load(oldState + place), f32x4.sub(x, y), normalizers));
    }
    v128.store(out + offset, kl);
  }
}

/** out [rows] += entropy, sum over bits of ln(1 + e^x) - p x. */
export function bernoulliEntropy(out: usize, inputs: usize, state: usize, bits: i32, rows: i32): void {
  for (let row = 0; row < rows; row += 4) {
    const offset = <usize>row << 2;
    let sum = v128.load(out + offset);
    for (let bit = 0; bit < bits; bit++) {
      const place = componentOf(offset, bit);
      const x = v128.load(inputs + place);
      sum = f32x4.add(sum, f32x4.sub(softplus(x), f32x4.mul(v128.load(state + place), x)));
    }
    v128.store(out + offset, sum);
  }
}

/** tangents v -> M v in place, M = diag(p (1 - p)). */
export function bernoulliFisherMetric(tangents: usize, state: usize, bits: i32, rows: i32): void {
  for (let bit = 0; bit < bits; bit++) {
    for (let row = 0; row < rows; row += 4) {
      const place = componentOf(<usize>row << 2, bit);
      const p = v128.load(state + place);
      const variance = f32x4.mul(p, f32x4.sub(f32x4.splat(1.0), p));
      v128.store(tangents + place, f32x4.mul(v128.load(tangents + place), variance));
    }
  }
}

/**
 * root = R = diag(sqrt(p (1 - p))) [bits x bits] for each row of the batch, with M = R^T R. Row b of R lies `planeBytes`
 * after row b - 1, rows of the batch `stride` floats apart; what is 0 is not written.
 */
export function bernoulliFisherRoot(
  root: usize,
  planeBytes: usize,
  stride: i32,
  state: usize,
  bits: i32,
  rows: i32,
): void {
  for (let bit = 0; bit < bits; bit++) {
    const plane = root + <usize>bit * planeBytes + (<usize>bit << 2);
    for (let row = 0; row < rows; row++) {
      const p = load<f32>(componentOf(state + (<usize>row << 2), bit));
      store<f32>(plane + (<usize>(row * stride) << 2), sqrt<f32>(p * (1.0 - p)));
    }
  }
}

/** actions = 1 where the uniform in (0, 1] is at most p. */
export function bernoulliSample(actions: usize, state: usize, uniforms: usize, bits: i32, rows: i32): void {
  for (let bit = 0; bit < bits; bit++) {
    for (let row = 0; row < rows; row += 4) {
      const place = componentOf(<usize>row << 2, bit);
      const isOne = f32x4.le(v128.load(uniforms + place), v128.load(state + place));
      v128.store(actions + place, v128.and(isOne, f32x4.splat(1.0)));
    }
  }
}

/** actions = 1 where p > 1/2. */
export function bernoulliMode(actions: usize, inputs: usize, bits: i32, rows: i32): void {
  for (let bit = 0; bit < bits; bit++) {
    for (let row = 0; row < rows; row += 4) {
      const place = componentOf(<usize>row << 2, bit);
      const isOne = f32x4.gt(v128.load(inputs + place), f32x4.splat(0.0));
      v128.store(actions + place, v128.and(isOne, f32x4.splat(1.0)));
    }
  }
}
