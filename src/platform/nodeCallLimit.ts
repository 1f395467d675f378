import { createContext, Script } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { watchdogFile } from './nodePackageFile.js';
import type { WatchedCalls } from './nodeWatchdog.js';
import type { CallLimit } from './threads.js';

/** This thread's, once it has limited a call. */
let limiter: CallLimiter | undefined;

/**
 * Calls `work` and ends it after `limitMs`, though it never returns by itself: an endless loop, or Atomics.wait. What
 * waits in the system, such as a read of a pipe, cannot be interrupted: then the watchdog reports it and kills the process.
 */
export const limitCall: CallLimit = (work, limitMs, what) => {
  limiter ??= new CallLimiter();
  return limiter.limit(work, { limitMs, what });
};

class CallLimiter {
  /** Scripts are all that Node.js can end in the middle: this one does the call that its global object holds. */
  private readonly script = new Script('work()');
  private readonly context: { work?: () => void } = {};
  /** int32 [1]: odd while a call is under way. */
  private readonly calls = new Int32Array(new SharedArrayBuffer(4));
  /** Runs nodeWatchdog.ts. */
  private readonly watchdog: Worker;
  private announced = '';

  constructor() {
    createContext(this.context);
    this.watchdog = new Worker(watchdogFile(), { workerData: this.calls });
    this.watchdog.unref();
    // without it calls are limited as well as Node.js can
    this.watchdog.on('error', () => {});
  }

  limit(work: () => void, watched: WatchedCalls): ReturnType<CallLimit> {
    if (this.announced !== watched.what) this.watchdog.postMessage(watched);
    this.announced = watched.what;
    const { limitMs } = watched;
    const cpuBefore = process.cpuUsage();
    this.context.work = work;
    Atomics.add(this.calls, 0, 1);
    try {
      this.script.runInContext(this.context, { timeout: limitMs, displayErrors: false });
      return 'ended';
    } catch (error) {
      if ((error as NodeJS.ErrnoException | undefined)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      const { user, system } = process.cpuUsage(cpuBefore);
      return (user + system) / 1000 > limitMs / 4 ? 'busy' : 'standstill';
    } finally {
      Atomics.add(this.calls, 0, 1);
      this.context.work = undefined;
    }
  }
}
