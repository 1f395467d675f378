import { componentOf } from '../linear/componentMajor';
import { expOf } from '../linear/exp';
import { expMinusOneFloat64 } from '../linear/expFloat64';
import { multiplyAdd } from '../linear/lanes';

/**
 * Independent normals with means from the network and log standard deviations that are parameters, the same for
 * every observation. Inputs are means; tiles are component-major; logStd points at [dimensions] numbers.
 */

const HALF_LOG_TWO_PI: f32 = 0.9189385332046727;

/** 1 / std of dimension `dimension`. */
// @ts-ignore: decorator
@inline
function inverseStd(logStd: usize, dimension: i32): f32 {
  return expOf(-load<f32>(logStd + (<usize>dimension << 2)));
}

/** out [rows] += sum over dimensions of -((a - mean) / std)^2 / 2 - ln std - ln(2 pi) / 2. */
export function gaussianLogProbability(
  out: usize,
  means: usize,
  logStd: usize,
  actions: usize,
  dimensions: i32,
  rows: i32,
): void {
  for (let d = 0; d < dimensions; d++) {
    const scale = f32x4.splat(inverseStd(logStd, d));
    const constant = f32x4.splat(load<f32>(logStd + (<usize>d << 2)) + HALF_LOG_TWO_PI);
    for (let row = 0; row < rows; row += 4) {
      const offset = <usize>row << 2;
      const place = componentOf(offset, d);
      const z = f32x4.mul(f32x4.sub(v128.load(actions + place), v128.load(means + place)), scale);
      const term = multiplyAdd(f32x4.mul(z, f32x4.splat(-0.5)), z, f32x4.neg(constant));
      v128.store(out + offset, f32x4.add(v128.load(out + offset), term));
    }
  }
}

/**
 * out = weight (a - mean) / std^2, the gradient for the means; logStdGradient [dimensions] += the sum over rows of
 * weight (((a - mean) / std)^2 - 1).
 */
export function gaussianGradient(
  out: usize,
  logStdGradient: usize,
  means: usize,
  logStd: usize,
  actions: usize,
  weight: usize,
  dimensions: i32,
  rows: i32,
): void {
  for (let d = 0; d < dimensions; d++) {
    const scale = f32x4.splat(inverseStd(logStd, d));
    let sum = f32x4.splat(0.0);
    for (let row = 0; row < rows; row += 4) {
      const offset = <usize>row << 2;
      const place = componentOf(offset, d);
      const factor = v128.load(weight + offset);
      const z = f32x4.mul(f32x4.sub(v128.load(actions + place), v128.load(means + place)), scale);
      v128.store(out + place, f32x4.mul(f32x4.mul(factor, z), scale));
      sum = multiplyAdd(factor, f32x4.sub(f32x4.mul(z, z), f32x4.splat(1.0)), sum);
    }
    const target = logStdGradient + (<usize>d << 2);
    store<f32>(target, load<f32>(target) + sumOfLanes(sum));
  }
}

/**
 * out [rows] += the tangent of the log-probability along tangents v of the means and w [dimensions] of the log standard
 * deviations: with z = (a - mean) / std, the sum over dimensions of z v / std + (z^2 - 1) w.
 */
export function gaussianTangent(
  out: usize,
  tangents: usize,
  logStdTangent: usize,
  means: usize,
  logStd: usize,
  actions: usize,
  dimensions: i32,
  rows: i32,
): void {
  for (let d = 0; d < dimensions; d++) {
    const scale = f32x4.splat(inverseStd(logStd, d));
    const w = f32x4.splat(load<f32>(logStdTangent + (<usize>d << 2)));
    for (let row = 0; row < rows; row += 4) {
      const offset = <usize>row << 2;
      const place = componentOf(offset, d);
      const z = f32x4.mul(f32x4.sub(v128.load(actions + place), v128.load(means + place)), scale);
      const ofMean = multiplyAdd(f32x4.mul(z, scale), v128.load(tangents + place), v128.load(out + offset));
      const ofLogStd = f32x4.sub(f32x4.mul(z, z), f32x4.splat(1.0));
      v128.store(out + offset, multiplyAdd(ofLogStd, w, ofMean));
    }
  }
}

