import type { Pointer } from './kernels.js';
import type { Engine } from './load.js';
import type { ShardTeam } from './shardTeam.js';

/** What minibatch Adam moves. */
export interface MinibatchSpec {
  readonly network: Pointer;
  readonly parameters: Pointer;
  /** As padded. */
  readonly parameterCount: number;
  /** Rows of the batch, and of the largest minibatch. */
  readonly rows: number;
  readonly minibatchRows: number;
}

export interface MinibatchPointers {
  /** Adam's moments, float32 [parameterCount] each. */
  readonly firstMoment: Pointer;
  readonly secondMoment: Pointer;
  /** uint32 [rows]: the order of the last epoch. */
  readonly order: Pointer;
}

/** Tells the kernels of minibatches at `descriptor`, whose loss is described apart; `name` is for the arena's table. */
export function placeMinibatches(
  { arena, kernels }: Engine,
  name: string,
  descriptor: Pointer,
  { network, parameters, parameterCount, rows, minibatchRows }: MinibatchSpec,
  team: ShardTeam,
): MinibatchPointers {
  const order = arena.reserveBytes(`${name} row order`, 4 * rows);
  kernels.describeMinibatches(descriptor, network, parameters, parameterCount, rows, order, team.pointer);
  const firstMoment = arena.reserveFloat32(`${name} first moment`, parameterCount);
  const secondMoment = arena.reserveFloat32(`${name} second moment`, parameterCount);
  const shards = kernels.minibatchShardCount(Math.min(minibatchRows, rows));
  kernels.setAdamState(
    descriptor,
    firstMoment,
    secondMoment,
    arena.reserveFloat32(`${name} transposed weights`, kernels.networkTransposedFloats(network)),
    arena.reserveFloat32(`${name} minibatch gradients`, shards * parameterCount),
  );
  return { firstMoment, secondMoment, order };
}
