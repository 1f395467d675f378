import type { ActionSpace } from '../environments/spaces.js';
import type { LogSink } from '../logging/sink.js';
import type { Policy } from '../policy/policy.js';
import type { Ranks } from '../ranks/ranks.js';
import type { SearchName } from '../search/index.js';
import type { GivenOptions, TrpoOptions } from '../training/options.js';
import type { PolicySearch } from '../training/policySearch.js';
import type { Trainer } from '../training/trainer.js';
import type { Training, TrainingIteration } from '../training/training.js';
import type { TrainerOptions } from '../training/trainingPlan.js';
import type { EnvironmentSource } from '../vector/givenSource.js';
import type { TellColumns } from './ownColumns.js';
import type { PolicySource } from './policyBytes.js';

/** How to run, beside what to learn: none of it belongs to the run's own options. */
export interface RuntimeOptions {
  /** Use the strict kernels, which give the same bits in every engine and on every CPU. Default false. */
  readonly reproducible?: boolean;
}

/** What to start from. */
export interface StartOptions {
  /**
   * A trained policy to start from, in place of random weights: the path of its file or run folder, the bytes of its file, or
   * the policy itself. Weights and observation normaliser are taken over; the value function begins anew, as do counts of
   * steps. Hidden layers and what else makes a policy are its own unless given, and then they must be the same.
   */
  readonly initialPolicy?: PolicySource;
}

export interface TrainRequest extends TrainerOptions, RuntimeOptions, StartOptions {
  /** Folder for config, progress, checkpoint and policy; without it nothing is written. */
  readonly runDirectory?: string;
  /** Where rows of progress go beside the folder; closed at the end. */
  readonly sinks?: readonly LogSink[];
  /** Told before the first iteration, which waits for the promise it may return. */
  readonly onStart?: (trainer: Training) => void | Promise<void>;
  /** Told after the row is logged and the run saved. */
  readonly onIteration?: (iteration: TrainingIteration, trainer: Training) => void | Promise<void>;
  /**
   * Columns to add to the row of each iteration before it is logged, such as { 'eval/return': 12 }, or a promise of them. Names
   * begin with none of time/, rollout/, train/, health/, guard/, search/ and info/; values are finite, or null for none. OptionError for
   * others, and for more than 200 names.
   */
  readonly columns?: TellColumns;
  /** Stops the run; what the last whole iteration left is saved. */
  readonly signal?: AbortSignal;
  /** Told what the user may want to change but does not prevent training. */
  readonly onWarning?: (message: string) => void;
  /**
   * The processes that train together, such as `await mpiRanks()` of wasm-trpo/mpi: each makes the same request, steps its share
   * of the environments and makes the whole update. Rank 0 alone writes the folder and tells sinks and functions of the request;
   * a signal stops all ranks. Kernels are strict.
   */
  readonly ranks?: Ranks;
}

export interface ResumeRequest
  extends Pick<
    TrainRequest,
    'sinks' | 'onStart' | 'onIteration' | 'columns' | 'signal' | 'onWarning' | 'ranks'
  > {
  readonly runDirectory: string;
  /**
   * New end of the run; without it the run's own. Where maxKl shrinks over the run it goes on as it was planned, and stays
   * as it is beyond the old end; with `options: { maxKlDecaySteps: 0 }` it shrinks over the new length.
   */
  readonly timesteps?: number;
  readonly threads?: number;
  /** Options that change from here on; config.json then says so. Those that shape the networks cannot. */
  readonly options?: GivenOptions;
  /**
   * Needed when the run's environment is made by a function, or by a module that is no longer where it was; config.json
   * names a module that is given from here on.
   */
  readonly environment?: EnvironmentSource;
}

/** A training whose policy acts in a space, as the environment that was given tells it. */
export type TrainingOn<Trained extends Training, Source> =
  ActionSpace extends ActionSpaceOf<Source>
    ? Trained
    : // the narrower one first: methods of an intersection are overloads
      { readonly policy: Policy<ActionSpaceOf<Source>> } & Trained;

/** What trains by an algorithm. */
export type TrainingOf<Algorithm extends TrpoOptions['algorithm'], Source = EnvironmentSource> = TrainingOn<
  Algorithm extends SearchName ? PolicySearch : Trainer,
  Source
>;

/** The action space of what a factory makes; any where that is not known. */
export type ActionSpaceOf<Source> = Source extends (count: number) => infer Made
  ? Awaited<Made> extends { readonly actionSpace: infer Space extends ActionSpace }
    ? Space
    : ActionSpace
  : ActionSpace;

export interface TrainResult<Trained extends Training = Training> {
  readonly trainer: Trained;
  /** Whether the run reached its timesteps, rather than being stopped. */
  readonly finished: boolean;
}
