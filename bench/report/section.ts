import type { TrainerRuntime } from '../../src/training/training.js';
import type { Variant } from '../../src/wasm/variant.js';
import type { Table } from './table.js';

/** What every section is given. */
export interface BenchContext {
  readonly module: WebAssembly.Module;
  /** Which build it is. */
  readonly variant: Variant;
  /** The same build for shared memory, and what starts threads on it. */
  readonly threading: NonNullable<TrainerRuntime['threading']>;
  /** Most threads to compare with one. */
  readonly threads: number;
  /** Which environments and seeds a section of learning is asked for; without them, all of its own. */
  readonly environments?: readonly string[];
  readonly seeds?: readonly number[];
  /** Keeps the runs of a section of learning, so that they are not trained again: a JSON Lines file; of paper and rivals a folder. */
  readonly results?: string;
  /** Tells the user what is going on, on standard error. */
  readonly progress: (message: string) => void;
}

/** One file a section; bench/main.ts holds the list. */
export type Section = (context: BenchContext) => Table[] | Promise<Table[]>;
