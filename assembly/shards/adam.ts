import { multiplyAdd } from '../linear/lanes';

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
/** 1 - beta rounded once, not a difference of rounded numbers. */
const ONE_MINUS_BETA1: f32 = 0.1;
const ONE_MINUS_BETA2: f32 = 0.001;
const EPSILON: f64 = 1e-8;

/**
 * One step of Adam (arXiv:1412.6980, algorithm 1 in the order of its section 2), all vectors float32 [count], count a
 * multiple of 4; `step` counts from 1. parameters -= rate m / (sqrt(v) + epsilon'), with the bias corrections folded
 * into rate and epsilon'. The gradient is the sum of `parts` vectors, added in order, that lie `partStride` floats
 * apart: large ones then go through the caches once.
 */
export function adamStep(
  parameters: usize,
  gradients: usize,
  parts: i32,
  partStride: i32,
  firstMoment: usize,
  secondMoment: usize,
  count: i32,
  learningRate: f64,
  step: i32,
): void {
  const correction2 = sqrt(1.0 - wholePower(0.999, step));
  const rate = f32x4.splat(<f32>((learningRate * correction2) / (1.0 - wholePower(0.9, step))));
  const epsilon = f32x4.splat(<f32>(EPSILON * correction2));
  for (let offset: usize = 0; offset < <usize>count << 2; offset += 16) {
    let part = gradients + offset;
    let g = v128.load(part);
    for (let i = 1; i < parts; i++) {
      part += <usize>partStride << 2;
      g = f32x4.add(g, v128.load(part));
    }
    const m = multiplyAdd(f32x4.splat(ONE_MINUS_BETA1), g, f32x4.mul(f32x4.splat(BETA1), v128.load(firstMoment + offset)));
    const squared = f32x4.mul(f32x4.splat(ONE_MINUS_BETA2), g);
    const v = multiplyAdd(squared, g, f32x4.mul(f32x4.splat(BETA2), v128.load(secondMoment + offset)));
    v128.store(firstMoment + offset, m);
    v128.store(secondMoment + offset, v);
    const step4 = f32x4.div(f32x4.mul(rate, m), f32x4.add(f32x4.sqrt(v), epsilon));
    v128.store(parameters + offset, f32x4.sub(v128.load(parameters + offset), step4));
  }
}

/** base^exponent by squaring: the same bits everywhere, unlike a library power. */
function wholePower(base: f64, exponent: i32): f64 {
  let result = 1.0;
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1) result *= base;
    base *= base;
  }
  return result;
}
