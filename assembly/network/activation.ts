import { exp } from '../linear/exp';
import { multiplyAdd } from '../linear/lanes';
import { tanh } from '../linear/tanh';

/** Activation kinds; src/network/networkSpec.ts gives them their names in the same order. */
export const IDENTITY: i32 = 0;
export const TANH: i32 = 1;
export const RELU: i32 = 2;
export const LEAKY_RELU: i32 = 3;
export const ELU: i32 = 4;
export const SILU: i32 = 5;

const LEAKY_SLOPE: f32 = 0.01;

/** Whether the derivative cannot be had from the activation alone and is stored beside it. */
export function storesDerivative(kind: i32): bool {
  return kind == SILU;
}

/** Activates `count` pre-activations in place; SILU writes its derivative to `derivative`. count is a multiple of 4. */
export function activate(kind: i32, values: usize, derivative: usize, count: i32): void {
  assert(count % 4 == 0);
  if (kind == IDENTITY) return;
  const zero = f32x4.splat(0.0);
  const one = f32x4.splat(1.0);
  const end = values + (<usize>count << 2);
  if (kind == TANH) {
    let p = values;
    // two vectors a turn, so that one fills the waits of the other
    for (; p + 32 <= end; p += 32) {
      const h0 = tanh(v128.load(p, 0));
      const h1 = tanh(v128.load(p, 16));
      v128.store(p, h0, 0);
      v128.store(p, h1, 16);
    }
    if (p < end) v128.store(p, tanh(v128.load(p)));
  } else if (kind == RELU) {
    for (let p = values; p < end; p += 16) {
      const z = v128.load(p);
      // andnot keeps NaN, where max(0, NaN) might be read as a repair
      v128.store(p, v128.andnot(z, f32x4.lt(z, zero)));
    }
  } else if (kind == LEAKY_RELU) {
    for (let p = values; p < end; p += 16) {
      const z = v128.load(p);
      v128.store(p, v128.bitselect(f32x4.mul(z, f32x4.splat(LEAKY_SLOPE)), z, f32x4.lt(z, zero)));
    }
  } else if (kind == ELU) {
    for (let p = values; p < end; p += 16) {
      const z = v128.load(p);
      v128.store(p, v128.bitselect(f32x4.sub(exp(z), one), z, f32x4.lt(z, zero)));
    }
  } else {
    // SiLU: z s with s = 1 / (1 + e^-z); derivative s (1 + z (1 - s))
    for (let p = values; p < end; p += 16, derivative += 16) {
      const z = v128.load(p);
      const s = f32x4.div(one, f32x4.add(one, exp(f32x4.neg(z))));
      v128.store(p, f32x4.mul(z, s));
      v128.store(derivative, f32x4.mul(s, multiplyAdd(z, f32x4.sub(one, s), one)));
    }
  }
}

/** values *= activation'(z), from the activations (and the stored derivative). count is a multiple of 4. */
export function multiplyByDerivative(
  kind: i32,
  values: usize,
  activations: usize,
  derivative: usize,
  count: i32,
): void {
  if (kind == IDENTITY) return;
  const zero = f32x4.splat(0.0);
  const one = f32x4.splat(1.0);
  const end = values + (<usize>count << 2);
  if (kind == TANH) {
    let p = values;
    // two vectors a turn: the loop's own instructions weigh as much as the arithmetic
    for (; p + 32 <= end; p += 32, activations += 32) {
      const h0 = v128.load(activations, 0);
      const h1 = v128.load(activations, 16);
      v128.store(p, f32x4.mul(v128.load(p, 0), f32x4.sub(one, f32x4.mul(h0, h0))), 0);
      v128.store(p, f32x4.mul(v128.load(p, 16), f32x4.sub(one, f32x4.mul(h1, h1))), 16);
    }
    if (p < end) {
      const h = v128.load(activations);
      v128.store(p, f32x4.mul(v128.load(p), f32x4.sub(one, f32x4.mul(h, h))));
    }
  } else if (kind == RELU) {
    for (let p = values; p < end; p += 16, activations += 16) {
      v128.store(p, v128.and(v128.load(p), f32x4.gt(v128.load(activations), zero)));
    }
  } else if (kind == LEAKY_RELU) {
    for (let p = values; p < end; p += 16, activations += 16) {
      const value = v128.load(p);
      const active = f32x4.gt(v128.load(activations), zero);
      v128.store(p, v128.bitselect(value, f32x4.mul(value, f32x4.splat(LEAKY_SLOPE)), active));
    }
  } else if (kind == ELU) {
    for (let p = values; p < end; p += 16, activations += 16) {
      const value = v128.load(p);
      const h = v128.load(activations);
      v128.store(p, f32x4.mul(value, v128.bitselect(one, f32x4.add(h, one), f32x4.gt(h, zero))));
    }
  } else {
    for (let p = values; p < end; p += 16, derivative += 16) {
      v128.store(p, f32x4.mul(v128.load(p), v128.load(derivative)));
    }
  }
}

/** |activation'(z)| of four units, from their activations at `activations` (and the stored derivative). */
// @ts-ignore: decorator
@inline
export function activationSlope(kind: i32, activations: usize, derivative: usize): v128 {
  const one = f32x4.splat(1.0);
  const h = v128.load(activations);
  if (kind == TANH) return f32x4.sub(one, f32x4.mul(h, h));
  if (kind == SILU) return f32x4.abs(v128.load(derivative));
  const active = f32x4.gt(h, f32x4.splat(0.0));
  if (kind == RELU) return v128.and(one, active);
  if (kind == LEAKY_RELU) return v128.bitselect(one, f32x4.splat(LEAKY_SLOPE), active);
  if (kind == ELU) return v128.bitselect(one, f32x4.add(h, one), active);
  return one;
}
