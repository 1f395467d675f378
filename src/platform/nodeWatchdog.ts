/** The program of a thread that watches the one that started it, and ends the process when that one is stuck for good. */

import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** Sent by the watched thread before its calls: which environments, and how long the calls may take. */
export interface WatchedCalls {
  readonly what: string;
  readonly limitMs: number;
}

const CHECK_INTERVAL_MS = 500;
/** Checks beyond the limit after which a call that V8 should have ended counts as waiting in the system. */
const GRACE_CHECKS = 10;
const STANDARD_ERROR = 2;

/** int32 [1]: odd while a call is under way, and another number for each. */
const calls: Int32Array = workerData;
let watched: WatchedCalls = { what: '', limitMs: 0 };
let seen = 0;
// counted, not timed: while the process is suspended there are no checks
let checks = 0;

parentPort!.on('message', (message: WatchedCalls) => {
  watched = message;
});

setInterval(() => {
  const call = Atomics.load(calls, 0);
  checks = call % 2 !== 0 && call === seen ? checks + 1 : 0;
  seen = call;
  if (checks !== GRACE_CHECKS + Math.ceil(watched.limitMs / CHECK_INTERVAL_MS)) return;
  writeSync(
    STANDARD_ERROR,
    `EnvironmentError: ${watched.what}: step() or reset() waits in the operating system, far beyond stepTimeoutMs, where only the end of the process ends it; the process is killed, the last checkpoint stands: let environments that wait answer with promises\n`,
  );
  process.kill(process.pid, 'SIGKILL');
}, CHECK_INTERVAL_MS);
