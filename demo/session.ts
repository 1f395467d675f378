import {
  type ProgressRow,
  progressKey,
  type RunFiles,
  resume,
  type Training,
  type TrainingEnd,
  type TrainingIteration,
  type TrainingOptions,
  type TrainingStart,
  type TrpoOptions,
  train,
} from 'wasm-trpo/browser';
import { freePlace, keep, type Place } from './keptRun.js';
import { optionsOf, requireKnown, type Settings, settingsFor, settingsOf } from './settings.js';
import type { State, Update } from './state.js';
import type { Store } from './store.js';

const NO_POLICIES = { untrained: undefined, current: undefined, watched: undefined } as const;
const WORKER_URL = new URL('browserWorker.js', document.baseURI);

/** What the rest of the page shows. */
export interface Announcements {
  /** Something failed. */
  problem(message: string): void;
  /** Something worth knowing. */
  note(message: string): void;
}

/** The page's one run, from setting it up to its end; what it does is seen in the store. */
export class Session {
  private training?: Training;
  private place?: Place;
  /** Of the run that is there now; those of the tuned options for a new one. */
  private environments?: number;
  /** The settings that the run was set up with. */
  private acting?: Settings;
  private timer?: number;
  private lastStep = 0;
  /** Runs that were set up; messages of an old one are ignored. */
  private generation = 0;
  /** Changes of a run's options. */
  private changes = 0;
  /** Whether the run goes on at once when the last of them acts. */
  private runsOn = false;

  constructor(
    private readonly store: Store<State>,
    private readonly announcements: Announcements,
  ) {}

  /** Sets up a new run from the settings; it waits to be started. Throws what `train` throws. */
  async prepare(): Promise<void> {
    const generation = ++this.generation;
    this.environments = undefined;
    this.store.set({ phase: 'preparing', updates: [], timesteps: 0, ...NO_POLICIES });
    await this.end();
    if (generation !== this.generation) return;
    const place = await freePlace();
    if (generation !== this.generation) return;
    const { settings } = this.store.state;
    await this.follow(
      place,
      (follower) =>
        train({ environment: settings.environment, ...optionsOf(settings), ...follower, ...COMMON }),
      ({ policy }) => {
        this.store.set({ untrained: policy });
        return settings;
      },
    );
  }

  /**
   * Goes on with a run from its files, paused; `place` is where they are kept already. Throws what `resume` throws, and
   * EnvironmentError for a task that the page cannot draw.
   */
  async open(files: Readonly<RunFiles>, place?: Place): Promise<void> {
    const generation = ++this.generation;
    this.store.set({ phase: 'preparing', ...NO_POLICIES });
    await this.end();
    const chosen = place ?? (await freePlace());
    if (generation !== this.generation) return;
    await this.follow(
      chosen,
      (follower) => resume({ ...(place === undefined ? { files } : {}), ...follower, ...COMMON }),
      (start) => {
        const { environment, options } = start;
        requireKnown(environment);
        this.environments = options.environments;
        const updates = updatesOf(files, start);
        this.store.set({
          settings: settingsOf(environment, options, this.store.state.settings),
          timesteps: Number(updates.at(-1)?.row[progressKey.totalTimesteps] ?? 0),
          updates,
        });
        this.showUntrained(start);
        return this.store.state.settings;
      },
    );
  }

  start(): void {
    const { phase } = this.store.state;
    if (phase === 'pausing') this.store.set({ phase: 'running' });
    if (phase !== 'ready' && phase !== 'paused') return;
    this.store.set({ phase: 'running' });
    this.goOn();
  }

  pause(): void {
    if (this.store.state.phase !== 'running') return;
    if (this.timer !== undefined) {
      this.stopTimer();
      this.store.set({ phase: 'paused' });
      return;
    }
    this.store.set({ phase: 'pausing' });
    this.training!.pause();
  }

  /** Makes one update. */
  step(): void {
    const { phase } = this.store.state;
    if (phase !== 'ready' && phase !== 'paused') return;
    this.store.set({ phase: 'pausing' });
    this.training!.step();
  }

  /** Lets changed settings act: from the next update on, where the run can go on with them. Throws as `prepare`. */
  async apply(settings: Settings): Promise<void> {
    const before = this.store.state.settings;
    if (settings.environment !== before.environment || settings.seed !== before.seed) {
      // policies of one task must not act in another
      this.store.set({ settings, ...NO_POLICIES });
      return this.prepare();
    }
    this.store.set({ settings });
    if (JSON.stringify(optionsOf(settings)) === JSON.stringify(optionsOf(before)))
      return this.keepPace(before);
    const { updates, phase } = this.store.state;
    if (updates.length === 0) return this.prepare();
    return this.goOnWith(phase === 'running' || (phase === 'preparing' && this.runsOn));
  }

  /** After the end: as many steps again as the task begins with. */
  async trainOn(): Promise<void> {
    const { settings } = this.store.state;
    const timesteps = settings.timesteps + settingsFor(settings.environment).timesteps;
    this.store.set({ settings: { ...settings, timesteps } });
    await this.goOnWith(true);
  }

  /** The files of the run so far. */
  files(): Promise<RunFiles> {
    return this.training!.files();
  }

