/** The program of a worker thread on Node.js. */

import { parentPort } from 'node:worker_threads';
import { serveCrew } from '../rollout/crewWorker.js';
import { limitCall } from './nodeCallLimit.js';

const port = parentPort!;
serveCrew(
  (reply) => port.postMessage(reply),
  (listener) => port.on('message', listener),
  limitCall,
);
