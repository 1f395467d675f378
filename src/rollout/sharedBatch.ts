import { MismatchError } from '../errors.js';
import { type PolicyRowShape, rowColumns } from '../policy/policyRows.js';
import { exchange, toldToAll } from '../ranks/agreement.js';
import type { Ranks, SharedTable } from '../ranks/ranks.js';
import type { Arena } from '../wasm/arena.js';
import type { FramePool } from '../wasm/framePool.js';
import type { Pointer } from '../wasm/kernels.js';
import type { BatchLayout } from './batch.js';
import type { CollectorReport } from './rolloutLayout.js';

/** Columns that collectors fill beside those of acting, float32 [rows]. */
const COLLECTED = ['rewards', 'terminated', 'truncated', 'finalValues'] as const;

/** Makes one batch, the same on every rank, of what each rank collected in its environments. */
export class SharedBatch {
  /**
   * counts: environments of each rank; their numbers follow each other. fingerprint: of all that learning changes, which must
   * be the same on every rank.
   */
  constructor(
    private readonly ranks: Ranks,
    private readonly arena: Arena,
    private readonly batch: BatchLayout,
    private readonly policy: PolicyRowShape,
    private readonly counts: readonly number[],
    private readonly fingerprint: () => number,
  ) {}

  /**
   * The reports of every rank, in the order of environments, and their rows in the batch. Throws on every rank what `collect`
   * throws on one, and MismatchError where the ranks have learnt different things.
   */
  async share(collect: () => Promise<CollectorReport[]>): Promise<CollectorReport[]> {
    const parts = await exchange(this.ranks, async () => ({
      fingerprint: this.fingerprint(),
      reports: await collect(),
    }));
    this.requireEqual(parts.map(({ fingerprint }) => fingerprint));
    await this.gatherRows();
    return parts.flatMap(({ reports }) => reports);
  }

  /** Throws MismatchError where the ranks have learnt different things, and what one of them tells instead. */
  async confirm(): Promise<void> {
    this.requireEqual(await exchange(this.ranks, this.fingerprint));
  }

  private async gatherRows(): Promise<void> {
    const { ranks, arena, batch, counts } = this;
    const { steps, environments } = batch;
    const table = (pointer: Pointer, width: number, rows = steps): SharedTable => ({
      numbers: arena.float32(pointer, rows * environments * width),
      ...{ rows, width, counts },
    });
    // four bytes of frames take the place of a number
    const framesOf = ({ bytes, frameBytes, framesOfEnvironment }: FramePool) =>
      table((bytes + frameBytes) as Pointer, (framesOfEnvironment * frameBytes) / 4, 1);
    const acting = Object.entries(rowColumns(this.policy, batch.pool)).filter(([, width]) => width > 0);
    await ranks.gatherColumns([
      ...acting.map(([name, width]) => table(batch[name as keyof ReturnType<typeof rowColumns>], width)),
      ...COLLECTED.map((name) => table(batch[name], 1)),
      table(batch.bootstrapValues, 1, 1),
      ...(batch.pool === undefined ? [] : [framesOf(batch.pool)]),
    ]);
  }

  private requireEqual(fingerprints: readonly number[]): void {
    if (fingerprints.every((one) => one === fingerprints[0])) return;
    const groups = new Map<number, number[]>();
    fingerprints.forEach((one, rank) => {
      groups.set(one, [...(groups.get(one) ?? []), rank]);
    });
    const told = [...groups].map(
      ([one, ranks]) =>
        `${one.toString(16).padStart(8, '0')} on ${ranks.length === 1 ? 'rank' : 'ranks'} ${ranks.join(', ')}`,
    );
    throw toldToAll(
      new MismatchError(
        `The ranks have learnt different parameters: their checksum is ${told.join(', ')}; a program changed them on some ranks only, or a machine computes wrongly: go on from a checkpoint, without that machine if it happens again`,
      ),
    );
  }
}
