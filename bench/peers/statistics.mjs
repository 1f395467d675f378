/** Statistics of a few independent runs. */

export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard error of the mean, from the sample variance; NaN for less than two values. */
export function standardError(values) {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

/**
 * Welch's interval for mean(a) - mean(b) at a level such as 0.95: difference -+ t s, s^2 = s_a^2 + s_b^2 the squared
 * standard errors, t with s^4 / (s_a^4 / (n_a - 1) + s_b^4 / (n_b - 1)) degrees of freedom (Welch 1947). Null where there
 * is no spread to go by: less than two values, or all values of both alike.
 */
export function welchInterval(a, b, level) {
  const [errorA, errorB] = [a, b].map(standardError);
  const squared = errorA ** 2 + errorB ** 2;
  if (!(squared > 0)) return null;
  const degrees = squared ** 2 / (errorA ** 4 / (a.length - 1) + errorB ** 4 / (b.length - 1));
  const halfWidth = studentQuantile(level, degrees) * Math.sqrt(squared);
  const difference = mean(a) - mean(b);
  return { difference, low: difference - halfWidth, high: difference + halfWidth, degrees };
}

const ANGLES = 200_000;

/**
 * t with P(|T| <= t) = level. With t = sqrt(degrees) tan(angle) the density is cos(angle)^(degrees - 1), up to a factor:
 * its integral up to the angle is that share of the integral up to a right angle.
 */
export function studentQuantile(level, degrees) {
  const step = Math.PI / 2 / ANGLES;
  const density = (i) => Math.cos((i + 0.5) * step) ** (degrees - 1);
  let whole = 0;
  for (let i = 0; i < ANGLES; i++) whole += density(i);
  let part = 0;
  let i = 0;
  while (part + density(i) <= level * whole) part += density(i++);
  const fraction = (level * whole - part) / density(i);
  return Math.sqrt(degrees) * Math.tan((i + fraction) * step);
}
