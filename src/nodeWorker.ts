/** The program of a worker thread on Node.js. */

import { parentPort } from 'node:worker_threads';
import { limitCall } from './platform/nodeCallLimit.js';
import { serveRollout } from './rollout/rolloutWorker.js';

const port = parentPort!;
serveRollout(
  (reply) => port.postMessage(reply),
  (listener) => port.on('message', listener),
  limitCall,
);
