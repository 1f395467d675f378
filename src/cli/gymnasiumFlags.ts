import { OptionError } from '../errors.js';
import { isObject } from '../files/json.js';
import {
  atari,
  type GymnasiumOptions,
  type GymnasiumSource,
  gymnasium,
  type JsonValue,
} from '../gymnasium/gymnasiumSource.js';
import type { Flags, FlagValues } from './arguments.js';

/** How Gymnasium makes an environment, for commands that take one. */
export const gymnasiumFlags = {
  'env-arg': {
    type: 'string',
    multiple: true,
    placeholder: 'NAME=JSON',
    help: 'with gym: and atari:, an argument of the environment, such as continuous=true; repeatable',
  },
  wrapper: {
    type: 'string',
    multiple: true,
    placeholder: 'NAME=JSON',
    help: 'with gym:, a wrapper of gymnasium.wrappers, or module:Class, and its arguments: RescaleReward={"scale": 2}; repeatable',
  },
  import: {
    type: 'string',
    multiple: true,
    placeholder: 'MODULE',
    help: 'with gym:, what registers environments: a module, or module:function to call; repeatable',
  },
  python: {
    type: 'string',
    placeholder: 'PATH',
    help: 'with gym: and atari:, the Python (default $TRPO_PYTHON, the active virtual environment, python3)',
  },
  'gym-server': {
    type: 'string',
    placeholder: 'HOST:PORT',
    help: 'with gym: and atari:, a running "trpo gym-server" in place of a Python of one\'s own',
  },
} as const satisfies Flags;

export type GymnasiumValues = Pick<FlagValues<typeof gymnasiumFlags>, keyof typeof gymnasiumFlags>;

const NAMES = Object.keys(gymnasiumFlags) as (keyof typeof gymnasiumFlags)[];

const OF_PYTHON = /^(?<kind>gym|atari):(?<id>.+)$/s;

/** Whether a text names an environment of Python. */
export function isOfPython(text: string): boolean {
  return OF_PYTHON.test(text);
}

/** The environment that "gym:ID" or "atari:GAME" names; undefined for another text. Throws OptionError for flags that are wrong. */
export function gymnasiumOf(text: string, values: GymnasiumValues = {}): GymnasiumSource | undefined {
  const { kind, id } = OF_PYTHON.exec(text)?.groups ?? {};
  const given = NAMES.filter((name) => values[name] !== undefined);
  if (kind === undefined) {
    if (given.length === 0) return undefined;
    throw new OptionError(
      `--${given[0]} with ${text}: it is for environments of Python, gym:ID and atari:GAME; leave it out`,
    );
  }
  const options: GymnasiumOptions = {
    args: Object.fromEntries((values['env-arg'] ?? []).map((text) => assigned('env-arg', text))),
    wrappers: (values.wrapper ?? []).map(wrapperOf),
    import: values.import ?? [],
    python: values.python,
    server: values['gym-server'],
  };
  if (kind === 'gym') return gymnasium(id, options);
  if (values.wrapper !== undefined) {
    throw new OptionError(
      `--wrapper with ${text}: wrappers are for gym:ID; AtariVectorEnv prepares its frames itself, see --env-arg`,
    );
  }
  const { wrappers: _, ...others } = options;
  return atari(id, others);
}

/** These flags as they were given, for another command. */
export function gymnasiumArguments(values: GymnasiumValues): string[] {
  return NAMES.flatMap((name) => [values[name] ?? []].flat().flatMap((text) => [`--${name}`, text]));
}

function assigned(flag: string, text: string): [name: string, value: JsonValue] {
  const { name, json } = /^(?<name>[^=]+)=(?<json>.*)$/s.exec(text)?.groups ?? {};
  if (name === undefined) {
    throw new OptionError(`--${flag} ${text}: write NAME=JSON, such as frameskip=1 or mode="hard"`);
  }
  try {
    return [name, JSON.parse(json)];
  } catch (cause) {
    throw new OptionError(
      `--${flag} ${text}: ${json} is not JSON; numbers, true, false and null stand as they are, a text in quotation marks: '${name}="${json}"'`,
      { cause },
    );
  }
}

function wrapperOf(text: string) {
  if (!text.includes('=')) return text;
  const [name, args] = assigned('wrapper', text);
  if (isObject(args)) return { name, args: args as Readonly<Record<string, JsonValue>> };
  throw new OptionError(
    `--wrapper ${text}: its arguments are no JSON object; write ${name}={"NAME": VALUE}, or ${name} alone`,
  );
}
