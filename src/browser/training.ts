import * as errors from '../errors.js';
import type { RunFiles } from '../run/runFiles.js';
import { movableSourceFrom } from '../vector/givenSource.js';
import type {
  BeginRequest,
  ErrorMessage,
  PageRequest,
  ResumeSettings,
  Storage,
  TrainingEnd,
  TrainingIteration,
  TrainingStart,
  TrainSettings,
  WorkerMessage,
} from './messages.js';
import { PageWorker, type WorkerProgram } from './pageWorker.js';

const { OptionError, PlatformError, TrpoError } = errors;

/** How a page follows a run. */
export interface TrainingOptions extends WorkerProgram {
  /** Where the run's files are kept. Default 'memory'. */
  readonly storage?: Storage;
  /** Waits before the first iteration until `proceed` or `step` is called. Default false. */
  readonly paused?: boolean;
  /** Reports each iteration on the console, in a line. Default false. */
  readonly verbose?: boolean;
  readonly onStart?: (start: TrainingStart) => void;
  readonly onIteration?: (iteration: TrainingIteration) => void;
  /** Called when a pause begins: no iteration is under way then. */
  readonly onPause?: () => void;
  /** Called with what the user may want to change but does not prevent training. */
  readonly onWarning?: (message: string) => void;
}

/** A run in a worker of its own. */
export class Training {
  /** How it ended. Rejects with a TrpoError; what whole iterations left is then still where it was kept. */
  readonly ended: Promise<TrainingEnd>;
  private readonly worker: PageWorker;
  /** Of the run beside the worker that trains, by their numbers. */
  private readonly threads = new Map<number, PageWorker>();
  private readonly waiting = new Map<number, PromiseWithResolvers<RunFiles>>();
  private requests = 0;
  private last?: TrainingEnd;
  private fail!: (error: Error) => void;

  /** Throws PlatformError where no worker can be started. */
  constructor(begin: BeginRequest, options: TrainingOptions) {
    // what cannot be sent is told to the caller, not when the worker is ready for it
    const sent = structuredClone(begin);
    const ended = withResolvers<TrainingEnd>();
    this.ended = ended.promise;
    // a page that does not await `ended` gets no unhandled rejection
    this.ended.catch(() => {});
    this.fail = (error) => {
      this.terminate();
      for (const { reject } of this.waiting.values()) reject(error);
      ended.reject(error);
    };
    this.worker = new PageWorker(
      options,
      (message) => this.take(message, options, ended.resolve),
      (reason) => this.fail(new PlatformError(`The worker that trains ended: ${reason}`)),
    );
    this.worker.post(sent);
  }

  /** Stops after the last whole iteration, which is saved; `ended` then resolves. */
  stop(): void {
    this.post({ type: 'stop' });
  }

  /** Pauses after the iteration under way; `onPause` is then called. */
  pause(): void {
    this.post({ type: 'pause' });
  }

  /** Goes on after a pause. */
  proceed(): void {
    this.post({ type: 'proceed' });
  }

  /** Makes one iteration, and pauses after it. */
  step(): void {
    this.post({ type: 'proceed', iterations: 1 });
  }

  /** The run's files so far: those that the command line writes. */
  async files(): Promise<RunFiles> {
    if (this.last !== undefined) return this.last.files;
    const request = this.requests++;
    const answer = withResolvers<RunFiles>();
    this.waiting.set(request, answer);
    this.post({ type: 'files', request });
    return Promise.race([answer.promise, this.ended.then(({ files }) => files)]);
  }

  /** Ends the worker at once; what the iteration under way had done is lost, what was kept stays. */
  close(): void {
    this.fail(new PlatformError('The run was ended by close(); to end it with its files, use stop()'));
  }

  private post(request: PageRequest): void {
    this.worker.post(request);
  }

