import { componentOf } from '../linear/componentMajor';
import { at, padToLanes } from '../linear/lanes';
import { drawUniforms, uniformsToNormals } from '../random/variates';
import {
  bernoulliEntropy,
  bernoulliFisherMetric,
  bernoulliFisherRoot,
  bernoulliGradient,
  bernoulliKlOldNew,
  bernoulliLogProbability,
  bernoulliMode,
  bernoulliSample,
  bernoulliState,
  bernoulliTangent,
} from './bernoulli';
import {
  categoricalEntropy,
  categoricalFisherMetric,
  categoricalFisherRoot,
  categoricalGradient,
  categoricalKlOldNew,
  categoricalLogProbability,
  categoricalMode,
  categoricalNormalize,
  categoricalSample,
  categoricalState,
  categoricalTangent,
} from './categorical';
import {
  gaussianEntropy,
  gaussianFisherMetric,
  gaussianFisherRoot,
  gaussianGradient,
  gaussianKlOfMeans,
  gaussianKlOfStd,
  gaussianLogProbability,
  gaussianSample,
  gaussianTangent,
} from './diagonalGaussian';
import { limitToAllowed } from './masks';

/** Kinds; src/policy/distributionSpec.ts gives them their names in the same order. */
export const CATEGORICALS: i32 = 0;
export const GAUSSIAN: i32 = 1;
export const BERNOULLI: i32 = 2;

/**
 * A distribution over actions whose inputs are the outputs of the policy network. Several categoricals stand side by side
 * (MultiDiscrete), the inputs of a part after those of the part before it; one of them is the plain categorical.
 */
@unmanaged
export class Distribution {
  kind: i32;
  /** Network outputs. */
  inputSize: i32;
  /** Numbers of one action. */
  actionSize: i32;
  /** Where log standard deviations lie in the parameters (Gaussian only), in floats. */
  logStdOffset: i32;
}

/** Bytes of a descriptor; describeDistribution and setChoiceCount fill it. */
export function distributionBytes(actionSize: i32): i32 {
  return <i32>offsetof<Distribution>() + (actionSize << 2);
}

export function describeDistribution(
  distribution: usize,
  kind: i32,
  inputSize: i32,
  actionSize: i32,
  logStdOffset: i32,
): void {
  const dist = changetype<Distribution>(distribution);
  dist.kind = kind;
  dist.inputSize = inputSize;
  dist.actionSize = actionSize;
  dist.logStdOffset = logStdOffset;
}

/** Inputs that say all: of one categorical the differences to the first, for a shift of all its logits means nothing. */
export function differingInputs(distribution: usize): i32 {
  const dist = changetype<Distribution>(distribution);
  const isCategorical = dist.kind == CATEGORICALS && dist.actionSize == 1;
  return isCategorical ? dist.inputSize - 1 : dist.inputSize;
}

/** Sets how many choices part `part` of a (multi-)categorical has. */
export function setChoiceCount(distribution: usize, part: i32, count: i32): void {
  store<i32>(choiceCountAt(changetype<Distribution>(distribution), part), count);
}

// @ts-ignore: decorator
@inline
function choiceCount(dist: Distribution, part: i32): i32 {
  return load<i32>(choiceCountAt(dist, part));
}

// @ts-ignore: decorator
@inline
function choiceCountAt(dist: Distribution, part: i32): usize {
  return changetype<usize>(dist) + offsetof<Distribution>() + (<usize>part << 2);
}

// @ts-ignore: decorator
@inline
function logStdOf(dist: Distribution, parameters: usize): usize {
  return at(parameters, dist.logStdOffset);
}

/** Brings network outputs into the form that the functions below call `inputs`, in place. */
export function normalizeInputs(dist: Distribution, inputs: usize, rows: i32): void {
  if (dist.kind != CATEGORICALS) return;
  const size = dist.actionSize;
  for (let part = 0, first = 0; part < size; first += choiceCount(dist, part++)) {
    categoricalNormalize(componentOf(inputs, first), choiceCount(dist, part), rows);
  }
}

/** state = probabilities, for the kinds that have them. */
export function computeState(dist: Distribution, state: usize, inputs: usize, rows: i32): void {
  const size = dist.actionSize;
  if (dist.kind == CATEGORICALS) {
    for (let part = 0, first = 0; part < size; first += choiceCount(dist, part++)) {
      categoricalState(componentOf(state, first), componentOf(inputs, first), choiceCount(dist, part), rows);
    }
  } else if (dist.kind == BERNOULLI) {
    bernoulliState(state, inputs, size, rows);
  }
}

/** out [rows] = log-probability of actions. */
export function logProbability(
  dist: Distribution,
  out: usize,
  parameters: usize,
  inputs: usize,
  actions: usize,
  rows: i32,
): void {
  zeroRows(out, rows);
  const size = dist.actionSize;
  if (dist.kind == CATEGORICALS) {
    for (let part = 0, first = 0; part < size; first += choiceCount(dist, part++)) {
      const count = choiceCount(dist, part);
      categoricalLogProbability(out, componentOf(inputs, first), componentOf(actions, part), count, rows);
    }
  } else if (dist.kind == GAUSSIAN) {
    gaussianLogProbability(out, inputs, logStdOf(dist, parameters), actions, size, rows);
  } else {
    bernoulliLogProbability(out, inputs, actions, size, rows);
  }
}

