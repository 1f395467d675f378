import { flatSizeOf } from '../environments/flattenObservation.js';
import { spaceFromJson, spaceToJson } from '../environments/spaceJson.js';
import { type ActionSpace, BOX_DTYPES, type BoxDtype } from '../environments/spaces.js';
import { isObject, isSize, knownOf, type Refuse, shown } from '../files/json.js';
import { layersFromJson } from '../network/layerKinds.js';
import { isShape, sizeOf } from '../numbers/shape.js';
import { distributionFor } from './distributionSpec.js';
import { type PolicySpec, policySpec, type SeenBox } from './policySpec.js';

/**
 * Limits of the JSON in a header that a spec is a part of: as many entries as the bounds of 10,000 action numbers take and the
 * largest space that `flattenSpace` takes.
 */
export const SPEC_JSON_LIMITS = { depth: 36, marks: 1 << 16 };

/** A spec as JSON, for the headers of files. */
export function specToJson({ observationSize: _, ...spec }: PolicySpec): Record<string, unknown> {
  const { observationSpace } = spec;
  return {
    ...spec,
    observationSpace: observationSpace && spaceToJson(observationSpace, false),
    actionSpace: spaceToJson(spec.actionSpace),
  };
}

/**
 * The spec that `specToJson` described; other entries are left out. `refuse` is told the fault of anything else. `version`: of
 * the file's format.
 */
export function specFromJson(json: unknown, version: number, refuse: Refuse): PolicySpec {
  if (!isObject(json)) return refuse(`its policy is ${shown(json)}, not an object`);
  const fields = version === 1 ? ofVersion1(json, refuse) : json;
  const { environmentName, observationShape } = fields;
  if (typeof environmentName !== 'string') {
    return refuse(`its environmentName is ${shown(environmentName)}, not a text`);
  }
  if (!isShape(observationShape) || !isSize(sizeOf(observationShape))) {
    return refuse(
      `its observationShape is ${shown(observationShape)}, not whole numbers whose product is from 1 to 1,000,000`,
    );
  }
  const dtype = knownOf(fields, 'observationDtype', BOX_DTYPES, refuse);
  const observations = observationsFromJson(fields.observationSpace, observationShape, dtype, refuse);
  const actionSpace = actionSpaceFromJson(fields.actionSpace);
  // actions in a Box are real numbers
  const isOfBytes = actionSpace?.kind === 'Box' && actionSpace.dtype === 'uint8';
  if (actionSpace === undefined || isOfBytes || !isSize(distributionFor(actionSpace).inputSize)) {
    return refuse(
      `its actionSpace is ${shown(fields.actionSpace)}, which is unknown, impossible or too large`,
    );
  }
  const layers = layersFromJson(fields.layers, observationShape, refuse);
  // files from before actions were rescaled do not say so
  const { rescaleActions = false } = fields;
  if (typeof rescaleActions !== 'boolean') {
    return refuse(`its rescaleActions is ${shown(rescaleActions)}, not true or false`);
  }
  return policySpec(environmentName, observations, actionSpace, layers, rescaleActions);
}

/** What `policySpec` takes for observations of this shape, of a structured space where the file has one. */
function observationsFromJson(
  json: unknown,
  shape: readonly number[],
  dtype: BoxDtype,
  refuse: Refuse,
): SeenBox {
  if (json === undefined) return { shape, dtype };
  const structure = spaceFromJson(json, { numbers: sizeOf(shape) });
  if (structure === undefined || structure.kind === 'Box' || flatSizeOf(structure) !== sizeOf(shape)) {
    return refuse(
      `its observationSpace is ${shown(json)}, which is unknown, impossible, or not that of ${sizeOf(shape)} numbers`,
    );
  }
  return { shape, dtype, structure };
}

function actionSpaceFromJson(json: unknown): ActionSpace | undefined {
  const space = spaceFromJson(json);
  return space?.kind === 'Dict' || space?.kind === 'Tuple' ? undefined : space;
}

/** The entries of version 1, which knew flat observations and dense layers of one activation alone, in the present form. */
function ofVersion1(json: Readonly<Record<string, unknown>>, refuse: Refuse): Record<string, unknown> {
  const { observationSize, hiddenSizes, activation } = json;
  return {
    ...json,
    observationShape: [observationSize],
    observationDtype: 'float32',
    layers: denseOfVersion1(hiddenSizes, activation, refuse),
  };
}

/** Layers as version 1 told them, in the present form. */
export function denseOfVersion1(hiddenSizes: unknown, activation: unknown, refuse: Refuse): unknown[] {
  if (!Array.isArray(hiddenSizes)) return refuse(`its hiddenSizes are ${shown(hiddenSizes)}, not a list`);
  return hiddenSizes.map((units) => ({ kind: 'dense', units, activation }));
}