  private startThread(thread: number, port: MessagePort, program: WorkerProgram): void {
    const onEnd = (reason: string) => this.post({ type: 'threadEnded', thread, reason });
    try {
      const worker = new PageWorker(program, () => {}, onEnd);
      this.threads.set(thread, worker);
      worker.post({ type: 'thread', port }, [port]);
    } catch (error) {
      onEnd((error as Error).message);
    }
  }

  private endThread(thread: number): void {
    this.threads.get(thread)?.terminate();
    this.threads.delete(thread);
  }

  private terminate(): void {
    this.worker.terminate();
    for (const thread of this.threads.values()) thread.terminate();
  }

  private take(message: WorkerMessage, options: TrainingOptions, resolve: (end: TrainingEnd) => void): void {
    switch (message.type) {
      case 'startThread':
        this.startThread(message.thread, message.port, options);
        return;
      case 'endThread':
        this.endThread(message.thread);
        return;
      case 'started':
        options.onStart?.(message.start);
        return;
      case 'iteration':
        if (options.verbose) console.log(lineOf(message.iteration));
        options.onIteration?.(message.iteration);
        return;
      case 'paused':
        options.onPause?.();
        return;
      case 'warning':
        options.onWarning?.(message.message);
        return;
      case 'files':
        this.waiting.get(message.request)?.resolve(message.files);
        this.waiting.delete(message.request);
        return;
      case 'filesFailed':
        this.waiting.get(message.request)?.reject(toError(message.error));
        this.waiting.delete(message.request);
        return;
      case 'ended':
        this.last = message.end;
        this.terminate();
        resolve(message.end);
        return;
      case 'failed':
        this.fail(toError(message.error));
    }
  }
}

/** Such as "2,048 steps: mean return 31.11". */
function lineOf({ timesteps, meanReturn }: TrainingIteration): string {
  return `${timesteps.toLocaleString('en')} steps: mean return ${meanReturn?.toFixed(2) ?? 'unknown'}`;
}

/** Trains from the start to `timesteps` in a worker. */
export function train(request: TrainSettings & TrainingOptions): Training {
  const { options, settings, ...begin } = split(request);
  const environment = movableSourceFrom(settings.environment);
  requireMovable(settings.initialPolicy);
  return new Training({ type: 'train', ...begin, settings: { ...settings, environment } }, options);
}

/** Throws OptionError for a policy itself, which has functions. */
function requireMovable(initialPolicy: unknown): void {
  if (typeof (initialPolicy as { act?: unknown } | undefined)?.act !== 'function') return;
  throw new OptionError(
    'initialPolicy is a policy itself, which cannot be sent to the worker that trains; give the bytes of its policy.safetensors',
  );
}

/** Goes on with a run, from its files or from where they are kept, exactly where its last whole iteration ended. */
export function resume(request: ResumeSettings & TrainingOptions): Training {
  const { options, settings, ...begin } = split(request);
  const environment = settings.environment && movableSourceFrom(settings.environment);
  return new Training({ type: 'resume', ...begin, settings: { ...settings, environment } }, options);
}

/** Functions and addresses stay in the page; the rest is sent. */
function split<Settings extends object>({
  storage = 'memory',
  paused = false,
  worker,
  workerUrl,
  verbose,
  onStart,
  onIteration,
  onPause,
  onWarning,
  ...settings
}: Settings & TrainingOptions) {
  return {
    storage,
    paused,
    options: { worker, workerUrl, verbose, onStart, onIteration, onPause, onWarning },
    settings: settings as unknown as Settings,
  };
}

function toError({ name, message }: ErrorMessage): Error {
  const known = Object.entries(errors).find(([key, value]) => key === name && value !== TrpoError);
  if (known === undefined) return new TrpoError(`Unexpected ${name} in the worker that trains: ${message}`);
  return new (known[1] as typeof errors.FileError)(message);
}

interface PromiseWithResolvers<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

function withResolvers<Value>(): PromiseWithResolvers<Value> {
  let resolve!: (value: Value) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<Value>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
