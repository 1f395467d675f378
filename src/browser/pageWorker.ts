import { OptionError, PlatformError, TrpoError } from '../errors.js';
import type { FirstRequest, PageRequest, WorkerMessage } from './messages.js';

/** Which program the workers of a run have; default: browserWorker.js beside this module. */
export interface WorkerProgram {
  /**
   * Makes a worker whose program calls `serveTraining`, for environments of your own:
   * () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }). It is called for every thread of a run.
   */
  readonly worker?: () => Worker;
  /** Address of dist/browserWorker.js where it does not lie beside this module. */
  readonly workerUrl?: string | URL;
}

/** How long a program may take until it serves: many times what it takes to load over a slow line. */
const START_LIMIT_MS = 30_000;

const used = new WeakSet<Worker>();

/** A worker of this page: what is posted waits until its program serves. */
export class PageWorker {
  private readonly worker: Worker;
  private readonly startLimit: ReturnType<typeof setTimeout>;
  /** What waits to be posted; undefined once the program serves. */
  private waiting?: Parameters<PageWorker['post']>[] = [];

  /** onEnd: called with the reason when it ends by itself or does not serve. Throws PlatformError where none can be started. */
  constructor(
    program: WorkerProgram,
    onMessage: (message: WorkerMessage) => void,
    private readonly onEnd: (reason: string) => void,
  ) {
    this.worker = openWorker(program);
    this.startLimit = setTimeout(() => {
      this.end(
        `its program did not serve training within ${START_LIMIT_MS / 1000} s; it must call serveTraining() of wasm-trpo/browser/worker before anything that it waits for, or be wasm-trpo's browserWorker.js`,
      );
    }, START_LIMIT_MS);
    this.worker.addEventListener('message', ({ data }: MessageEvent<WorkerMessage | null | undefined>) => {
      if (data?.type === 'serving') this.serve();
      // a user's program may have messages of its own
      else if (data?.type !== undefined) onMessage(data);
    });
    this.worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.end(
        event.message ||
          "its program could not be loaded; check its address (of worker or workerUrl), that what it imports is served too, and that the page's content policy allows it (worker-src, script-src 'wasm-unsafe-eval')",
      );
    });
  }

  post(message: FirstRequest | PageRequest, transfer: MessagePort[] = []): void {
    if (this.waiting === undefined) this.worker.postMessage(message, transfer);
    else this.waiting.push([message, transfer]);
  }

  terminate(): void {
    clearTimeout(this.startLimit);
    this.worker.terminate();
  }

  private serve(): void {
    clearTimeout(this.startLimit);
    const { waiting = [] } = this;
    this.waiting = undefined;
    for (const posted of waiting) this.post(...posted);
  }

  private end(reason: string): void {
    this.terminate();
    this.onEnd(reason);
  }
}

function openWorker({ worker: make, workerUrl }: WorkerProgram): Worker {
  if (typeof Worker === 'undefined') {
    throw new PlatformError('This browser has no workers, in which training runs; use a current browser');
  }
  if (make !== undefined && workerUrl !== undefined) {
    throw new OptionError(
      'worker and workerUrl are both given, and each names the program; give one of them',
    );
  }
  try {
    if (make !== undefined) return requireNew(make);
    // in this form, because bundlers find the worker's program by the text of its URL
    if (workerUrl === undefined)
      return new Worker(new URL('./browserWorker.js', import.meta.url), { type: 'module' });
    return new Worker(workerUrl, { type: 'module' });
  } catch (cause) {
    if (cause instanceof TrpoError) throw cause;
    throw new PlatformError(
      `The worker that trains cannot be started: ${(cause as Error).message}; its program must come from the page's own origin and the page's content policy must allow it (worker-src)`,
      { cause },
    );
  }
}

/** What the function makes. Throws OptionError for what is no function, makes no worker, or always the same one. */
function requireNew(make: () => Worker): Worker {
  const example = "worker: () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })";
  if (typeof make !== 'function') {
    throw new OptionError(
      `worker is ${String(make)}; several may be needed, so give a function that makes one: ${example}`,
    );
  }
  const worker: Worker | undefined = make();
  if (typeof worker?.postMessage !== 'function' || typeof worker.terminate !== 'function') {
    throw new OptionError(`worker returned ${String(worker)}; let it return a new Worker: ${example}`);
  }
  if (used.has(worker)) {
    throw new OptionError(
      `worker returned a Worker that was taken already; let it make a new one at each call: ${example}`,
    );
  }
  used.add(worker);
  return worker;
}
