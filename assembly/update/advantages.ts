import { LANES } from '../linear/lanes';

/**
 * Generalized advantage estimation (arXiv:1506.02438, eq. 16), backwards in time, four environments a vector:
 * delta_t = r_t + gamma V(s_{t+1}) - V(s_t), A_t = delta_t + gamma lambda A_{t+1}, returns_t = A_t + V(s_t).
 *
 * All arrays are float32 [steps x environments] but bootstrap [environments] = V of the observation after the last
 * step; terminated and truncated hold 0 or 1. After a terminated step the future is worth 0; after a truncated one
 * V(s_{t+1}) is finalValues, the value of the episode's last observation. A never crosses either.
 */
export function generalizedAdvantages(
  advantages: usize,
  returns: usize,
  rewards: usize,
  values: usize,
  terminated: usize,
  truncated: usize,
  finalValues: usize,
  bootstrap: usize,
  steps: i32,
  environments: i32,
  gamma: f32,
  lambda: f32,
): void {
  const stepBytes = <usize>environments << 2;
  let environment = 0;
  for (; environment + LANES <= environments; environment += LANES) {
    const column = <usize>environment << 2;
    let advantage = f32x4.splat(0.0);
    let nextValue = v128.load(bootstrap + column);
    let place = column + <usize>steps * stepBytes;
    for (let step = steps; step > 0; step--) {
      place -= stepBytes;
      const isTerminated = f32x4.ne(v128.load(terminated + place), f32x4.splat(0.0));
      const isTruncated = f32x4.ne(v128.load(truncated + place), f32x4.splat(0.0));
      nextValue = v128.bitselect(v128.load(finalValues + place), nextValue, isTruncated);
      nextValue = v128.andnot(nextValue, isTerminated);
      advantage = v128.andnot(advantage, v128.or(isTerminated, isTruncated));
      const value = v128.load(values + place);
      const discounted = f32x4.mul(f32x4.splat(gamma), nextValue);
      const delta = f32x4.sub(f32x4.add(v128.load(rewards + place), discounted), value);
      advantage = f32x4.add(delta, f32x4.mul(f32x4.splat(gamma * lambda), advantage));
      v128.store(advantages + place, advantage);
      v128.store(returns + place, f32x4.add(advantage, value));
      nextValue = value;
    }
  }
  for (; environment < environments; environment++) {
    const column = <usize>environment << 2;
    let advantage: f32 = 0.0;
    let nextValue = load<f32>(bootstrap + column);
    let place = column + <usize>steps * stepBytes;
    for (let step = steps; step > 0; step--) {
      place -= stepBytes;
      const isTerminated = load<f32>(terminated + place) != 0.0;
      const isTruncated = load<f32>(truncated + place) != 0.0;
      if (isTruncated) nextValue = load<f32>(finalValues + place);
      if (isTerminated) nextValue = 0.0;
      if (isTerminated || isTruncated) advantage = 0.0;
      const value = load<f32>(values + place);
      const delta = load<f32>(rewards + place) + gamma * nextValue - value;
      advantage = delta + gamma * lambda * advantage;
      store<f32>(advantages + place, advantage);
      store<f32>(returns + place, advantage + value);
      nextValue = value;
    }
  }
}

/** Mean of `count` float32 numbers, summed in float64. */
export function meanOf(values: usize, count: i32): f64 {
  let sum = 0.0;
  for (let i = 0; i < count; i++) sum += <f64>load<f32>(values + (<usize>i << 2));
  return sum / <f64>count;
}

/** Population standard deviation around `mean`. */
export function standardDeviationOf(values: usize, count: i32, mean: f64): f64 {
  let sum = 0.0;
  for (let i = 0; i < count; i++) {
    const difference = <f64>load<f32>(values + (<usize>i << 2)) - mean;
    sum += difference * difference;
  }
  return sqrt(sum / <f64>count);
}

/** values = (values - mean) scale, in place. */
export function centreAndScale(values: usize, count: i32, mean: f64, scale: f64): void {
  for (let i = 0; i < count; i++) {
    const place = values + (<usize>i << 2);
    store<f32>(place, <f32>((<f64>load<f32>(place) - mean) * scale));
  }
}
