import {
  computeState,
  Distribution,
  fisherRank,
  fisherRoot,
  solveFisherOfParameters,
} from '../distribution/distribution';
import { evenNumbers, factorCholesky, solveCholesky } from '../linear/cholesky';
import { dotFloat32 } from '../linear/dotFloat32';
import { at, multiplyAdd } from '../linear/lanes';
import { ROW_TILE } from '../linear/rowTile';
import { fillZero, toFloat32 } from '../linear/vector';
import { layerAt, layerInput, Network, networkInputStride, networkOutputStride } from '../network/chain';
import {
  addParameterGradient,
  inputGradient,
  layerAffine,
  multiplyByActivationDerivative,
} from '../network/layerKinds';
import { Scratch } from '../network/scratch';
import { computeInputs } from '../policy/distributionInputs';
import { gatherObservations } from '../shards/observations';
import { gatheredMasks, PolicyBatch } from '../shards/policyBatch';
import { shardGradient } from '../shards/shardRows';
import { callerScratch } from '../team/team';

/**
 * A preconditioner for conjugate gradient on F + damping I: the inverse of the same matrix made from few rows of the
 * batch (as in arXiv:1501.00263, where the sample is one machine's data), exact by Woodbury's identity.
 *
 * Each sampled row has J [inputSize x parameters] and a root R of the Fisher metric, M = R^T R [rank x inputSize]. With B
 * the matrix of all rows of R J over sqrt(sampled rows), F_s = B^T B, and
 *   (F_s + damping I)^-1 = (I - B^T (damping I + B B^T)^-1 B) / damping.
 * B B^T has as many rows as the sample has components, so it is small; B itself is never made: a row of a layer's part is
 * the outer product of the layer's input (and 1, for the bias) with the gradient of its pre-activations.
 * F has few eigenvalues far above the damping, in directions that many rows share: a sample finds them.
 */
@unmanaged
export class Preconditioner {
  batch: PolicyBatch;
  /** Sampled rows: how many, and [rows] u32 which ones of the batch. */
  rows: i32;
  sample: usize;
  /** Rows of R of a sampled row. */
  rank: i32;
  /** The layers' inputs, one layer after the other: [rows x inputStride] */
  inputs: usize;
  /** The pre-activations' gradients along R, one layer after the other: planes [rank][rows x outputStride] */
  factors: usize;
  /** float64 [size x evenNumbers(size)], size = rows x rank: the Cholesky factor of (damping I + B B^T) rows. */
  gram: usize;
  /** float64 [evenNumbers(size)] */
  coefficients: usize;
  /** What is added to F_s. */
  damping: f64;
  isReady: bool;
}

/**
 * Least damping, relative to the trace of F_s: the float32 vectors below carry seven digits, and applying the inverse
 * subtracts numbers that agree to damping / eigenvalue of themselves.
 */
const LEAST_RELATIVE_DAMPING: f64 = 1e-4;

export function preconditionerBytes(): i32 {
  return <i32>offsetof<Preconditioner>();
}

/** Floats of the layers' inputs. */
export function preconditionerInputFloats(network: usize, rows: i32): i32 {
  const net = changetype<Network>(network);
  let floats = 0;
  for (let i = 0; i < net.layerCount; i++) floats += rows * layerAt(net, i).inputStride;
  return floats;
}

/** Floats of the pre-activations' gradients. */
export function preconditionerFactorFloats(network: usize, distribution: usize, rows: i32): i32 {
  const net = changetype<Network>(network);
  let floats = 0;
  for (let i = 0; i < net.layerCount; i++) floats += layerAt(net, i).outputStride;
  return floats * preconditionerSize(distribution, rows);
}

/** Rows of B. */
export function preconditionerSize(distribution: usize, rows: i32): i32 {
  return rows * fisherRank(changetype<Distribution>(distribution));
}

/** Describes all but which rows are sampled: setSampledRow tells each. */
export function describePreconditioner(
  preconditioner: usize,
  batch: usize,
  rows: i32,
  sample: usize,
  inputs: usize,
  factors: usize,
  gram: usize,
  coefficients: usize,
): void {
  const c = changetype<Preconditioner>(preconditioner);
  c.batch = changetype<PolicyBatch>(batch);
  c.rows = rows;
  c.sample = sample;
  c.rank = fisherRank(c.batch.distribution);
  c.inputs = inputs;
  c.factors = factors;
  c.gram = gram;
  c.coefficients = coefficients;
  c.isReady = false;
}

/** Makes `row` of the batch sample number `index`. */
export function setSampledRow(preconditioner: usize, index: i32, row: i32): void {
  store<u32>(at(changetype<Preconditioner>(preconditioner).sample, index), row);
}

