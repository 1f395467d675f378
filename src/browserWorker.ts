/** The program of all workers in a page: the one that trains, and the threads that it starts. */

import type { PageRequest } from './browser/messages.js';
import { serveTraining } from './browser/serveTraining.js';
import { ROLLOUT_WORKER_NAME } from './platform/browser.js';
import { serveRollout } from './rollout/rolloutWorker.js';
import type { WorkerRequest } from './rollout/workerPool.js';

/** The part of a worker's global scope that is used here; TypeScript's own types for it exclude those of a page. */
declare const self: {
  readonly name: string;
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
};

function onMessage<Message>(listener: (message: Message) => void): void {
  self.addEventListener('message', ({ data }) => listener(data as Message));
}

const post = (message: unknown) => self.postMessage(message);

if (self.name === ROLLOUT_WORKER_NAME) serveRollout(post, (listener) => onMessage<WorkerRequest>(listener));
else serveTraining(post, (listener) => onMessage<PageRequest>(listener));