/**
 * out = gradient of sum over rows of weight ln p(action) with respect to the inputs; that with respect to the log
 * standard deviations is added to `gradient`, laid out as the parameters.
 */
export function logProbabilityGradient(
  dist: Distribution,
  out: usize,
  gradient: usize,
  parameters: usize,
  inputs: usize,
  state: usize,
  actions: usize,
  weight: usize,
  rows: i32,
): void {
  const size = dist.actionSize;
  if (dist.kind == CATEGORICALS) {
    for (let part = 0, first = 0; part < size; first += choiceCount(dist, part++)) {
      categoricalGradient(
        componentOf(out, first), componentOf(state, first), componentOf(actions, part), weight, choiceCount(dist, part), rows,
      );
    }
  } else if (dist.kind == GAUSSIAN) {
    const logStd = logStdOf(dist, parameters);
    gaussianGradient(out, logStdOf(dist, gradient), inputs, logStd, actions, weight, size, rows);
  } else {
    bernoulliGradient(out, state, actions, weight, size, rows);
  }
}

/**
 * out [rows] = the tangent of ln p(action) along `tangents` of the inputs and those of the log standard deviations in
 * `direction`, laid out as the parameters: the score times the direction.
 */
export function logProbabilityTangent(
  dist: Distribution,
  out: usize,
  tangents: usize,
  direction: usize,
  parameters: usize,
  inputs: usize,
  state: usize,
  actions: usize,
  rows: i32,
): void {
  zeroRows(out, rows);
  const size = dist.actionSize;
  if (dist.kind == CATEGORICALS) {
    for (let part = 0, first = 0; part < size; first += choiceCount(dist, part++)) {
      categoricalTangent(
        out, componentOf(tangents, first), componentOf(state, first), componentOf(actions, part), choiceCount(dist, part), rows,
      );
    }
  } else if (dist.kind == GAUSSIAN) {
    const logStd = logStdOf(dist, parameters);
    gaussianTangent(out, tangents, logStdOf(dist, direction), inputs, logStd, actions, size, rows);
  } else {
    bernoulliTangent(out, tangents, state, actions, size, rows);
  }
}

/** out [rows] = KL(old || new), without what `klOldNewOfParameters` gives. */
export function klOldNewOfInputs(
  dist: Distribution,
  out: usize,
  oldInputs: usize,
  oldState: usize,
  newParameters: usize,
  newInputs: usize,
  rows: i32,
): void {
  zeroRows(out, rows);
  const size = dist.actionSize;
  if (dist.kind == CATEGORICALS) {
    for (let part = 0, first = 0; part < size; first += choiceCount(dist, part++)) {
      categoricalKlOldNew(
        out, componentOf(oldInputs, first), componentOf(oldState, first), componentOf(newInputs, first),
        choiceCount(dist, part), rows,
      );
    }
  } else if (dist.kind == GAUSSIAN) {
    gaussianKlOfMeans(out, oldInputs, newInputs, logStdOf(dist, newParameters), size, rows);
  } else {
    bernoulliKlOldNew(out, oldInputs, oldState, newInputs, size, rows);
  }
}

/** The part of KL(old || new) that is the same for every observation. */
export function klOldNewOfParameters(dist: Distribution, oldParameters: usize, newParameters: usize): f64 {
  if (dist.kind != GAUSSIAN) return 0.0;
  return gaussianKlOfStd(logStdOf(dist, oldParameters), logStdOf(dist, newParameters), dist.actionSize);
}

/** out [rows] = entropy. */
export function entropy(
  dist: Distribution,
  out: usize,
  parameters: usize,
  inputs: usize,
  state: usize,
  rows: i32,
): void {
  zeroRows(out, rows);
  const size = dist.actionSize;
  if (dist.kind == CATEGORICALS) {
    for (let part = 0, first = 0; part < size; first += choiceCount(dist, part++)) {
      const count = choiceCount(dist, part);
      categoricalEntropy(out, componentOf(inputs, first), componentOf(state, first), count, rows);
    }
  } else if (dist.kind == GAUSSIAN) {
    const value = f32x4.splat(<f32>gaussianEntropy(logStdOf(dist, parameters), size));
    for (let row = 0; row < rows; row += 4) v128.store(out + (<usize>row << 2), value);
  } else {
    bernoulliEntropy(out, inputs, state, size, rows);
  }
}

/** tangents of the inputs v -> M v in place, M the Fisher metric of the inputs. */
export function fisherMetric(
  dist: Distribution,
  tangents: usize,
  parameters: usize,
  state: usize,
  rows: i32,
): void {
  const size = dist.actionSize;
  if (dist.kind == CATEGORICALS) {
    for (let part = 0, first = 0; part < size; first += choiceCount(dist, part++)) {
      const count = choiceCount(dist, part);
      categoricalFisherMetric(componentOf(tangents, first), componentOf(state, first), count, rows);
    }
  } else if (dist.kind == GAUSSIAN) {
    gaussianFisherMetric(tangents, logStdOf(dist, parameters), size, rows);
  } else {
    bernoulliFisherMetric(tangents, state, size, rows);
  }
}

