import { FileError, OptionError, OwnershipError } from '../errors.js';
import { isObject, parseJson, type Refuse } from '../files/json.js';
import { keepRowsUpTo, ProgressFile, readProgress } from '../logging/progressFile.js';
import { type ProgressRow, progressKey } from '../logging/sink.js';
import type { Platform } from '../platform/platform.js';
import { completeOptions, type TrpoOptions } from '../training/options.js';
import { RunLock } from './runLock.js';

const FORMAT = 'wasm-trpo/run';
const CONFIG_FILE = 'config.json';
const CHECKPOINT_FILE = 'checkpoint.safetensors';
const POLICY_FILE = 'policy.safetensors';
/** Of a guarded run, once there is a best policy. */
export const BEST_POLICY_FILE = 'best.safetensors';
/** What a run started from, where that was a policy. */
const INITIAL_POLICY_FILE = 'initial.safetensors';
const PROGRESS_FILE = 'progress.jsonl';

/** Far more than the options there are. */
const CONFIG_LIMITS = { depth: 8, marks: 10_000 };

/** The files of a run; the first one makes a folder a run. */
export const RUN_FILES = [
  CONFIG_FILE,
  PROGRESS_FILE,
  CHECKPOINT_FILE,
  POLICY_FILE,
  BEST_POLICY_FILE,
  INITIAL_POLICY_FILE,
] as const;

/** The module that makes a run's environments. */
export interface RunModule {
  /** Seen from the run folder, with slashes; "wasm-trpo/gymnasium" for the package's own. */
  readonly path: string;
  /** The class or function that it exports. */
  readonly export: string;
  /** What that gets, as JSON. */
  readonly options?: unknown;
}

/** What config.json says of the policy that a run started from; nothing is read from there again. */
export interface InitialPolicyRecord {
  /** Where it was; absent when a program gave it. */
  readonly path?: string;
  /** That it was trained for. */
  readonly environment: string;
}

/** What config.json says of a run. */
export interface RunConfig {
  readonly environment: string;
  /** Absent for known names, and for what only a program can make. */
  readonly environmentModule?: RunModule;
  /** What it started from, where that was a policy: the run has a copy of it in initial.safetensors. */
  readonly initialPolicy?: InitialPolicyRecord;
  readonly options: TrpoOptions;
  /** Build of the kernels, such as "simd". */
  readonly variant: string;
  /** Version of wasm-trpo that began the run. */
  readonly version: string;
  /** Such as "Node.js 20.20.2". */
  readonly platform: string;
}

/**
 * The folder of one run: config.json, progress.jsonl, checkpoint.safetensors, policy.safetensors, with a guard
 * best.safetensors, and initial.safetensors where it started from a policy. Only who created or claimed it writes; each write is
 * an OwnershipError once another has taken it over.
 */
export class RunDirectory {
  private constructor(
    private readonly platform: Platform,
    readonly path: string,
    readonly config: RunConfig,
    /** Why the run cannot go on with this version, if so; its policy and rows are read all the same. */
    private readonly retirement?: string,
    /** Of one that was opened to be read there is none. */
    private readonly lock?: RunLock,
  ) {}

  /** Whether a folder holds a run, begun or ended. */
  static isRun(platform: Platform, path: string): Promise<boolean> {
    return platform.exists(platform.joinPath(path, CONFIG_FILE));
  }

  /**
   * A new run folder, ours until its work is done. initialPolicy: what it starts from, if `config` says so. Throws FileError
   * when the folder holds a run already or cannot be written, OwnershipError when another is about to begin one there.
   */
  static async create(
    platform: Platform,
    path: string,
    config: RunConfig,
    initialPolicy?: Uint8Array,
  ): Promise<RunDirectory> {
    await requireNoRun(platform, path);
    await platform.makeDirectory(path);
    const lock = await RunLock.claim(platform, path);
    return releasingOnFailure(lock, async () => {
      // since the first look another may have begun one, and ended
      await requireNoRun(platform, path);
      await platform.removeLeftovers?.(path);
      const directory = new RunDirectory(platform, path, config, undefined, lock);
      // before the file that makes the folder a run
      if (initialPolicy !== undefined) await directory.replace(INITIAL_POLICY_FILE, initialPolicy);
      await directory.writeConfig(config);
      return directory;
    });
  }

  /** The run in a folder, ours until its work is done. Errors as `open`, and OwnershipError when another has it. */
  static async claim(platform: Platform, path: string): Promise<RunDirectory> {
    // a folder that holds no run is left as it is
    await RunDirectory.open(platform, path);
    const lock = await RunLock.claim(platform, path);
    return releasingOnFailure(lock, async () => {
      await platform.removeLeftovers?.(path);
      // the last owner may have changed it since
      const { config, retirement } = await RunDirectory.open(platform, path);
      return new RunDirectory(platform, path, config, retirement, lock);
    });
  }