// @ts-ignore: decorator
@inline
function sumOfLanes(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) +
    f32x4.extract_lane(x, 1) +
    (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

/** The part of KL(old || new) that no observation changes: sum of d + (e^-2d - 1) / 2, d = ln std_new - ln std_old. */
export function gaussianKlOfStd(oldLogStd: usize, newLogStd: usize, dimensions: i32): f64 {
  let sum = 0.0;
  for (let d = 0; d < dimensions; d++) {
    const offset = <usize>d << 2;
    // float64: the terms of first order cancel, what is left is d^2
    const difference = <f64>load<f32>(newLogStd + offset) - <f64>load<f32>(oldLogStd + offset);
    sum += difference + 0.5 * expMinusOneFloat64(-2.0 * difference);
  }
  return sum;
}

/** out [rows] += (mean_old - mean_new)^2 / (2 std_new^2): KL(old || new) without its `gaussianKlOfStd`. */
export function gaussianKlOfMeans(
  out: usize,
  oldMeans: usize,
  newMeans: usize,
  newLogStd: usize,
  dimensions: i32,
  rows: i32,
): void {
  for (let d = 0; d < dimensions; d++) {
    const scale = f32x4.splat(inverseStd(newLogStd, d));
    for (let row = 0; row < rows; row += 4) {
      const offset = <usize>row << 2;
      const place = componentOf(offset, d);
      const z = f32x4.mul(f32x4.sub(v128.load(oldMeans + place), v128.load(newMeans + place)), scale);
      const kl = multiplyAdd(f32x4.mul(z, f32x4.splat(0.5)), z, v128.load(out + offset));
      v128.store(out + offset, kl);
    }
  }
}

/** Entropy, the same for every observation: sum of ln std + ln(2 pi e) / 2. */
export function gaussianEntropy(logStd: usize, dimensions: i32): f64 {
  let sum = 0.0;
  for (let d = 0; d < dimensions; d++) {
    sum += <f64>load<f32>(logStd + (<usize>d << 2)) + 1.4189385332046727;
  }
  return sum;
}

/** tangents v -> M v in place, M = diag(1 / std^2). The metric of log std is 2 per dimension, without cross terms. */
export function gaussianFisherMetric(tangents: usize, logStd: usize, dimensions: i32, rows: i32): void {
  for (let d = 0; d < dimensions; d++) {
    const inverse = inverseStd(logStd, d);
    const scale = f32x4.splat(inverse * inverse);
    for (let row = 0; row < rows; row += 4) {
      const place = componentOf(<usize>row << 2, d);
      v128.store(tangents + place, f32x4.mul(v128.load(tangents + place), scale));
    }
  }
}

/**
 * root = R = diag(1 / std) [dimensions x dimensions] for each row of the batch, with M = R^T R. Row d of R lies
 * `planeBytes` after row d - 1, rows of the batch `stride` floats apart; what is 0 is not written.
 */
export function gaussianFisherRoot(
  root: usize,
  planeBytes: usize,
  stride: i32,
  logStd: usize,
  dimensions: i32,
  rows: i32,
): void {
  for (let d = 0; d < dimensions; d++) {
    const inverse = inverseStd(logStd, d);
    const plane = root + <usize>d * planeBytes + (<usize>d << 2);
    for (let row = 0; row < rows; row++) store<f32>(plane + (<usize>(row * stride) << 2), inverse);
  }
}

/** actions = mean + std normal. */
export function gaussianSample(
  actions: usize,
  means: usize,
  logStd: usize,
  normals: usize,
  dimensions: i32,
  rows: i32,
): void {
  for (let d = 0; d < dimensions; d++) {
    const std = f32x4.splat(expOf(load<f32>(logStd + (<usize>d << 2))));
    for (let row = 0; row < rows; row += 4) {
      const place = componentOf(<usize>row << 2, d);
      v128.store(actions + place, multiplyAdd(std, v128.load(normals + place), v128.load(means + place)));
    }
  }
}
