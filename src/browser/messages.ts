/** Messages between a page and the worker that trains. */

import type { TrainingRow } from '../logging/sink.js';
import type { ResumeRequest, TrainRequest } from '../run/requests.js';
import type { RunFiles } from '../run/runFiles.js';
import type { GivenOptions, OptionName, TrpoOptions } from '../training/options.js';
import type { MovableSource } from '../vector/givenSource.js';

/** 'memory': files last as long as the page. 'origin': in the disk space that the browser keeps for the site. */
export type Storage = 'memory' | 'origin';

type NotSent = 'sinks' | 'onStart' | 'onIteration' | 'columns' | 'signal' | 'onWarning' | 'ranks';

/** What to train on and how: the options of `train` on Node.js that can be sent to a worker. */
export interface TrainSettings
  extends GivenOptions,
    Omit<TrainRequest, NotSent | 'environment' | 'initialPolicy' | OptionName> {
  /** A known name, or a module (absolute URL) and the function it exports that makes an environment. */
  readonly environment: MovableSource;
  /** As on Node.js: the bytes of a policy file, or the folder of a run that is kept with storage 'origin'. */
  readonly initialPolicy?: Uint8Array | ArrayBuffer | string;
}

export interface ResumeSettings extends Omit<ResumeRequest, NotSent | 'environment' | 'runDirectory'> {
  /** Folder of the run; default "run". */
  readonly runDirectory?: string;
  /** Needed when the run's environment is not a known name. */
  readonly environment?: MovableSource;
  /** The files of the run, as `Training.files` or the command line gave them; without them those in the folder. */
  readonly files?: Readonly<RunFiles>;
}

/** How the run is carried out in this page. */
export interface TrainingStart {
  readonly threads: number;
  /** The kernels' build, such as "simd". */
  readonly variant: string;
  /** Its name. */
  readonly environment: string;
  readonly options: TrpoOptions;
  /** Iterations made so far: 0 for a new run. */
  readonly iteration: number;
  /** The policy to begin with, as the bytes of a policy.safetensors. */
  readonly policy: Uint8Array;
}

/** What a page gets of an iteration. */
export interface TrainingIteration {
  readonly iteration: number;
  readonly timesteps: number;
  readonly meanReturn: number | null;
  readonly row: TrainingRow;
  /** The policy after it, as the bytes of a policy.safetensors. */
  readonly policy: Uint8Array;
}

/** How a run ended. */
export interface TrainingEnd {
  /** Whether it reached its timesteps, rather than being stopped. */
  readonly finished: boolean;
  readonly files: RunFiles;
}

interface Begin {
  readonly storage: Storage;
  /** Whether the first iteration waits for `proceed`. */
  readonly paused: boolean;
}

export type BeginRequest =
  | ({ readonly type: 'train'; readonly settings: TrainSettings } & Begin)
  | ({ readonly type: 'resume'; readonly settings: ResumeSettings } & Begin);

/** What a worker is for, told first: a run, or a thread of one, whose worker is at the other end of the port. */
export type FirstRequest = BeginRequest | { readonly type: 'thread'; readonly port: MessagePort };

export type PageRequest =
  | BeginRequest
  | { readonly type: 'pause' }
  /** Iterations until the next pause; without them there is none. */
  | { readonly type: 'proceed'; readonly iterations?: number }
  | { readonly type: 'stop' }
  | { readonly type: 'files'; readonly request: number }
  | { readonly type: 'threadEnded'; readonly thread: number; readonly reason: string };

export type WorkerMessage =
  /** Sent once, when the program takes requests. */
  | { readonly type: 'serving' }
  | { readonly type: 'startThread'; readonly thread: number; readonly port: MessagePort }
  | { readonly type: 'endThread'; readonly thread: number }
  | { readonly type: 'started'; readonly start: TrainingStart }
  | { readonly type: 'iteration'; readonly iteration: TrainingIteration }
  | { readonly type: 'paused' }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'files'; readonly request: number; readonly files: RunFiles }
  | { readonly type: 'filesFailed'; readonly request: number; readonly error: ErrorMessage }
  | { readonly type: 'ended'; readonly end: TrainingEnd }
  | { readonly type: 'failed'; readonly error: ErrorMessage };

/** An error on its way between threads, where classes are lost. */
export interface ErrorMessage {
  readonly name: string;
  readonly message: string;
}
