import { createContext, Script } from 'node:vm';
import type { CallLimit } from '../rollout/crew.js';

/** Scripts are all that Node.js can end in the middle: this one does the call that its global object holds. */
const script = new Script('work()');
const context: { work?: () => void } = {};
createContext(context);

/**
 * Calls `work` and ends it after `limitMs`, though it never returns by itself: an endless loop, or Atomics.wait. What
 * waits in the system, such as a read of a pipe, is ended only once that returns.
 */
export const limitCall: CallLimit = (work, limitMs) => {
  context.work = work;
  const cpuBefore = process.cpuUsage();
  try {
    script.runInContext(context, { timeout: limitMs, displayErrors: false });
    return 'ended';
  } catch (error) {
    if ((error as NodeJS.ErrnoException | undefined)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    const { user, system } = process.cpuUsage(cpuBefore);
    return (user + system) / 1000 > limitMs / 4 ? 'busy' : 'standstill';
  } finally {
    context.work = undefined;
  }
};
