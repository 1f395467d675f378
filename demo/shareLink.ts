import {
  isKnownEnvironment,
  LEAST_TIMESTEPS,
  MOST_TIMESTEPS,
  PACES,
  type Settings,
  settingsFor,
  sliders,
} from './settings.js';

/** Names of the settings in a link. */
const PARAMETERS = {
  environment: 'task',
  trustRegion: 'trust',
  maxKl: 'delta',
  damping: 'damping',
  lambda: 'lambda',
  batch: 'batch',
  seed: 'seed',
  timesteps: 'steps',
  pace: 'pace',
  explores: 'noise',
} as const satisfies Record<keyof Settings, string>;

const DEFAULT_ENVIRONMENT = 'CartPole-v1';

/** The query of a link that holds all settings. */
export function toQuery(settings: Settings): string {
  const query = new URLSearchParams();
  for (const [name, parameter] of Object.entries(PARAMETERS)) {
    const value = settings[name as keyof Settings];
    query.set(parameter, typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value));
  }
  return `?${query}`;
}

export interface LinkReading {
  readonly settings: Settings;
  /** What was wrong with the link; its place in the settings is then the task's own. */
  readonly problems: readonly string[];
}

/** The settings of a link; what it does not name is as the task begins with. */
export function fromQuery(search: string): LinkReading {
  const query = new URLSearchParams(search);
  const problems: string[] = [];
  const asked = query.get(PARAMETERS.environment) ?? DEFAULT_ENVIRONMENT;
  const environment = isKnownEnvironment(asked) ? asked : DEFAULT_ENVIRONMENT;
  if (environment !== asked) {
    problems.push(
      `The link asks for the task "${asked}", which is unknown; ${environment} is shown instead.`,
    );
  }
  const start = settingsFor(environment);
  const read = (name: NumberSetting): number => {
    const text = query.get(PARAMETERS[name]);
    if (text === null) return start[name];
    const value = Number(text);
    if (text.trim() !== '' && fits(name, value)) return value;
    problems.push(
      `The link's ${PARAMETERS[name]} = "${text}" is not ${RULES[name].words}; ${start[name]} is used instead.`,
    );
    return start[name];
  };
  const readSwitch = (name: SwitchSetting): boolean => {
    const text = query.get(PARAMETERS[name]) ?? 'on';
    if (text !== 'on' && text !== 'off') {
      problems.push(`The link's ${PARAMETERS[name]} = "${text}" is not on or off; it is on.`);
    }
    return text !== 'off';
  };
  const settings: Settings = {
    environment,
    trustRegion: readSwitch('trustRegion'),
    maxKl: read('maxKl'),
    damping: read('damping'),
    lambda: read('lambda'),
    batch: read('batch'),
    seed: read('seed'),
    timesteps: read('timesteps'),
    pace: read('pace'),
    explores: readSwitch('explores'),
  };
  return { settings, problems };
}

type SwitchSetting = 'trustRegion' | 'explores';
export type NumberSetting = Exclude<keyof Settings, 'environment' | SwitchSetting>;

/** Whether a number is one that the setting can have. */
export function fits(name: NumberSetting, value: number): boolean {
  return RULES[name].fits(value);
}

interface Rule {
  readonly words: string;
  fits(value: number): boolean;
}

const RULES: Readonly<Record<NumberSetting, Rule>> = {
  ...(Object.fromEntries(
    sliders.map(({ name, min, max, scale }) => [name, ranged(min, max, scale)]),
  ) as Record<(typeof sliders)[number]['name'], Rule>),
  seed: whole(0, Number.MAX_SAFE_INTEGER),
  timesteps: whole(LEAST_TIMESTEPS, MOST_TIMESTEPS),
  pace: { words: `one of ${PACES.join(', ')}`, fits: (value) => PACES.includes(value) },
};

function ranged(min: number, max: number, scale: (typeof sliders)[number]['scale']): Rule {
  if (scale !== 'powersOfTwo') {
    return { words: `a number from ${min} to ${max}`, fits: (value) => value >= min && value <= max };
  }
  return {
    words: `a power of two from ${min} to ${max}`,
    fits: (value) => value >= min && value <= max && Number.isInteger(Math.log2(value)),
  };
}

function whole(min: number, max: number): Rule {
  return {
    words: `a whole number from ${min} to ${max}`,
    fits: (value) => Number.isInteger(value) && value >= min && value <= max,
  };
}
