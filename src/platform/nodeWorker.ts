/** The program of a worker thread on Node.js. */

import { parentPort } from 'node:worker_threads';
import { serveCrew } from '../rollout/crewWorker.js';

const port = parentPort!;
serveCrew(
  (reply) => port.postMessage(reply),
  (listener) => port.on('message', listener),
);
