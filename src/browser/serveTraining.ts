import { PlatformError } from '../errors.js';
import { serveRollout } from '../rollout/rolloutWorker.js';
import type { WorkerRequest } from '../rollout/workerPool.js';
import { type NamedEnvironments, nameEnvironments } from '../vector/namedEnvironments.js';
import type { FirstRequest, PageRequest, WorkerMessage } from './messages.js';
import { serveRun } from './serveRun.js';

/** The part of a worker's global scope that is used here; TypeScript's own types for it exclude those of a page. */
interface WorkerScope {
  postMessage(message: unknown, transfer?: MessagePort[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

export interface ServingOptions {
  /**
   * Environments of your own, by the names that `train` and `resume` of the page give: { Corridor: () => new Corridor() }.
   * Every thread of a run makes its own.
   */
  readonly environments?: NamedEnvironments;
}

let isServing = false;

/**
 * Makes this worker one in which a page trains: the whole program of such a worker, beside the environments. Throws
 * PlatformError outside a worker and when it was called before, EnvironmentError for what is no function that makes an
 * environment, and for the name of a known one.
 */
export function serveTraining({ environments = {} }: ServingOptions = {}): void {
  if (!('DedicatedWorkerGlobalScope' in globalThis)) {
    throw new PlatformError(
      "serveTraining was called outside a worker; call it in a program of its own, which the page starts: train({ worker: () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }) })",
    );
  }
  if (isServing) {
    throw new PlatformError(
      'serveTraining was called twice in a worker; name all environments in one call, and do not import browserWorker.js beside it',
    );
  }
  nameEnvironments(environments, howToName);
  isServing = true;
  const scope = globalThis as unknown as WorkerScope;
  const post = (message: WorkerMessage, transfer?: MessagePort[]) => scope.postMessage(message, transfer);
  const take = serveRun(post);
  scope.addEventListener(
    'message',
    ({ data }: MessageEvent<FirstRequest | PageRequest | null | undefined>) => {
      if (data?.type === 'thread') serveThread(data.port);
      // the page may have messages of its own for this program
      else if (data?.type !== undefined) take(data);
    },
  );
  post({ type: 'serving' });
}

function serveThread(port: MessagePort): void {
  serveRollout(
    (reply) => port.postMessage(reply),
    (listener) => {
      port.onmessage = ({ data }: MessageEvent<WorkerRequest>) => listener(data);
    },
  );
}

function howToName(name: string): string {
  const quoted = JSON.stringify(name);
  return `name one of your own in the program of the worker, with serveTraining({ environments: { ${quoted}: () => new Corridor() } }) of wasm-trpo/browser/worker, and give that worker: train({ environment: ${quoted}, worker: () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }) })`;
}
