import * as spaces from '../environments/spaceJson.js';
import type { ActionSpace, Box, BoxDtype } from '../environments/spaces.js';
import type { StructuredSpace } from '../environments/structuredSpaces.js';
import { type LayerSpec, type NetworkSpec, networkSpec } from '../network/networkSpec.js';
import { PIXEL_SCALE } from '../normalization/actingNormalizer.js';
import { sizeOf } from '../numbers/shape.js';
import type { DistributionSpec } from './distributionSpec.js';

/** What a policy is for and how it is built: all that a file needs beside the numbers. `policySpec` makes one. */
export interface PolicySpec {
  readonly environmentName: string;
  /** What observations are a member of, bounds left out; absent where that is a Box. */
  readonly observationSpace?: StructuredSpace;
  /** Of a flat observation, such as [4] or [84, 84, 4]; policies take its numbers flat, in row-major order. */
  readonly observationShape: readonly number[];
  readonly observationDtype: BoxDtype;
  /** Numbers of an observation: the product of its shape. */
  readonly observationSize: number;
  readonly actionSpace: ActionSpace;
  /** Whether the numbers of a Box action are in units of half its range; see `actionUnits`. */
  readonly rescaleActions: boolean;
  /** Hidden layers; outputs for the distribution of actions follow them. */
  readonly layers: readonly LayerSpec[];
}

/**
 * Whether observations are images: bytes [height x width x channels]. They are seen in units of 255, and no running normaliser
 * changes that.
 */
export function isImage({
  observationShape,
  observationDtype,
}: Pick<PolicySpec, 'observationShape' | 'observationDtype'>): boolean {
  return observationDtype === 'uint8' && observationShape.length === 3;
}

/** What observations are multiplied by where no normaliser is used. */
export function fixedScaleOf(spec: Pick<PolicySpec, 'observationShape' | 'observationDtype'>): number {
  return isImage(spec) ? PIXEL_SCALE : 1;
}

/** A Box of observations; `structure`: where it is the flat form of another space. */
export type SeenBox = Pick<Box, 'shape' | 'dtype'> & { readonly structure?: StructuredSpace };

/** The spec of a policy for observations of this Box. */
export function policySpec(
  environmentName: string,
  { shape, dtype, structure }: SeenBox,
  actionSpace: ActionSpace,
  layers: readonly LayerSpec[],
  rescaleActions: boolean,
): PolicySpec {
  return {
    environmentName,
    ...(structure === undefined ? {} : { observationSpace: spaces.withoutBounds(structure) }),
    observationShape: shape,
    observationDtype: dtype,
    observationSize: sizeOf(shape),
    actionSpace,
    rescaleActions,
    layers,
  };
}

/** The network of a policy: from observations through the hidden layers to what its distribution takes. */
export function policyNetworkSpec(
  { observationShape, layers }: Pick<PolicySpec, 'observationShape' | 'layers'>,
  distribution: DistributionSpec,
): NetworkSpec {
  return networkSpec(observationShape, layers, distribution.inputSize);
}

/** Such as `4 observations, actions {"kind":"Discrete","n":2}`. */
export function describeSpaces(spec: PolicySpec): string {
  const { observationSpace, observationShape: shape, observationDtype: dtype, actionSpace } = spec;
  return spaces.describeSpaces(observationSpace ?? { kind: 'Box', shape, dtype }, actionSpace);
}

/** The same, and whether actions are rescaled: what the parameters of a policy belong to. */
export function describeUnits(spec: PolicySpec): string {
  const isRescaled = spec.actionSpace.kind === 'Box' && spec.rescaleActions;
  return `${describeSpaces(spec)}${isRescaled ? ' rescaled' : ''}`;
}