  /** runOn: whether it goes on at once. */
  private async goOnWith(runOn: boolean): Promise<void> {
    const change = ++this.changes;
    const { place, generation } = this;
    this.runsOn = runOn;
    // what is started or stepped before the change acts would be lost
    this.store.set({ phase: 'preparing' });
    const end = await this.end();
    // a later change takes over; it finds the same end
    if (change !== this.changes || generation !== this.generation) return;
    if (end === undefined || place === undefined) {
      this.store.set({ phase: 'failed' });
      return;
    }
    this.generation++;
    const { settings } = this.store.state;
    const options = this.changedOptions(settings);
    // memory ends with the worker
    const files = place.storage === 'memory' ? end.files : undefined;
    await this.follow(
      place,
      (follower) => resume({ files, options, ...follower, ...COMMON }),
      () => settings,
      runOn,
    );
  }

  /** Those that the page has changed; a run from elsewhere may have others that the page does not know. */
  private changedOptions(settings: Settings): Partial<TrpoOptions> {
    const before = optionsOf(this.acting!, this.environments);
    const now = optionsOf(settings, this.environments);
    const changed = Object.entries(now).filter(
      ([name, value]) => value !== before[name as keyof TrpoOptions],
    );
    return Object.fromEntries(changed);
  }

  /**
   * Follows a training that begins paused; onStart gives the settings that it was begun with, which may not be the page's any
   * more. Resolves when it stands ready, rejects when it does not come so far.
   */
  private follow(
    place: Place,
    begin: (follower: TrainingOptions & Place) => Training,
    onStart: (start: TrainingStart) => Settings,
    runOn = false,
  ): Promise<void> {
    const { generation } = this;
    const isCurrent = () => generation === this.generation;
    this.place = place;
    this.store.set({ phase: 'preparing', isKept: place.storage === 'origin' });
    return new Promise((resolve, reject) => {
      let hasStarted = false;
      const training = begin({
        ...place,
        paused: true,
        workerUrl: WORKER_URL,
        onStart: (start) => {
          if (!isCurrent()) return;
          try {
            this.acting = onStart(start);
            this.store.set({ current: start.policy, threads: start.threads });
            hasStarted = true;
            resolve();
          } catch (error) {
            reject(error);
            training.close();
          }
        },
        onPause: () => {
          if (isCurrent()) this.take(runOn);
          runOn = false;
        },
        onIteration: (iteration) => {
          if (isCurrent()) this.add(iteration);
        },
        onWarning: (message) => this.announcements.note(message),
      });
      this.training = training;
      training.ended.then(
        ({ finished }) => {
          if (isCurrent() && finished) this.store.set({ phase: 'finished' });
        },
        (error: Error) => {
          if (!isCurrent()) return;
          this.store.set({ phase: 'failed' });
          if (hasStarted) this.announcements.problem(error.message);
          else reject(error);
        },
      );
    });
  }

  /** Decides what a pause of the worker means. */
  private take(runOn: boolean): void {
    const { phase, updates } = this.store.state;
    if (runOn) this.store.set({ phase: 'running' });
    if (runOn || phase === 'running') this.goOn();
    else this.store.set({ phase: updates.length === 0 ? 'ready' : 'paused' });
  }

  /** The next update, or all that follow, as the pace asks. */
  private goOn(): void {
    const { pace } = this.store.state.settings;
    if (pace === 0) {
      this.training!.proceed();
      return;
    }
    const waitMs = Math.max(0, this.lastStep + 1000 / pace - performance.now());
    this.timer = window.setTimeout(() => {
      this.timer = undefined;
      this.lastStep = performance.now();
      this.training!.step();
    }, waitMs);
  }

  private keepPace(before: Settings): void {
    const { phase, settings } = this.store.state;
    if (settings.pace === before.pace || phase !== 'running') return;
    if (this.timer !== undefined) {
      this.stopTimer();
      this.goOn();
    } else {
      // the pause that follows goes on at the new pace
      this.training!.pause();
    }
  }

  private add({ row, timesteps, policy }: TrainingIteration): void {
    const { updates, settings } = this.store.state;
    const { trustRegion } = settings;
    this.store.set({ updates: [...updates, { row, trustRegion }], timesteps, current: policy });
    keep(this.place!);
  }

  /** Ends the run at its last whole update; undefined where there is none or it failed. */
  private end(): Promise<TrainingEnd | undefined> {
    this.stopTimer();
    this.training?.stop();
    return this.training?.ended.catch(() => undefined) ?? Promise.resolve(undefined);
  }

  private stopTimer(): void {
    window.clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** What a run from a file began with is made anew from its options. */
  private showUntrained({ environment, options }: TrainingStart): void {
    const { generation } = this;
    const beginning = train({
      environment,
      ...options,
      ...COMMON,
      threads: 1,
      paused: true,
      workerUrl: WORKER_URL,
      onStart: ({ policy }) => {
        if (generation === this.generation) this.store.set({ untrained: policy });
        beginning.close();
      },
    });
  }
}

/**
 * Strict kernels: a link gives the same run in every browser. One core is left to the page, which draws; the bits do not
 * depend on it.
 */
const COMMON = {
  reproducible: true,
  threads: globalThis.crossOriginIsolated ? Math.max(1, navigator.hardwareConcurrency - 1) : 1,
} as const;

/** The rows that the checkpoint has seen; a line that a kill broke off comes after them. */
function updatesOf(files: Readonly<RunFiles>, { iteration, options }: TrainingStart): Update[] {
  const text = new TextDecoder().decode(files['progress.jsonl']);
  const rows = text.split('\n', iteration).map((line) => JSON.parse(line) as ProgressRow);
  return rows.map((row) => ({ row, trustRegion: options.algorithm === 'trpo' }));
}