/**
 * Samples the batch at theta_old and factors; `surrogateGradient` must have run on it. On one thread, so that the result
 * does not depend on how many there are. Not ready afterwards where the matrix is not positive definite or not finite.
 */
export function computePreconditioner(preconditioner: usize, damping: f64): void {
  const c = changetype<Preconditioner>(preconditioner);
  const scratch = changetype<Scratch>(callerScratch(c.batch));
  for (let row = 0; row < c.rows; row += ROW_TILE) sampleTile(c, row, min(ROW_TILE, c.rows - row), scratch);
  const size = c.rows * c.rank;
  fillZero(c.gram, 2 * size * evenNumbers(size));
  let inputs = c.inputs;
  let factors = c.factors;
  const net = c.batch.network;
  for (let i = 0; i < net.layerCount; i++) {
    const layer = layerAt(net, i);
    addProducts(c, inputs, layer.inputStride, factors, layer.outputStride);
    inputs = at(inputs, c.rows * layer.inputStride);
    factors = at(factors, size * layer.outputStride);
  }
  c.damping = max(damping, LEAST_RELATIVE_DAMPING * (trace(c) / <f64>c.rows));
  addToDiagonal(c, c.damping * <f64>c.rows);
  c.isReady = c.damping > 0.0 && factorCholesky(c.gram, size);
}

/** Whether the last `computePreconditioner` found a positive definite matrix. */
export function preconditionerIsReady(preconditioner: usize): bool {
  return changetype<Preconditioner>(preconditioner).isReady;
}

/** out = (F_s + damping I)^-1 values, float64 [parameterCount]. */
export function applyPreconditioner(preconditioner: usize, out: usize, values: usize): void {
  const c = changetype<Preconditioner>(preconditioner);
  const b = c.batch;
  const count = b.parameterCount;
  const size = c.rows * c.rank;
  // free between two products
  const sum = shardGradient(b, 0);
  toFloat32(b.direction, values, count);
  memory.fill(c.coefficients, 0, <usize>evenNumbers(size) << 3);
  fillZero(sum, count);
  eachTile(c, sum, false);
  solveCholesky(c.gram, size, c.coefficients);
  eachTile(c, sum, true);
  const scale = f64x2.splat(1.0 / c.damping);
  for (let i = 0; i < count; i += 2) {
    const taken = f64x2.promote_low_f32x4(v128.load64_zero(at(sum, i)));
    const offset = <usize>i << 3;
    v128.store(out + offset, f64x2.mul(f64x2.sub(v128.load(values + offset), taken), scale));
  }
  solveFisherOfParameters(b.distribution, out, values, c.damping);
}

/** Fills `inputs` and `factors` of the samples from `first` on, at most a tile of them. */
function sampleTile(c: Preconditioner, first: i32, rows: i32, s: Scratch): void {
  const b = c.batch;
  const net = b.network;
  const dist = b.distribution;
  const observationStride = networkInputStride(net);
  const observations = at(c.inputs, first * observationStride);
  gatherObservations(net, b.observations, b.frames, at(c.sample, first), rows, observations);
  const masks = gatheredMasks(b, at(c.sample, first), rows, s.bufferA);
  computeInputs(net, dist, b.oldParameters, observations, masks, rows, s.block, s.inputs);
  computeState(dist, s.state, s.inputs, rows);

  let inputs = at(c.inputs, c.rows * observationStride);
  for (let i = 1; i < net.layerCount; i++) {
    const stride = layerAt(net, i).inputStride;
    memory.copy(at(inputs, first * stride), layerInput(net, i, observations, s.block), <usize>(rows * stride) << 2);
    inputs = at(inputs, c.rows * stride);
  }

  const size = c.rows * c.rank;
  let factors = c.factors;
  for (let i = 0; i < net.layerCount - 1; i++) factors = at(factors, size * layerAt(net, i).outputStride);
  startFactors(c, factors, first, rows, s);
  for (let i = net.layerCount - 1; i > 0; i--) {
    const layer = layerAt(net, i);
    const before = layerAt(net, i - 1);
    const earlier = factors - (<usize>(size * before.outputStride) << 2);
    for (let k = 0; k < c.rank; k++) {
      const delta = planeAt(c, factors, k, layer.outputStride, first);
      const earlierDelta = planeAt(c, earlier, k, before.outputStride, first);
      inputGradient(layer, b.transposed, delta, rows, earlierDelta);
      multiplyByActivationDerivative(before, earlierDelta, rows, s.block);
    }
    factors = earlier;
  }
}

/** The output layer's factors: R itself. */
function startFactors(c: Preconditioner, factors: usize, first: i32, rows: i32, s: Scratch): void {
  const b = c.batch;
  const stride = networkOutputStride(b.network);
  const planeBytes = <usize>(c.rows * stride) << 2;
  for (let k = 0; k < c.rank; k++) fillZero(planeAt(c, factors, k, stride, first), rows * stride);
  fisherRoot(b.distribution, at(factors, first * stride), planeBytes, stride, b.oldParameters, s.state, rows);
}

