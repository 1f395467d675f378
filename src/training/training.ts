import type { BestPolicy } from '../guard/learnerGuard.js';
import type { TrainingRow } from '../logging/sink.js';
import type { CallLimit, SpawnWorker } from '../platform/threads.js';
import type { Policy } from '../policy/policy.js';
import type { PolicySpec } from '../policy/policySpec.js';
import type { TrpoOptions } from './options.js';

/** What training needs from its runtime. */
export interface TrainerRuntime {
  readonly module: WebAssembly.Module;
  /** The kernels' build, such as "simd". */
  readonly variant: string;
  readonly yieldToEventLoop: () => Promise<void>;
  /** Ends a call that does not return; absent where the runtime cannot. */
  readonly limitCall?: CallLimit;
  /** Absent where memory cannot be shared between threads: then there is one thread, with the same results. */
  readonly threading?: {
    /** The same kernels, built for shared memory. */
    readonly module: WebAssembly.Module;
    readonly spawnWorker: SpawnWorker;
    readonly availableThreads: number;
  };
}

/** One iteration of a training, or generation of a search: its row of progress, and the full report. */
export interface TrainingIteration<Report = unknown> {
  readonly iteration: number;
  readonly timesteps: number;
  readonly meanReturn: number | null;
  readonly row: TrainingRow;
  readonly report: Report;
}

/** What trains: a `Trainer` follows gradients, a `PolicySearch` the returns of whole episodes. */
export interface Training<Report = unknown> {
  readonly options: TrpoOptions;
  /** Threads in use. */
  readonly threads: number;
  readonly policy: Policy;
  readonly spec: PolicySpec;
  /** The kernels' build, such as "simd". */
  readonly variant: string;
  /** Seconds that iterations took, those of earlier sessions included. */
  elapsedSeconds: number;
  /** Environment steps made in whole iterations. */
  readonly totalTimesteps: number;
  readonly iterationCount: number;
  /** Mean return of the last 100 episodes, in the environment's own rewards; null before the first ended. */
  readonly meanReturn: number | null;
  /** Whether a restored run goes on in the middle of episodes. */
  readonly resumesExactly: boolean;
  /** Bytes of WebAssembly memory in use, and for what. */
  readonly memory: {
    readonly bytes: number;
    readonly reservations: readonly { name: string; bytes: number }[];
  };
  /** With the option `guard`: the best policy so far; undefined before enough episodes have ended. */
  readonly best?: BestPolicy;
  /**
   * Iterations until `options.timesteps` are reached, or the signal aborts: then the iteration under way is given up, and the
   * state is that after the last whole one.
   */
  iterations(signal?: AbortSignal): AsyncGenerator<TrainingIteration<Report>, void, void>;
  /** The policy as the bytes of a policy file (safetensors). */
  encodePolicy(): Uint8Array;
  /** The best policy as the bytes of a policy file (safetensors). */
  encodeBestPolicy(): Uint8Array | undefined;
  /** All that is needed to go on exactly here, as the bytes of a checkpoint file (safetensors). */
  encodeCheckpoint(): Uint8Array;
  /**
   * Goes on from the bytes of a checkpoint file; every number of the run to come is then what it would have been. Throws
   * FileError or MismatchError naming the file, and is then as it was. When the signal aborts, environments are not waited for:
   * the next iteration does.
   */
  restoreCheckpoint(bytes: Uint8Array, fileName: string, signal?: AbortSignal): Promise<void>;
  /** Ends the worker threads and closes the environments. */
  close(): Promise<void>;
}
