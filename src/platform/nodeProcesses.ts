import { readFile, readlink, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setInterval } from 'node:timers';
import { PlatformError } from '../errors.js';
import { LONGEST_SILENCE_MS, type ProcessIdentity, type ProcessState } from './locking.js';

const FRESHENED_EVERY_MS = LONGEST_SILENCE_MS / 8;

/** In /proc/PID/stat, after the name in parentheses. */
const STATE_FIELD = 0;
const START_FIELD = 19;
/** Zombie, dead: it has ended, but its parent has not looked yet. */
const ENDED_STATES = ['Z', 'X'];

export async function thisProcess(): Promise<ProcessIdentity> {
  const [pidSpace, status] = await Promise.all([pidSpaceHere(), statusOf(process.pid)]);
  return { pid: process.pid, host: hostHere(), pidSpace, started: status?.started };
}

function hostHere(): string {
  try {
    return hostname();
  } catch (cause) {
    throw new PlatformError(
      `The name of this host cannot be read, which a run folder needs to name its owner: ${(cause as Error).message}; allow it (Deno: --allow-sys=hostname), or train without runDirectory`,
      { cause },
    );
  }
}

/**
 * Where pids mean the same, the pid and the start of the process decide. Otherwise, and where starts cannot be read, it is
 * the age of the file that the process keeps fresh, on hosts of one name. Nothing is known of other hosts.
 */
export async function stateOf(owner: ProcessIdentity, path: string): Promise<ProcessState> {
  const here = await thisProcess();
  const sharesPids =
    owner.pidSpace === here.pidSpace && (here.pidSpace !== undefined || owner.host === here.host);
  if (!sharesPids && owner.host !== here.host) return 'unknown';
  if (sharesPids) {
    if (isGone(owner.pid)) return 'ended';
    const status = owner.started === undefined ? undefined : await statusOf(owner.pid);
    if (status !== undefined) {
      return status.started === owner.started && !ENDED_STATES.includes(status.state) ? 'running' : 'ended';
    }
  }
  const freshened = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    // it was taken away just now
    () => Date.now(),
  );
  return Date.now() - freshened > LONGEST_SILENCE_MS ? 'ended' : 'fresh';
}

export function keepFresh(path: string, everyMs = FRESHENED_EVERY_MS): () => void {
  const timer = setInterval(() => {
    const now = new Date();
    // that the file is gone is noticed by who reads it
    utimes(path, now, now).catch(() => undefined);
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (cause) {
    // what may not be signalled exists
    return (cause as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Of a process on Linux; undefined elsewhere, and where there is none or it is hidden. */
async function statusOf(
  pid: number,
): Promise<{ readonly state: string; readonly started: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  if (text === undefined) return undefined;
  // the name may hold spaces and parentheses
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[STATE_FIELD], started: fields[START_FIELD] };
}

/** Kernel and container in which this process has its pid; undefined outside Linux. */
async function pidSpaceHere(): Promise<string | undefined> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1');
    return `${boot.trim()} ${await readlink('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}
