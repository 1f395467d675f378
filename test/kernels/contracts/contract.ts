import { type Build, VARIANTS } from '../support/wasm.js';

export interface Comparison {
  readonly actual: ArrayLike<number>;
  readonly expected: ArrayLike<number>;
  /** Which of several cases of one length this is. */
  readonly label?: string;
}

/** What a kernel promises: at every one of these lengths it is as near as `tolerance` to its float64 twin. */
export interface KernelContract {
  /** Name of the export. */
  readonly kernel: string;
  readonly builds: readonly Build[];
  /** Rows, or numbers where the kernel has no rows. */
  readonly lengths: readonly number[];
  /** Largest relative error in the 2-norm; 0 means equal. */
  readonly tolerance: number;
  readonly compare: (build: Build, length: number) => Comparison[];
}

/** Builds for a kernel that only the tests' entry exports. */
export const INNER: readonly Build[] = ['parts'];

/** Builds for a kernel of the main index. */
export const EXPORTED: readonly Build[] = VARIANTS;
