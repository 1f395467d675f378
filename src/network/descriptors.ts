import { DISTRIBUTION_KINDS, type DistributionSpec } from '../policy/distributionSpec.js';
import type { Pointer } from '../wasm/kernels.js';
import type { ActingEngine } from '../wasm/load.js';
import { ACTIVATION_KINDS, layersOf, type NetworkSpec } from './networkSpec.js';
import type { ParameterLayout } from './parameterLayout.js';

/** Tells the kernels of a network; `name` is for the arena's table. */
export function placeNetwork(
  { kernels, arena }: ActingEngine,
  name: string,
  spec: NetworkSpec,
  layout: ParameterLayout,
): Pointer {
  const layers = layersOf(spec);
  const network = arena.reserveBytes(`${name} descriptor`, kernels.networkBytes(layers.length));
  kernels.describeNetwork(network);
  layers.forEach((layer, number) => {
    kernels.describeDenseLayer(
      network,
      layer.inputSize,
      layer.outputSize,
      ACTIVATION_KINDS.indexOf(layer.activation),
      layout.partNamed(`dense${number}/weight`).paddedOffset,
      layout.partNamed(`dense${number}/bias`).paddedOffset,
    );
  });
  return network;
}

/** Tells the kernels of a distribution. */
export function placeDistribution(
  { kernels, arena }: ActingEngine,
  spec: DistributionSpec,
  layout: ParameterLayout,
): Pointer {
  const distribution = arena.reserveBytes(
    'distribution descriptor',
    kernels.distributionBytes(spec.actionSize),
  );
  const logStdOffset = spec.logStdSize > 0 ? layout.partNamed('logStd').paddedOffset : 0;
  kernels.describeDistribution(
    distribution,
    DISTRIBUTION_KINDS.indexOf(spec.kind),
    spec.inputSize,
    spec.actionSize,
    logStdOffset,
  );
  spec.choiceCounts.forEach((count, part) => {
    kernels.setChoiceCount(distribution, part, count);
  });
  return distribution;
}