/** Rank of M: rows of R in `fisherRoot`. */
export function fisherRank(dist: Distribution): i32 {
  return dist.kind == CATEGORICALS ? dist.inputSize - dist.actionSize : dist.inputSize;
}

/**
 * root = R with M = R^T R, R [fisherRank x inputSize] for each row of the batch: row k of R lies `planeBytes` after row
 * k - 1, rows of the batch `stride` floats apart. Only what is not always 0 is written.
 */
export function fisherRoot(
  dist: Distribution,
  root: usize,
  planeBytes: usize,
  stride: i32,
  parameters: usize,
  state: usize,
  rows: i32,
): void {
  const size = dist.actionSize;
  if (dist.kind == CATEGORICALS) {
    for (let part = 0, first = 0; part < size; first += choiceCount(dist, part++)) {
      const plane = root + <usize>(first - part) * planeBytes + (<usize>first << 2);
      categoricalFisherRoot(plane, planeBytes, stride, componentOf(state, first), choiceCount(dist, part), rows);
    }
  } else if (dist.kind == GAUSSIAN) {
    gaussianFisherRoot(root, planeBytes, stride, logStdOf(dist, parameters), size, rows);
  } else {
    bernoulliFisherRoot(root, planeBytes, stride, state, size, rows);
  }
}

/** product (float64, laid out as the parameters) += what the log standard deviations add to a Fisher product. */
export function addFisherOfParameters(dist: Distribution, product: usize, direction: usize): void {
  if (dist.kind != GAUSSIAN) return;
  for (let d = 0; d < dist.actionSize; d++) {
    const offset = <usize>(dist.logStdOffset + d) << 3;
    store<f64>(product + offset, load<f64>(product + offset) + 2.0 * load<f64>(direction + offset));
  }
}

/** out = (F + damping I)^-1 values in what belongs to the log standard deviations; float64, laid out as the parameters. */
export function solveFisherOfParameters(dist: Distribution, out: usize, values: usize, damping: f64): void {
  if (dist.kind != GAUSSIAN) return;
  for (let d = 0; d < dist.actionSize; d++) {
    const offset = <usize>(dist.logStdOffset + d) << 3;
    store<f64>(out + offset, load<f64>(values + offset) / (2.0 + damping));
  }
}

/** Components of noise that `sample` draws: an even number, because normals are made in pairs. */
// @ts-ignore: decorator
@inline
export function noiseComponents(dist: Distribution): i32 {
  return (dist.actionSize + 1) & ~1;
}

/**
 * actions = a draw for each row; row r uses the stream of environment firstEnvironment + r at `step`.
 * isMasked: some choices may not be taken, as the inputs say. noise [noiseComponents x ROW_TILE]; words: room for 16 bytes.
 */
export function sample(
  dist: Distribution,
  actions: usize,
  parameters: usize,
  inputs: usize,
  state: usize,
  isMasked: bool,
  rows: i32,
  noise: usize,
  words: usize,
  key0: u32,
  key1: u32,
  firstEnvironment: u32,
  step: u64,
): void {
  const size = dist.actionSize;
  const components = noiseComponents(dist);
  drawUniforms(noise, components, rows, key0, key1, firstEnvironment, step, words);
  if (dist.kind == CATEGORICALS) {
    for (let part = 0, first = 0; part < size; first += choiceCount(dist, part++)) {
      const count = choiceCount(dist, part);
      categoricalSample(componentOf(actions, part), componentOf(state, first), componentOf(noise, part), count, rows);
      if (isMasked) limitToAllowed(componentOf(actions, part), componentOf(inputs, first), count, rows);
    }
  } else if (dist.kind == GAUSSIAN) {
    uniformsToNormals(noise, components, rows);
    gaussianSample(actions, inputs, logStdOf(dist, parameters), noise, size, rows);
  } else {
    bernoulliSample(actions, state, noise, size, rows);
  }
}

/** actions = the mode of each row's distribution. */
export function mode(dist: Distribution, actions: usize, inputs: usize, rows: i32): void {
  const size = dist.actionSize;
  if (dist.kind == CATEGORICALS) {
    for (let part = 0, first = 0; part < size; first += choiceCount(dist, part++)) {
      categoricalMode(componentOf(actions, part), componentOf(inputs, first), choiceCount(dist, part), rows);
    }
  } else if (dist.kind == GAUSSIAN) {
    for (let d = 0; d < size; d++) {
      memory.copy(componentOf(actions, d), componentOf(inputs, d), <usize>padToLanes(rows) << 2);
    }
  } else {
    bernoulliMode(actions, inputs, size, rows);
  }
}

// @ts-ignore: decorator
@inline
function zeroRows(out: usize, rows: i32): void {
  memory.fill(out, 0, <usize>padToLanes(rows) << 2);
}