/** Row `row` of plane `k` of a layer's factors. */
// @ts-ignore: decorator
@inline
function planeAt(c: Preconditioner, factors: usize, k: i32, stride: i32, row: i32): usize {
  return at(factors, (k * c.rows + row) * stride);
}

/** gram += what a layer adds to B B^T, in the lower triangle: (x . x' + 1) (delta . delta') of rows and components. */
function addProducts(c: Preconditioner, inputs: usize, inputStride: i32, factors: usize, stride: i32): void {
  const rank = c.rank;
  const rowBytes = <usize>evenNumbers(c.rows * rank) << 3;
  for (let i = 0; i < c.rows; i++) {
    for (let j = 0; j <= i; j++) {
      const ofInputs = dotFloat32(at(inputs, i * inputStride), at(inputs, j * inputStride), inputStride) + 1.0;
      for (let k = 0; k < rank; k++) {
        const delta = planeAt(c, factors, k, stride, i);
        let place = c.gram + <usize>(i * rank + k) * rowBytes + (<usize>(j * rank) << 3);
        for (let m = 0; m < rank; m++, place += 8) {
          const ofFactors = dotFloat32(delta, planeAt(c, factors, m, stride, j), stride);
          store<f64>(place, load<f64>(place) + ofInputs * ofFactors);
        }
      }
    }
  }
}

function trace(c: Preconditioner): f64 {
  const size = c.rows * c.rank;
  const step = (<usize>evenNumbers(size) + 1) << 3;
  let sum = 0.0;
  for (let i = 0; i < size; i++) sum += load<f64>(c.gram + <usize>i * step);
  return sum;
}

function addToDiagonal(c: Preconditioner, value: f64): void {
  const size = c.rows * c.rank;
  const step = (<usize>evenNumbers(size) + 1) << 3;
  for (let i = 0; i < size; i++) {
    const place = c.gram + <usize>i * step;
    store<f64>(place, load<f64>(place) + value);
  }
}

/** All tiles of all layers: coefficients += B direction, or (`isTransposed`) sum += B^T coefficients; B without its scale. */
function eachTile(c: Preconditioner, sum: usize, isTransposed: bool): void {
  const b = c.batch;
  const net = b.network;
  const buffer = changetype<Scratch>(callerScratch(b)).bufferA;
  let inputs = c.inputs;
  let factors = c.factors;
  for (let i = 0; i < net.layerCount; i++) {
    const layer = layerAt(net, i);
    const stride = layer.outputStride;
    for (let first = 0; first < c.rows; first += ROW_TILE) {
      const rows = min(ROW_TILE, c.rows - first);
      const x = at(inputs, first * layer.inputStride);
      if (isTransposed) {
        weighFactors(c, factors, stride, first, rows, buffer);
        addParameterGradient(layer, sum, x, buffer, rows);
      } else {
        layerAffine(layer, b.direction, x, rows, buffer);
        addFactorDots(c, factors, stride, first, rows, buffer);
      }
    }
    inputs = at(inputs, c.rows * layer.inputStride);
    factors = at(factors, c.rows * c.rank * stride);
  }
}

/** coefficients += each factor . the tangent of its row; tangents [rows x stride]. */
function addFactorDots(
  c: Preconditioner,
  factors: usize,
  stride: i32,
  first: i32,
  rows: i32,
  tangents: usize,
): void {
  for (let k = 0; k < c.rank; k++) {
    for (let row = 0; row < rows; row++) {
      const place = coefficientAt(c, first + row, k);
      const delta = planeAt(c, factors, k, stride, first + row);
      store<f64>(place, load<f64>(place) + dotFloat32(delta, at(tangents, row * stride), stride));
    }
  }
}

/** out [rows x stride] = sum of a row's factors, each times its coefficient. */
function weighFactors(c: Preconditioner, factors: usize, stride: i32, first: i32, rows: i32, out: usize): void {
  fillZero(out, rows * stride);
  for (let k = 0; k < c.rank; k++) {
    for (let row = 0; row < rows; row++) {
      const weight = f32x4.splat(<f32>load<f64>(coefficientAt(c, first + row, k)));
      const delta = planeAt(c, factors, k, stride, first + row);
      const target = at(out, row * stride);
      for (let offset: usize = 0; offset < <usize>stride << 2; offset += 16) {
        v128.store(target + offset, multiplyAdd(weight, v128.load(delta + offset), v128.load(target + offset)));
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function coefficientAt(c: Preconditioner, row: i32, k: i32): usize {
  return c.coefficients + (<usize>(row * c.rank + k) << 3);
}
