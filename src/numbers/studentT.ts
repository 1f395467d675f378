import { exp } from './exp.js';
import { log } from './log.js';

/** Below it the continued fraction has converged to float64. */
const CONVERGED = 1e-15;
const MOST_TERMS = 1000;
/** From here on the series of the ratio of gamma functions is exact to float64. */
const LARGE = 60;
/** Of 1 / a, highest power first. */
const RATIO_SERIES = [869 / 4194304, -399 / 262144, -21 / 32768, 5 / 1024, 1 / 128, -1 / 8, 1];
/** Relative width of the interval in which a quantile lies at last. */
const QUANTILE_WIDTH = 1e-14;

/**
 * P(T > t) of Student's t distribution with any number of degrees of freedom above 0, by the incomplete beta function
 * I_x(d / 2, 1 / 2) / 2 at x = d / (d + t^2) (Abramowitz and Stegun 26.7.1). Out of + - * / and square roots alone, so that every
 * engine decides alike; no library does that. Relative error below 1e-12 down to 1e-100.
 */
export function studentTail(t: number, degreesOfFreedom: number): number {
  if (t < 0) return 1 - studentTail(-t, degreesOfFreedom);
  if (t * t === Number.POSITIVE_INFINITY) return 0;
  const a = degreesOfFreedom / 2;
  const b = 0.5;
  const x = degreesOfFreedom / (degreesOfFreedom + t * t);
  // 1 - x as a quotient of its own: near t = 0 the difference has no digits
  const y = (t * t) / (degreesOfFreedom + t * t);
  // x^a y^b / B(a, b), B(a, 1/2) = sqrt(pi) / gammaRatio(a)
  const factor = (exp(a * log(x)) * Math.sqrt(y) * gammaRatio(a)) / Math.sqrt(Math.PI);
  // the fraction converges fast below the mean of the beta distribution; above it the other tail has it
  const tail =
    x < (a + 1) / (a + b + 2)
      ? (factor * betaFraction(x, a, b)) / a
      : 1 - (factor * betaFraction(y, b, a)) / b;
  return tail / 2;
}

/** t with P(T > t) = `tail`, for tails from 1e-12 to 1/2. */
export function studentQuantile(tail: number, degreesOfFreedom: number): number {
  let low = 0;
  let high = 1;
  while (studentTail(high, degreesOfFreedom) > tail) high *= 2;
  while (high - low > QUANTILE_WIDTH * high) {
    const middle = (low + high) / 2;
    if (studentTail(middle, degreesOfFreedom) > tail) low = middle;
    else high = middle;
  }
  return high;
}

/** Gamma(a + 1/2) / Gamma(a), by its asymptotic series (Tricomi and Erdelyi 1951) at a larger argument. */
function gammaRatio(a: number): number {
  if (a < LARGE) return (gammaRatio(a + 1) * a) / (a + 0.5);
  const u = 1 / a;
  let series = 0;
  for (const coefficient of RATIO_SERIES) series = series * u + coefficient;
  return Math.sqrt(a) * series;
}

/** The continued fraction of I_x(a, b) (Abramowitz and Stegun 26.5.8) from its front, by Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    const change = d * c;
    value *= change;
    if (Math.abs(change - 1) < CONVERGED) break;
  }
  return value;
}
