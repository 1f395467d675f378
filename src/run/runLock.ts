import { FileError, OwnershipError } from '../errors.js';
import { isCounter, isObject, parseJson, type Refuse } from '../files/json.js';
import { LONGEST_SILENCE_MS, type Locking, type ProcessIdentity } from '../platform/locking.js';
import type { Platform } from '../platform/platform.js';

/** In a run folder while a process writes it, and after one that was killed. */
export const LOCK_FILE = 'run.lock';
const FORMAT = 'wasm-trpo/lock';
const LOCK_LIMITS = { depth: 1, marks: 100 };
/** Names a lock among all there ever were; it is a part of file names. */
const TOKEN = /^[\w-]{1,64}$/;
/** How often a lock may be there, then gone when it is read, before that counts as a fault. */
const MOST_ATTEMPTS = 20;
const SILENCE = `${LONGEST_SILENCE_MS / 60_000} minutes`;

interface Owner extends ProcessIdentity {
  readonly token: string;
  /** Time of day, ISO 8601, UTC. */
  readonly since: string;
}

/**
 * The right to write a run folder, which one owner has at a time: a file that names the owner. Where files belong to one
 * page there is none, and the methods do nothing.
 */
export class RunLock {
  private constructor(
    private readonly platform: Platform,
    private readonly folder: string,
    private readonly held?: { readonly owner: Owner; readonly stopFreshening: () => void },
  ) {}

  /**
   * Takes the folder, which exists. OwnershipError: another run has it, or one that cannot be asked whether it still runs.
   * The lock of a process that has ended is taken over.
   */
  static async claim(platform: Platform, folder: string): Promise<RunLock> {
    const { locking } = platform;
    if (locking === undefined) return new RunLock(platform, folder);
    const owner: Owner = {
      ...{ ...(await locking.thisProcess()), since: new Date().toISOString() },
      token: crypto.randomUUID(),
    };
    const path = platform.joinPath(folder, LOCK_FILE);
    await new Claim(platform, locking, folder, owner).take(path);
    return new RunLock(platform, folder, { owner, stopFreshening: locking.keepFresh(path) });
  }

  /** To be called before each write. OwnershipError: the folder is another's by now, or nobody's. */
  async confirm(): Promise<void> {
    if (this.held === undefined) return;
    const found = await readOwner(this.platform, this.path);
    if (found?.token === this.held.owner.token) return;
    this.held.stopFreshening();
    const what =
      found === undefined
        ? `its lock ${this.path} was deleted, perhaps for another run while this one was suspended`
        : `${nameOf(found)} took it over at ${found.since}, perhaps while this run was suspended`;
    throw new OwnershipError(
      `${this.folder} does not belong to this run any more: ${what}; this run stops and writes nothing more there: go on with --resume when no other process writes it`,
    );
  }

  /** Gives the folder back, if it is still ours. */
  async release(): Promise<void> {
    if (this.held === undefined) return;
    this.held.stopFreshening();
    const found = await readOwner(this.platform, this.path);
    if (found?.token === this.held.owner.token) await this.platform.locking!.removeFile(this.path);
  }

  private get path(): string {
    return this.platform.joinPath(this.folder, LOCK_FILE);
  }
}

/** One attempt of one owner to get a folder. */
class Claim {
  constructor(
    private readonly platform: Platform,
    private readonly locking: Locking,
    private readonly folder: string,
    private readonly owner: Owner,
  ) {}

  /**
   * Makes a lock ours. The lock of an ended process is replaced by the one who holds a second lock, named after it: so one
   * of several that find it replaces it, once. Whoever is killed meanwhile leaves the second lock, which is taken over alike.
   */
  async take(path: string): Promise<void> {
    const content = `${JSON.stringify({ format: FORMAT, ...this.owner }, null, 2)}\n`;
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      if (await this.locking.createFile(path, content)) return;
      const found = await readOwner(this.platform, path);
      if (found === undefined) continue;
      await this.requireEnded(found, path);
      const second = this.platform.joinPath(this.folder, `${LOCK_FILE}-${found.token}`);
      await this.take(second);
      // held by nobody else, it can be replaced by nobody else; but it may have been before
      const still = await readOwner(this.platform, path);
      if (still?.token === found.token) return this.locking.renameFile(second, path);
      await this.locking.removeFile(second);
    }
    throw new FileError(
      `${path} can neither be created nor read; delete what has that name, or give another run folder`,
    );
  }

  private async requireEnded(found: Owner, path: string): Promise<void> {
    const state = await this.locking.stateOf(found, path);
    if (state === 'ended') return;
    const owned = `${this.folder} belongs to ${nameOf(found)}, since ${found.since}`;
    if (state === 'unknown') {
      throw new OwnershipError(
        `${owned}; whether that process still runs cannot be seen from host ${this.owner.host}: if it surely does not, delete ${path} and try again`,
      );
    }
    const isThis = found.pid === this.owner.pid && found.host === this.owner.host;
    let wayOut = `: wait for its end, or stop it (kill ${found.pid})`;
    // its number may be another program's by now: not to be killed
    if (state === 'fresh') wayOut = `: wait for its end; if it has ended, try again ${SILENCE} from now`;
    else if (isThis) wayOut = ', which is this process: wait for the end of that run';
    throw new OwnershipError(
      `${owned}${wayOut}, or give another run folder (if this one is a copy of the folder of that run, delete ${path})`,
    );
  }
}

function nameOf({ pid, host }: ProcessIdentity): string {
  return `process ${pid} on host ${host}`;
}

/** The owner that a lock names; undefined where there is no lock. */
async function readOwner(platform: Platform, path: string): Promise<Owner | undefined> {
  let text: string;
  try {
    text = await platform.readTextFile(path);
  } catch (error) {
    if ((await platform.fileKind(path)) === 'missing') return undefined;
    throw error;
  }
  const refuse: Refuse = (fault) => {
    throw new OwnershipError(
      `${path} does not tell which process owns the run: ${fault}; if surely no process writes that folder, delete the file and try again`,
    );
  };
  const owner = parseJson(text, 'its text', LOCK_LIMITS, refuse);
  if (!isObject(owner) || owner.format !== FORMAT) return refuse(`its format is not "${FORMAT}"`);
  const { token, since, pid, host, pidSpace, started } = owner;
  if (typeof token !== 'string' || !TOKEN.test(token)) return refuse('its token is not letters and digits');
  if (!isCounter(pid) || pid === 0) return refuse('its pid is not a number of a process');
  if (typeof host !== 'string' || typeof since !== 'string') return refuse('its host or since is not a text');
  const told = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return { token, since, pid, host, pidSpace: told(pidSpace), started: told(started) };
}
