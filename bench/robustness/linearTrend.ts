/** A straight line through points in order of x, by least squares. */
export interface Trend {
  readonly slope: number;
  /** Of the slope. */
  readonly standardError: number;
}

/**
 * The slope of y over x. The residuals may be a first-order autoregressive process: the standard error of independent ones is
 * multiplied by sqrt((1 + r) / (1 - r)), r their correlation with the next one, where that is positive (the variance of
 * a mean of such a process; Wilks, "Statistical methods in the atmospheric sciences", section 5.2.4). At least 3 points.
 */
export function fitTrend(points: readonly { readonly x: number; readonly y: number }[]): Trend {
  const count = points.length;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / count;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / count;
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const residuals = points.map(({ x, y }) => y - meanY - slope * (x - meanX));
  const squares = residuals.reduce((sum, residual) => sum + residual ** 2, 0);
  if (squares === 0) return { slope, standardError: 0 };
  const products = residuals.slice(1).reduce((sum, residual, i) => sum + residual * residuals[i], 0);
  const correlation = Math.max(0, products / squares);
  const widening = Math.sqrt((1 + correlation) / (1 - correlation));
  return { slope, standardError: widening * Math.sqrt(squares / (count - 2) / spread) };
}
