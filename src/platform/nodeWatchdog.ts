/** The program of a thread that watches the one that started it, and ends the process when that one is stuck for good. */

import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** What the watched thread tells before it calls: environments, and the most that a stretch of calls may take. */
export interface WatchedCalls {
  readonly what: string;
  readonly limitMs: number;
}

const LOOK_EVERY_MS = 500;
/** Looks beyond the limit, at which a call is still under way that V8 was told to end: it waits in the system. */
const GRACE_LOOKS = 10;
const STANDARD_ERROR = 2;

/** int32 [1]: odd while a call is under way, and another number for each. */
const calls: Int32Array = workerData;
let watched: WatchedCalls = { what: '', limitMs: 0 };
let seen = 0;
// counted, not timed: while the process is suspended there are no looks
let looks = 0;

parentPort!.on('message', (message: WatchedCalls) => {
  watched = message;
});

setInterval(() => {
  const call = Atomics.load(calls, 0);
  looks = call % 2 !== 0 && call === seen ? looks + 1 : 0;
  seen = call;
  if (looks !== GRACE_LOOKS + Math.ceil(watched.limitMs / LOOK_EVERY_MS)) return;
  writeSync(
    STANDARD_ERROR,
    `EnvironmentError: ${watched.what}: step() or reset() waits in the operating system, far beyond stepTimeoutMs, where only the end of the process ends it; the process is killed, the last checkpoint stands: let environments that wait answer with promises\n`,
  );
  process.kill(process.pid, 'SIGKILL');
}, LOOK_EVERY_MS);
