import type { PolicyNetwork } from '../policy/policyNetwork.js';
import { copyActionRows, type PolicyRows, reservePolicyRows } from '../policy/policyRows.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import type { ShardTeam } from '../wasm/shardTeam.js';
import { placePolicyBatch } from './policyBatch.js';

/** Multiples of this, less their whole parts, fill an interval evenly and meet no period of the rows. */
const GOLDEN_FRACTION = (Math.sqrt(5) - 1) / 2;

/** `count` of `rows` rows, ascending and all different: one of each of `count` equal parts, always the same ones. */
export function spreadRows(rows: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, part) => {
    const first = Math.floor((part * rows) / count);
    const next = Math.floor(((part + 1) * rows) / count);
    const place = (part * GOLDEN_FRACTION) % 1;
    return first + Math.floor(place * (next - first));
  });
}

/**
 * Copies of some of a batch's rows, on which Fisher-vector products are made where all of them would cost too much
 * (arXiv:1502.05477, appendix C). They serve nothing else: gradient, surrogate and KL see every row.
 */
export class FisherRows {
  readonly pointer: Pointer;
  private readonly chosen: Int32Array;
  private readonly copies: PolicyRows;

  constructor(
    private readonly engine: Engine,
    private readonly policy: PolicyNetwork,
    private readonly batch: PolicyRows,
    team: ShardTeam,
    { count, keepSensitivities }: { readonly count: number; readonly keepSensitivities: boolean },
  ) {
    this.chosen = spreadRows(batch.rows, count);
    this.copies = reservePolicyRows(engine.arena, 'copied', policy, count, batch.pool);
    this.pointer = placePolicyBatch(engine, policy, this.copies, team, {
      keepActivations: true,
      keepSensitivities,
    });
  }

  /** Copies the rows and computes what products need at theta_old; `scratch`: float64 [padded parameters]. */
  linearize(scratch: Pointer): void {
    const { arena, kernels } = this.engine;
    // advantages stay 0, since no gradient is asked for
    copyActionRows(arena, this.policy, this.batch, this.chosen, this.copies);
    kernels.surrogateGradient(this.pointer, scratch);
  }
}
