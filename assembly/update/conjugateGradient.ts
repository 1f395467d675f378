import { addScaled, dot } from '../linear/vector';
import { PolicyBatch } from '../shards/policyBatch';
import { fisherVectorProduct } from './fisherVectorProduct';
import { applyPreconditioner, preconditionerIsReady } from './preconditioner';

/** Why the iteration stopped; src/algorithms/objective.ts gives them their names in the same order. */
const TOLERANCE_REACHED: i32 = 0;
const ITERATION_LIMIT: i32 = 1;
const NON_POSITIVE_CURVATURE: i32 = 2;
const NON_FINITE: i32 = 3;
const PRECONDITIONER_NOT_POSITIVE: i32 = 4;

@unmanaged
class ConjugateGradientReport {
  iterations: i32;
  stopReason: i32;
  /** |b - A x| / |b| by the recurrence. */
  relativeResidual: f64;
  /** x^T A x of the solution. */
  quadraticForm: f64;
  /** Smallest p^T A p / p^T p met on the way. */
  smallestCurvature: f64;
}

export function conjugateGradientReportBytes(): i32 {
  return <i32>offsetof<ConjugateGradientReport>();
}

/**
 * Solves (F + damping I) x = g from x = 0 by conjugate gradient (Hestenes and Stiefel 1952), all vectors float64
 * [parameterCount]: g `gradient`, x `solution`; `vectors` is room for three more, four with a preconditioner, which is a
 * null pointer where there is none. Stops when |r| <= tolerance |g|, after `limit` products, at a direction of
 * curvature <= 0 or not finite, or where the preconditioner is not positive definite, keeping the x reached before it.
 */
export function conjugateGradient(
  batch: usize,
  preconditioner: usize,
  solution: usize,
  gradient: usize,
  damping: f64,
  tolerance: f64,
  limit: i32,
  vectors: usize,
  report: usize,
): void {
  const count = changetype<PolicyBatch>(batch).parameterCount;
  const vectorBytes = <usize>count << 3;
  // r residual, p direction, z = (F + damping I) p, y = P r with P the preconditioner
  const r = vectors;
  const p = r + vectorBytes;
  const z = p + vectorBytes;
  const y = preconditioner ? z + vectorBytes : r;
  memory.fill(solution, 0, vectorBytes);
  memory.copy(r, gradient, vectorBytes);
  memory.fill(p, 0, vectorBytes);

  const gradientSquared = dot(gradient, gradient, count);
  const target = tolerance * tolerance * gradientSquared;
  let residualSquared = gradientSquared;
  // r . y of this iteration and of the one before
  let weighted = 0.0;
  let weightedBefore: f64 = Infinity;
  let smallestCurvature: f64 = Infinity;
  let iterations = 0;
  let stopReason = ITERATION_LIMIT;
  while (true) {
    if (!isFinite(residualSquared)) {
      stopReason = NON_FINITE;
      break;
    }
    if (residualSquared <= target) {
      stopReason = TOLERANCE_REACHED;
      break;
    }
    if (iterations == limit) break;
    weighted = residualSquared;
    if (preconditioner) {
      weighted = 0.0;
      if (preconditionerIsReady(preconditioner)) {
        applyPreconditioner(preconditioner, y, r);
        weighted = dot(r, y, count);
      }
      if (!isFinite(weighted) || weighted <= 0.0) {
        stopReason = isFinite(weighted) ? PRECONDITIONER_NOT_POSITIVE : NON_FINITE;
        break;
      }
    }
    addScaled(p, y, weighted / weightedBefore, p, count);
    fisherVectorProduct(batch, z, p, damping);
    const curvature = dot(p, z, count);
    if (!isFinite(curvature)) {
      stopReason = NON_FINITE;
      break;
    }
    smallestCurvature = min(smallestCurvature, curvature / dot(p, p, count));
    if (curvature <= 0.0) {
      stopReason = NON_POSITIVE_CURVATURE;
      break;
    }
    const alpha = weighted / curvature;
    addScaled(solution, solution, alpha, p, count);
    addScaled(r, r, -alpha, z, count);
    residualSquared = dot(r, r, count);
    weightedBefore = weighted;
    iterations++;
  }

  const out = changetype<ConjugateGradientReport>(report);
  out.iterations = iterations;
  out.stopReason = stopReason;
  out.relativeResidual = gradientSquared == 0.0 ? 0.0 : sqrt(residualSquared / gradientSquared);
  // A x = g - r, so no further product is needed
  out.quadraticForm = dot(solution, gradient, count) - dot(solution, r, count);
  out.smallestCurvature = smallestCurvature;
}

export function conjugateGradientIterations(report: usize): i32 {
  return changetype<ConjugateGradientReport>(report).iterations;
}

export function conjugateGradientStopReason(report: usize): i32 {
  return changetype<ConjugateGradientReport>(report).stopReason;
}

export function conjugateGradientRelativeResidual(report: usize): f64 {
  return changetype<ConjugateGradientReport>(report).relativeResidual;
}

export function conjugateGradientQuadraticForm(report: usize): f64 {
  return changetype<ConjugateGradientReport>(report).quadraticForm;
}

export function conjugateGradientSmallestCurvature(report: usize): f64 {
  return changetype<ConjugateGradientReport>(report).smallestCurvature;
}