  /** The run in a folder, to be read. Throws FileError when it has none or its config.json is damaged. */
  static async open(platform: Platform, path: string): Promise<RunDirectory> {
    if (!(await RunDirectory.isRun(platform, path))) {
      throw new FileError(`${path} holds no run: it has no ${CONFIG_FILE}; check the path`);
    }
    const configPath = platform.joinPath(path, CONFIG_FILE);
    const { config, retirement } = readConfig(await platform.readTextFile(configPath), configPath);
    return new RunDirectory(platform, path, config, retirement);
  }

  /** Does the work for which the folder was created or claimed, then gives it back. */
  async whileOwned<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = await releasingOnFailure(this.lock, work);
    await this.lock?.release();
    return result;
  }

  get policyPath(): string {
    return this.file(POLICY_FILE);
  }

  get checkpointPath(): string {
    return this.file(CHECKPOINT_FILE);
  }

  /**
   * The bytes of the last checkpoint, or undefined when the run never finished an iteration. Throws FileError when the run
   * has an option that this version cannot go on with.
   */
  async readCheckpoint(): Promise<Uint8Array | undefined> {
    if (this.retirement !== undefined) throw new FileError(this.retirement);
    if (!(await this.platform.exists(this.checkpointPath))) return undefined;
    return this.platform.readFile(this.checkpointPath);
  }

  /** The path and bytes of the policy that the run started from. Throws FileError when it is not there. */
  async readInitialPolicy(): Promise<{ readonly file: string; readonly bytes: Uint8Array }> {
    const file = this.file(INITIAL_POLICY_FILE);
    if (await this.platform.exists(file)) return { file, bytes: await this.platform.readFile(file) };
    throw new FileError(
      `${file} does not exist, which the run started from and needs to go on; restore a copy, or begin a new run from that policy`,
    );
  }

  /** Replaces checkpoint and policy, each atomically. */
  async save(checkpoint: Uint8Array, policy: Uint8Array): Promise<void> {
    await this.replace(POLICY_FILE, policy);
    await this.replace(CHECKPOINT_FILE, checkpoint);
  }

  /** Replaces the best policy, atomically. */
  async saveBest(policy: Uint8Array): Promise<void> {
    await this.replace(BEST_POLICY_FILE, policy);
  }

  /** Replaces a file that belongs to the run beside its own, atomically. */
  async saveBeside(name: string, content: string): Promise<void> {
    await this.replace(name, content);
  }

  /** Drops the rows after an iteration, which will be written again, and returns those kept. */
  async rewindProgress(iteration: number): Promise<ProgressRow[]> {
    const confirm = () => this.confirmOwned();
    await keepRowsUpTo(this.platform, this.file(PROGRESS_FILE), iteration, confirm);
    return this.readRows();
  }

  /** Writes why the run stopped into a last row, in place of the iteration that failed; resuming drops it. */
  async noteFailure(
    error: unknown,
    { iterationCount, totalTimesteps }: { readonly iterationCount: number; readonly totalTimesteps: number },
  ): Promise<void> {
    const row = {
      [progressKey.iterations]: iterationCount + 1,
      [progressKey.totalTimesteps]: totalTimesteps,
      [progressKey.stoppedBy]: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    };
    // the error itself reaches the caller; where it cannot be written too, as on a full disk, it is the one to tell
    await this.progressSink()
      .write(row)
      .catch(() => {});
  }

  /** Writes into config.json what the run has from here on. */
  async record(changed: Partial<Pick<RunConfig, 'options' | 'environmentModule'>>): Promise<void> {
    await this.writeConfig({ ...this.config, ...changed });
  }

  /** All rows of progress; none before the first iteration ended. */
  async readRows(): Promise<ProgressRow[]> {
    const path = this.file(PROGRESS_FILE);
    return (await this.platform.exists(path)) ? readProgress(this.platform, path) : [];
  }

  /** The sink that appends to progress.jsonl. */
  progressSink(): ProgressFile {
    return new ProgressFile(this.platform, this.file(PROGRESS_FILE), () => this.confirmOwned());
  }

  private async writeConfig(config: RunConfig): Promise<void> {
    const text = JSON.stringify({ format: FORMAT, ...config }, null, 2);
    await this.replace(CONFIG_FILE, `${text}\n`);
  }

  private async replace(name: string, content: Uint8Array | string): Promise<void> {
    await this.platform.replaceFile(this.file(name), content, () => this.confirmOwned());
  }

  private async confirmOwned(): Promise<void> {
    if (this.lock === undefined) {
      throw new OwnershipError(`${this.path} was opened to be read; create or claim it to write`);
    }
    await this.lock.confirm();
  }

  private file(name: string): string {
    return this.platform.joinPath(this.path, name);
  }
}

