import { componentOf } from '../linear/componentMajor';
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

/**
 * Several categoricals side by side (MultiDiscrete); one of them is the plain categorical. `counts` points at
 * [parts] numbers of choices (i32). The inputs of a part follow those of the part before it.
 */

// @ts-ignore: decorator
@inline
function countOf(counts: usize, part: i32): i32 {
  return load<i32>(counts + (<usize>part << 2));
}

export function multiCategoricalNormalize(inputs: usize, counts: usize, parts: i32, rows: i32): void {
  for (let part = 0, first = 0; part < parts; part++) {
    categoricalNormalize(componentOf(inputs, first), countOf(counts, part), rows);
    first += countOf(counts, part);
  }
}

export function multiCategoricalState(state: usize, inputs: usize, counts: usize, parts: i32, rows: i32): void {
  for (let part = 0, first = 0; part < parts; part++) {
    categoricalState(componentOf(state, first), componentOf(inputs, first), countOf(counts, part), rows);
    first += countOf(counts, part);
  }
}

export function multiCategoricalLogProbability(
  out: usize,
  inputs: usize,
  actions: usize,
  counts: usize,
  parts: i32,
  rows: i32,
): void {
  for (let part = 0, first = 0; part < parts; part++) {
    const count = countOf(counts, part);
    categoricalLogProbability(out, componentOf(inputs, first), componentOf(actions, part), count, rows);
    first += count;
  }
}

export function multiCategoricalGradient(
  out: usize,
  state: usize,
  actions: usize,
  weight: usize,
  counts: usize,
  parts: i32,
  rows: i32,
): void {
  for (let part = 0, first = 0; part < parts; part++) {
    const count = countOf(counts, part);
    categoricalGradient(
      componentOf(out, first), componentOf(state, first), componentOf(actions, part), weight, count, rows,
    );
    first += count;
  }
}

export function multiCategoricalTangent(
  out: usize,
  tangents: usize,
  state: usize,
  actions: usize,
  counts: usize,
  parts: i32,
  rows: i32,
): void {
  for (let part = 0, first = 0; part < parts; part++) {
    const count = countOf(counts, part);
    categoricalTangent(
      out, componentOf(tangents, first), componentOf(state, first), componentOf(actions, part), count, rows,
    );
    first += count;
  }
}

export function multiCategoricalKlOldNew(
  out: usize,
  oldInputs: usize,
  oldState: usize,
  newInputs: usize,
  counts: usize,
  parts: i32,
  rows: i32,
): void {
  for (let part = 0, first = 0; part < parts; part++) {
    const count = countOf(counts, part);
    categoricalKlOldNew(
      out, componentOf(oldInputs, first), componentOf(oldState, first), componentOf(newInputs, first), count, rows,
    );
    first += count;
  }
}

export function multiCategoricalEntropy(
  out: usize,
  inputs: usize,
  state: usize,
  counts: usize,
  parts: i32,
  rows: i32,
): void {
  for (let part = 0, first = 0; part < parts; part++) {
    const count = countOf(counts, part);
    categoricalEntropy(out, componentOf(inputs, first), componentOf(state, first), count, rows);
    first += count;
  }
}

export function multiCategoricalFisherMetric(
  tangents: usize,
  state: usize,
  counts: usize,
  parts: i32,
  rows: i32,
): void {
  for (let part = 0, first = 0; part < parts; part++) {
    const count = countOf(counts, part);
    categoricalFisherMetric(componentOf(tangents, first), componentOf(state, first), count, rows);
    first += count;
  }
}

/** See categoricalFisherRoot; the parts' rows of R follow one another. */
export function multiCategoricalFisherRoot(
  root: usize,
  planeBytes: usize,
  stride: i32,
  state: usize,
  counts: usize,
  parts: i32,
  rows: i32,
): void {
  for (let part = 0, first = 0; part < parts; part++) {
    const count = countOf(counts, part);
    const plane = root + <usize>(first - part) * planeBytes + (<usize>first << 2);
    categoricalFisherRoot(plane, planeBytes, stride, componentOf(state, first), count, rows);
    first += count;
  }
}

export function multiCategoricalSample(
  actions: usize,
  state: usize,
  uniforms: usize,
  counts: usize,
  parts: i32,
  rows: i32,
): void {
  for (let part = 0, first = 0; part < parts; part++) {
    const count = countOf(counts, part);
    categoricalSample(
      componentOf(actions, part), componentOf(state, first), componentOf(uniforms, part), count, rows,
    );
    first += count;
  }
}

export function multiCategoricalMode(actions: usize, inputs: usize, counts: usize, parts: i32, rows: i32): void {
  for (let part = 0, first = 0; part < parts; part++) {
    const count = countOf(counts, part);
    categoricalMode(componentOf(actions, part), componentOf(inputs, first), count, rows);
    first += count;
  }
}
