import type { NetworkSpec } from '../network/networkSpec.js';
import { ParameterLayout } from '../network/parameterLayout.js';
import { placeNetwork } from '../network/placeNetwork.js';
import type { Kernels, Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import type { ScratchNeed } from '../wasm/scratch.js';

/** Where a value network lies in the arena: all that predicting needs, on any thread. */
export interface ValuePointers {
  readonly network: Pointer;
  readonly parameters: Pointer;
}

/** values [rows] = V of observations [rows x stride], both in the arena. */
export function predictValues(
  kernels: Kernels,
  value: ValuePointers,
  rows: { readonly rows: number; readonly observations: Pointer; readonly values: Pointer },
  scratch: Pointer,
): void {
  kernels.predictValues(value.network, value.parameters, rows.observations, rows.rows, rows.values, scratch);
}

/** The value network inside the kernels and its parameter vector. */
export class ValueNetwork {
  readonly layout: ParameterLayout;
  readonly pointers: ValuePointers;

  /** Reserves its part of the arena; parameters are 0 until set. */
  constructor(
    private readonly engine: Engine,
    readonly spec: NetworkSpec,
  ) {
    this.layout = new ParameterLayout(spec);
    this.pointers = {
      network: placeNetwork(engine, 'value network', this.layout),
      parameters: engine.arena.reserveFloat32('value parameters', this.layout.paddedCount),
    };
  }

  get scratchNeed(): ScratchNeed {
    const { kernels } = this.engine;
    return {
      blockFloats: kernels.networkBlockFloats(this.pointers.network),
      widestStride: kernels.networkWidestStride(this.pointers.network),
      components: 0,
    };
  }

  /** The padded parameter vector, live. */
  get paddedParameters(): Float32Array {
    return this.engine.arena.float32(this.pointers.parameters, this.layout.paddedCount);
  }
}
