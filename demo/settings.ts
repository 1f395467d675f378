import {
  defaultOptions,
  EnvironmentError,
  environmentList,
  type TrpoOptions,
  tunedOptions,
} from 'wasm-trpo/browser';

/** All that decides a run of the page, and how fast it is shown. */
export interface Settings {
  readonly environment: string;
  /** Without it a plain policy gradient takes steps of the same length. */
  readonly trustRegion: boolean;
  readonly maxKl: number;
  readonly damping: number;
  readonly lambda: number;
  /** Environment steps of one update, over all environments. */
  readonly batch: number;
  readonly seed: number;
  /** Environment steps of the whole run. */
  readonly timesteps: number;
  /** Updates per second, at most; 0 for as many as can be made. */
  readonly pace: number;
  /** Whether the stages show sampled actions, as training takes them, rather than the most probable ones. */
  readonly explores: boolean;
}

/** The settings that change what is seen, but not the run. */
export type Viewing = Pick<Settings, 'pace' | 'explores'>;

/** A setting that a slider changes. */
export interface SliderSpec {
  readonly name: 'maxKl' | 'damping' | 'lambda' | 'batch';
  readonly label: string;
  readonly symbol: string;
  readonly min: number;
  readonly max: number;
  readonly scale: 'linear' | 'decades' | 'powersOfTwo';
  /** What it does, in a line. */
  readonly says: string;
}

export const sliders: readonly SliderSpec[] = [
  {
    name: 'maxKl',
    label: 'Size of the trust region',
    symbol: 'δ',
    min: 0.001,
    max: 1,
    scale: 'decades',
    says: 'How far one update may move the policy, in KL divergence. Wider learns faster, until updates overshoot.',
  },
  {
    name: 'damping',
    label: 'Damping',
    symbol: '',
    min: 0.0001,
    max: 10,
    scale: 'decades',
    says: 'Added to the Fisher matrix before it is inverted. More makes steps shorter and more like the plain gradient.',
  },
  {
    name: 'lambda',
    label: 'Advantage horizon',
    symbol: 'λ',
    min: 0,
    max: 1,
    scale: 'linear',
    says: 'How far advantages look ahead before they trust the value function: 1 is unbiased but noisy, 0 the reverse.',
  },
  {
    name: 'batch',
    label: 'Batch',
    symbol: '',
    min: 256,
    max: 16384,
    scale: 'powersOfTwo',
    says: 'Steps collected for each update. More give a truer gradient, but fewer updates.',
  },
];

/** Updates per second that can be chosen; 0 stands for no limit. */
export const PACES: readonly number[] = [1, 4, 10, 30, 0];
export const LEAST_TIMESTEPS = 256;
export const MOST_TIMESTEPS = 1e9;
const DEFAULT_PACE = 10;

/** What a task begins with: its tuned options. */
export function settingsFor(
  environment: string,
  { seed = 0, pace = DEFAULT_PACE, explores = true }: Partial<Viewing & Pick<Settings, 'seed'>> = {},
): Settings {
  return settingsOf(environment, { ...startingOptions(environment), seed }, { pace, explores });
}

/** The options that the settings stand for, in a run of so many environments; default: as the task begins with. */
export function optionsOf(
  settings: Settings,
  environments = startingOptions(settings.environment).environments,
): Partial<TrpoOptions> {
  const { trustRegion, maxKl, damping, lambda, batch, seed, timesteps } = settings;
  const algorithm = trustRegion ? 'trpo' : 'vpg';
  const steps = Math.max(1, Math.round(batch / environments));
  return { algorithm, maxKl, damping, lambda, seed, timesteps, steps };
}

/** The settings that stand for the options of a run. */
export function settingsOf(
  environment: string,
  { algorithm, maxKl, damping, lambda, environments, steps, seed, timesteps }: TrpoOptions,
  { pace, explores }: Viewing,
): Settings {
  return {
    environment,
    trustRegion: algorithm === 'trpo',
    maxKl,
    damping,
    lambda,
    batch: environments * steps,
    seed,
    timesteps,
    pace,
    explores,
  };
}

/** EnvironmentError: a task that the page cannot make. */
export function requireKnown(environment: string): void {
  if (isKnownEnvironment(environment)) return;
  throw new EnvironmentError(
    `This belongs to the environment "${environment}", which this page does not have; bring a run or a policy of a task in its list`,
  );
}

/** Whether the page can draw and train it. */
export function isKnownEnvironment(id: string): boolean {
  return environmentList.some((entry) => entry.id === id);
}

/** Whether it is one of MuJoCo's tasks. */
export function isRobot(environment: string): boolean {
  return environmentList.find(({ id }) => id === environment)?.prepare !== undefined;
}

function startingOptions(environment: string): TrpoOptions {
  return { ...defaultOptions, ...tunedOptions[environment] };
}
