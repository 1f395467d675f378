import { spaceFromJson, spaceToJson } from '../environments/spaceJson.js';
import { isObject, type Refuse, shown } from '../files/json.js';
import { ACTIVATIONS } from '../network/networkSpec.js';
import { distributionFor } from './distributionSpec.js';
import type { PolicySpec } from './policy.js';

/** Of observations, layers and network outputs; what they need together is checked against the tensors. */
const LARGEST_SIZE = 1_000_000;

/** Limits of the JSON in a header that a spec is a part of: as many as the bounds of 10,000 action numbers take. */
export const SPEC_JSON_LIMITS = { depth: 4, marks: 1 << 15 };

/** A spec as JSON, for the headers of files. */
export function specToJson(spec: PolicySpec): Record<string, unknown> {
  return { ...spec, actionSpace: spaceToJson(spec.actionSpace) };
}

/** The spec that `specToJson` described; other entries are left out. `refuse` is told the fault of anything else. */
export function specFromJson(json: unknown, refuse: Refuse): PolicySpec {
  if (!isObject(json)) return refuse(`its policy is ${shown(json)}, not an object`);
  const { environmentName, observationSize, hiddenSizes, activation } = json;
  if (typeof environmentName !== 'string') {
    return refuse(`its environmentName is ${shown(environmentName)}, not a text`);
  }
  if (!isSize(observationSize)) {
    return refuse(`its observationSize is ${shown(observationSize)}, not a whole number from 1 to 1,000,000`);
  }
  if (!Array.isArray(hiddenSizes) || !hiddenSizes.every(isSize)) {
    return refuse(`its hiddenSizes are ${shown(hiddenSizes)}, not whole numbers from 1 to 1,000,000`);
  }
  const known = ACTIVATIONS.find((name) => name === activation);
  if (known === undefined) {
    return refuse(`its activation is ${shown(activation)}, known are ${ACTIVATIONS.join(', ')}`);
  }
  const actionSpace = spaceFromJson(json.actionSpace);
  if (actionSpace === undefined || !isSize(distributionFor(actionSpace).inputSize)) {
    return refuse(`its actionSpace is ${shown(json.actionSpace)}, which is unknown, impossible or too large`);
  }
  return { environmentName, observationSize, actionSpace, hiddenSizes, activation: known };
}

function isSize(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= LARGEST_SIZE;
}
