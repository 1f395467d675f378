const LOG2_E: f64 = 1.4426950408889634;
/** ln 2 in two parts; the high part has 32 significant bits, so that n LN2_HIGH is exact. */
const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;

/** e^x - 1 in float64, relative error below 1e-14; exact 0 at 0; infinity above 709, -1 below -709; NaN stays NaN. */
export function expMinusOneFloat64(x: f64): f64 {
  // beyond these ends 2^n leaves the exponent field
  if (x > 709.0) return Infinity;
  if (x < -709.0) return -1.0;
  const n = nearest(x * LOG2_E);
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  let term = r;
  let sum = r;
  for (let k = 2; k < 18; k++) {
    term *= r / <f64>k;
    sum += term;
  }
  const scale = reinterpret<f64>((<i64>n + 1023) << 52);
  return scale * sum + (scale - 1.0);
}
