import type { Pointer } from '../wasm/kernels.js';
import type { ActingEngine } from '../wasm/load.js';
import { kindOf } from './layerKinds.js';
import type { ParameterLayout } from './parameterLayout.js';

/** Tells the kernels of a network; `name` is for the arena's table. */
export function placeNetwork(
  { kernels, arena }: ActingEngine,
  name: string,
  { layers }: ParameterLayout,
): Pointer {
  const network = arena.reserveBytes(`${name} descriptor`, kernels.networkBytes(layers.length));
  kernels.describeNetwork(network);
  for (const layer of layers) kindOf(layer.spec).describe(kernels, network, layer);
  return network;
}
