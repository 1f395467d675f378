import { componentOf } from '../linear/componentMajor';
import { log } from '../linear/log';
import { cosOfTurns, sinOfTurns } from '../linear/sinCos';
import { philox4x32 } from './philox';

/** What a stream is for: the low byte of the last counter word, as StreamPurpose in src/random/philox.ts. */
export const PURPOSE_ACTIONS: u32 = 0;
export const PURPOSE_MINIBATCHES: u32 = 2;
export const PURPOSE_POLICY_MINIBATCHES: u32 = 5;

/**
 * Uniform numbers in (0, 1] with 24 bits, component-major [components x ROW_TILE]: row r draws from the stream of
 * environment firstEnvironment + r at `step`, whatever rows are drawn with it. `words` is room for 16 bytes.
 */
export function drawUniforms(
  out: usize,
  components: i32,
  rows: i32,
  key0: u32,
  key1: u32,
  firstEnvironment: u32,
  step: u64,
  words: usize,
): void {
  const stepLow = <u32>step;
  const stepHigh = (<u32>(step >> 32) << 8) | PURPOSE_ACTIONS;
  for (let row = 0; row < rows; row++) {
    for (let component = 0; component < components; component++) {
      const word = component & 3;
      if (word == 0) {
        philox4x32(words, key0, key1, <u32>component >> 2, firstEnvironment + row, stepLow, stepHigh);
      }
      const bits = load<u32>(words + (<usize>word << 2)) >> 8;
      store<f32>(componentOf(out + (<usize>row << 2), component), <f32>(bits + 1) * <f32>(1.0 / 16777216.0));
    }
  }
}

/**
 * Turns uniforms into standard normals in place, by pairs of components (Box and Muller 1958); an even number of
 * components must have been drawn. |normal| is at most 5.77, from the 24 bits of the uniform.
 */
export function uniformsToNormals(values: usize, components: i32, rows: i32): void {
  for (let component = 0; component < components; component += 2) {
    const first = componentOf(values, component);
    const second = componentOf(values, component + 1);
    for (let row = 0; row < rows; row += 4) {
      const place = first + (<usize>row << 2);
      const otherPlace = second + (<usize>row << 2);
      storeNormals(place, otherPlace, v128.load(place), v128.load(otherPlace));
    }
  }
}

/** Box and Muller's pair of normals from two uniforms in (0, 1]. */
// @ts-ignore: decorator
@inline
function storeNormals(first: usize, second: usize, uniforms: v128, turns: v128): void {
  const radius = f32x4.sqrt(f32x4.mul(log(uniforms), f32x4.splat(-2.0)));
  v128.store(first, f32x4.mul(radius, cosOfTurns(turns)));
  v128.store(second, f32x4.mul(radius, sinOfTurns(turns)));
}

/** Four uniforms in (0, 1] with 24 bits from four random words. */
// @ts-ignore: decorator
@inline
function uniformsOf(words: v128): v128 {
  const bits = i32x4.add(i32x4.shr_u(words, 8), i32x4.splat(1));
  return f32x4.mul(f32x4.convert_i32x4_u(bits), f32x4.splat(1.0 / 16777216.0));
}

/**
 * `count` (a multiple of 8) standard normals for (key, stream, purpose), as `uniformsToNormals` makes them: the first
 * four of each eight with cos, the others with sin. Used for initial weights.
 */
export function standardNormals(out: usize, count: i32, key0: u32, key1: u32, stream: u32, purpose: u32): void {
  for (let i = 0; i < count; i += 8) {
    const first = out + (<usize>i << 2);
    const second = first + 16;
    philox4x32(first, key0, key1, <u32>i >> 2, stream, 0, purpose);
    philox4x32(second, key0, key1, (<u32>i >> 2) + 1, stream, 0, purpose);
    storeNormals(first, second, uniformsOf(v128.load(first)), uniformsOf(v128.load(second)));
  }
}