/** FileError when there is a run already. */
async function requireNoRun(platform: Platform, path: string): Promise<void> {
  if (!(await RunDirectory.isRun(platform, path))) return;
  throw new FileError(
    `${path} holds a run already; go on with --resume ${path}, or give another --run-directory`,
  );
}

/** Gives the folder back when the work fails. */
async function releasingOnFailure<Result>(
  lock: RunLock | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    // the error of the work is the one to tell
    await lock?.release().catch(() => {});
    throw error;
  }
}

function readConfig(
  text: string,
  path: string,
): { readonly config: RunConfig; readonly retirement: string | undefined } {
  const refuse: Refuse = (fault) => {
    throw new FileError(
      `${path} does not describe a run of wasm-trpo: ${fault}; it is damaged or another file: restore a copy, or check the path`,
    );
  };
  const config = parseJson(text, 'its text', CONFIG_LIMITS, refuse);
  if (!isObject(config) || config.format !== FORMAT) return refuse(`its format is not "${FORMAT}"`);
  const { environment, options, environmentModule, initialPolicy } = config;
  if (typeof environment !== 'string') return refuse('its environment is not a name');
  if (!isObject(options)) return refuse('its options are not an object');
  if (environmentModule !== undefined && !isModule(environmentModule)) {
    return refuse('its environmentModule has no path and export');
  }
  if (initialPolicy !== undefined && !isInitialPolicy(initialPolicy)) {
    return refuse('its initialPolicy has no environment');
  }
  const told = (name: string) => (typeof config[name] === 'string' ? config[name] : 'unknown');
  return {
    config: {
      ...{ environment, ...(environmentModule === undefined ? {} : { environmentModule }) },
      ...(initialPolicy === undefined ? {} : { initialPolicy }),
      options: optionsOf(options, path),
      ...{ variant: told('variant'), version: told('version'), platform: told('platform') },
    },
    retirement: retirementOf(options, path),
  };
}

function isModule(value: unknown): value is RunModule {
  if (!isObject(value)) return false;
  return [value.path, value.export].every((text) => typeof text === 'string' && text !== '');
}

function isInitialPolicy(value: unknown): value is InitialPolicyRecord {
  if (!isObject(value)) return false;
  const { path, environment } = value;
  return typeof environment === 'string' && (path === undefined || typeof path === 'string');
}

/**
 * Options that earlier versions wrote into every config.json and that are gone. `only`: the value whose behaviour is what
 * remains; an option without it was read together with other values of such a one.
 */
const RETIRED_OPTIONS = new Map<string, { readonly lastVersion: string; readonly only?: unknown }>([
  ['valueOptimizer', { lastVersion: '0.1.0', only: 'adam' }],
  ['valueSteps', { lastVersion: '0.1.0' }],
  ['valueMaxKl', { lastVersion: '0.1.0' }],
  ['valueDamping', { lastVersion: '0.1.0' }],
  ['valueCgIterations', { lastVersion: '0.1.0' }],
]);

/** What runs did whose config.json does not name an option that came later. */
export const OPTIONS_BEFORE: Partial<TrpoOptions> = { rescaleActions: false };

/** Why a run with these options cannot go on with this version, or undefined when it can. */
function retirementOf(options: Record<string, unknown>, path: string): string | undefined {
  for (const [name, { lastVersion, only }] of RETIRED_OPTIONS) {
    if (only === undefined || !Object.hasOwn(options, name) || options[name] === only) continue;
    const [was, is] = [options[name], only].map((value) => JSON.stringify(value));
    return `${path}: Option ${name} = ${was}: version ${lastVersion} of wasm-trpo was the last to have it; go on with that version, or write ${is} into the file to go on without it`;
  }
  return undefined;
}

/** Options of a file; what is wrong with them is told with its name. */
function optionsOf(options: Record<string, unknown>, path: string): TrpoOptions {
  try {
    return completeOptions(
      OPTIONS_BEFORE,
      Object.fromEntries(Object.entries(options).filter(([name]) => !RETIRED_OPTIONS.has(name))),
    );
  } catch (cause) {
    if (!(cause instanceof OptionError)) throw cause;
    throw new FileError(
      `${path}: ${cause.message}; it was altered, or another version of wasm-trpo wrote it: correct it or use that version`,
      { cause },
    );
  }
}
