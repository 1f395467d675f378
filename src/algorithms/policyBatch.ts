import type { PolicyNetwork } from '../policy/policyNetwork.js';
import type { PolicyRows } from '../policy/policyRows.js';
import { placeFrames } from '../wasm/framePool.js';
import { NULL_POINTER, type Pointer, ROW_TILE } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import type { ShardTeam } from '../wasm/shardTeam.js';

/** What is kept of each row at theta_old, for Fisher-vector products on these rows. */
interface KeptOfRows {
  readonly keepActivations: boolean;
  readonly keepSensitivities: boolean;
}

/** Rows as the kernels see them, with room for what an update keeps about theta_old on them. */
export function placePolicyBatch(
  engine: Engine,
  policy: PolicyNetwork,
  batch: PolicyRows,
  team: ShardTeam,
  { keepActivations, keepSensitivities }: KeptOfRows,
): Pointer {
  const { arena, kernels } = engine;
  const { rows, pool } = batch;
  const { network, distribution, parameters } = policy.pointers;
  const count = policy.layout.paddedCount;
  const tiled = kernels.tiledRows(rows);
  const tiles = tiled / ROW_TILE;
  const sensitivityFloats = keepSensitivities ? kernels.networkSensitivityFloats(network, distribution) : 0;
  const pointer = arena.reserveBytes('policy batch descriptor', kernels.policyBatchBytes());
  kernels.describePolicyBatch(pointer, network, distribution, parameters, count, team.pointer);
  kernels.setBatchRows(
    pointer,
    rows,
    batch.observations,
    batch.actions,
    batch.masks,
    batch.advantages,
    batch.logProbabilities,
  );
  if (pool !== undefined) kernels.setBatchFrames(pointer, placeFrames(engine, pool, batch.frames));
  kernels.setKeptState(
    pointer,
    arena.reserveFloat32('policy transposed weights', kernels.networkTransposedFloats(network)),
    keepActivations
      ? arena.reserveFloat32('kept activations', tiles * kernels.networkBlockFloats(network))
      : NULL_POINTER,
    sensitivityFloats > 0
      ? arena.reserveFloat32('kept sensitivities', tiles * sensitivityFloats)
      : NULL_POINTER,
    arena.reserveFloat32('kept distribution inputs', tiled * policy.distribution.inputSize),
    arena.reserveFloat32('kept distribution state', tiled * policy.distribution.inputSize),
  );
  kernels.setShardSums(
    pointer,
    arena.reserveFloat32('Fisher direction', count),
    arena.reserveFloat32('shard gradients', kernels.shardCountFor(rows) * count),
    arena.reserveBytes('shard sums', kernels.shardSumsBytes(rows)),
  );
  return pointer;
}
