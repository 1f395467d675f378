export type StopReason = 'converged' | 'iteration limit' | 'non-positive curvature' | 'non-finite number';

export interface ConjugateGradientResult {
  solution: Float64Array;
  /** |r| after each finished iteration; |gradient| itself, the residual of x = 0, is not listed. */
  residualNorms: number[];
  stopReason: StopReason;
}

/** Solves A x = gradient from x = 0 by conjugate gradient (Hestenes and Stiefel 1952), A symmetric positive.
 *  applyMatrix returns A v, damping included: A = F + damping I. precondition returns P v, P symmetric positive and near
 *  the inverse of A; by default v itself.
 *  Stops as 'converged' when |r| <= residualTolerance, an absolute Euclidean norm; 0 asks for an exact zero.
 *  On non-positive curvature or a number that is not finite, the solution is that of the iteration before. */
export function conjugateGradient(
  applyMatrix: (vector: Float64Array) => Float64Array,
  gradient: Float64Array,
  limits: { maxIterations: number; residualTolerance: number },
  precondition: (vector: Float64Array) => Float64Array = (vector) => vector,
): ConjugateGradientResult {
  // x solution, r residual, y = P r, p direction, z = A p
  const x = new Float64Array(gradient.length);
  const r = new Float64Array(gradient);
  let y = precondition(r);
  const p = new Float64Array(y);
  let ry = dot(r, y);
  const residualNorms: number[] = [];
  const stop = (stopReason: StopReason) => ({ solution: x, residualNorms, stopReason });

  const rr = dot(r, r);
  if (!Number.isFinite(rr)) return stop('non-finite number');
  if (Math.sqrt(rr) <= limits.residualTolerance) return stop('converged');
  for (let iteration = 0; iteration < limits.maxIterations; iteration++) {
    const z = applyMatrix(p);
    const curvature = dot(p, z);
    if (!Number.isFinite(curvature)) return stop('non-finite number');
    if (curvature <= 0) return stop('non-positive curvature');
    const stepLength = ry / curvature;
    for (let i = 0; i < x.length; i++) {
      x[i] += stepLength * p[i];
      r[i] -= stepLength * z[i];
    }
    const nextRr = dot(r, r);
    residualNorms.push(Math.sqrt(nextRr));
    if (Math.sqrt(nextRr) <= limits.residualTolerance) return stop('converged');
    y = precondition(r);
    const nextRy = dot(r, y);
    for (let i = 0; i < p.length; i++) p[i] = y[i] + (nextRy / ry) * p[i];
    ry = nextRy;
  }
  return stop('iteration limit');
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
