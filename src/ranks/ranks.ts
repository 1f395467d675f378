/** A table float32 [rows x sum of counts x width], of which each rank has its own. */
export interface SharedTable {
  readonly numbers: Float32Array;
  /** Rows of the table, each with all columns. */
  readonly rows: number;
  /** Numbers in one column of one row. */
  readonly width: number;
  /** Columns of each rank: the first counts[0] are those of rank 0, the next counts[1] those of rank 1, and so on. */
  readonly counts: readonly number[];
}

/**
 * The processes that train together, on one machine or several, and what they tell each other. All of them run the same program:
 * each call is made by every rank, in the same order, and answers when all have made it. While a call waits, timers and signals
 * have their turns.
 */
export interface Ranks {
  /** From 0. */
  readonly rank: number;
  readonly size: number;
  /** The machine that this rank runs on, for messages. */
  readonly host: string;
  /** The bytes that each rank gives, in order of rank; lengths may differ. */
  gather(bytes: Uint8Array): Promise<Uint8Array[]>;
  /** Fills the columns of the other ranks in tables of the same sizes on every rank. */
  gatherColumns(tables: readonly SharedTable[]): Promise<void>;
}
