import { describeGiven } from '../environments/describeGiven.js';
import { OptionError } from '../errors.js';
import { gymnasiumFile } from '../platform/nodePackageFile.js';
import type { ModuleSource } from '../vector/givenSource.js';

/** A value that JSON can hold. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** A wrapper around an environment in Python. */
export interface GymnasiumWrapper {
  /** Of gymnasium.wrappers, such as "RescaleReward", or "module:Class". */
  readonly name: string;
  /** Its keyword arguments. Default none. */
  readonly args?: Readonly<Record<string, JsonValue>>;
}

/** How Gymnasium makes an environment. */
export interface GymnasiumOptions {
  /** Keyword arguments of gymnasium.make. Default none. */
  readonly args?: Readonly<Record<string, JsonValue>>;
  /** From the inside out. Default none. */
  readonly wrappers?: readonly (string | GymnasiumWrapper)[];
  /** What registers environments: "module" is imported, of "module:function" the function is called. Default nothing. */
  readonly import?: string | readonly string[];
  /** The Python to run. Default $TRPO_PYTHON, else that of the active virtual environment, else python3. */
  readonly python?: string;
  /** "host:port" of a `trpo gym-server`, in place of a Python of one's own. Its token is that of $TRPO_GYM_TOKEN. */
  readonly server?: string;
  /** Whether frames are made to be drawn, with render_mode "rgb_array". Default false. */
  readonly render?: boolean;
}

/** What the bridge is asked for: plain data, which config.json keeps. */
export interface GymnasiumSpec {
  readonly kind: 'gymnasium' | 'atari';
  readonly id: string;
  readonly args?: Readonly<Record<string, JsonValue>>;
  readonly wrappers?: readonly GymnasiumWrapper[];
  readonly imports?: readonly string[];
  readonly python?: string;
  readonly server?: string;
  readonly render?: boolean;
}

/** What makes environments of a spec, in a program's `environment` and in all threads. */
export interface GymnasiumSource extends ModuleSource {
  readonly export: typeof MAKER;
  readonly options: GymnasiumSpec;
  readonly name: string;
}

/** The export of the module that makes them. */
const MAKER = 'makeGymnasium';

/**
 * An environment of Gymnasium, for `train`, `createTrainer`, `resume` and `checkEnvironment`: a Python process for each thread steps
 * it. id: as gymnasium.make takes it. Nothing is started before environments are made. Throws OptionError for options of another form.
 */
export function gymnasium(id: string, options: GymnasiumOptions = {}): GymnasiumSource {
  return sourceOfSpec(specOf('gymnasium', id, options));
}

/**
 * A game of ale-py's AtariVectorEnv, such as "Pong": 84 x 84 grey pixels, four frames each. options.args are keyword arguments of
 * AtariVectorEnv; rewards are not clipped unless they say so. Throws as `gymnasium`.
 */
export function atari(game: string, options: Omit<GymnasiumOptions, 'wrappers'> = {}): GymnasiumSource {
  return sourceOfSpec(specOf('atari', game, options));
}

/** The source of a spec. */
export function sourceOfSpec(options: GymnasiumSpec): GymnasiumSource {
  return { module: gymnasiumFile().href, export: MAKER, options, name: nameOfSpec(options) };
}

/** The same environments, which draw frames too. */
export function drawn(source: GymnasiumSource): GymnasiumSource {
  return { ...source, options: { ...source.options, render: true } };
}

/** Such as "gym:LunarLander-v3". */
export function nameOfSpec({ kind, id }: Pick<GymnasiumSpec, 'kind' | 'id'>): string {
  return `${kind === 'atari' ? 'atari' : 'gym'}:${id}`;
}

/** Whether a source is one of Gymnasium's. */
export function isGymnasium(source: unknown): source is GymnasiumSource {
  return (source as Partial<ModuleSource> | null)?.export === MAKER;
}

function specOf(kind: GymnasiumSpec['kind'], id: unknown, options: GymnasiumOptions): GymnasiumSpec {
  if (typeof id !== 'string' || id === '') {
    throw new OptionError(
      `${kind}() was given ${describeGiven(id)} as the environment; give its id, such as ${kind === 'atari' ? '"Pong"' : '"LunarLander-v3"'}`,
    );
  }
  const known = ['args', 'wrappers', 'import', 'python', 'server', 'render'];
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new OptionError(`${kind}() has no option ${unknown}; its options are ${known.join(', ')}`);
  }
  const { args, wrappers = [], import: given = [], python, server, render } = options;
  if (python !== undefined && server !== undefined) {
    throw new OptionError(
      `python = ${python} and server = ${server}: a server runs a Python of its own; leave one of them out`,
    );
  }
  if (args !== undefined) requireRecord('args', args);
  if (server !== undefined) addressOfServer(server);
  const spec: GymnasiumSpec = {
    kind,
    id,
    args: args === undefined || Object.keys(args).length === 0 ? undefined : args,
    wrappers: wrappers.length === 0 ? undefined : wrappers.map(wrapperOf),
    imports: given.length === 0 ? undefined : [given].flat(),
    ...{ python, server, render },
  };
  // config.json and other threads get it: without what is undefined
  return JSON.parse(JSON.stringify(spec));
}

function wrapperOf(given: string | GymnasiumWrapper): GymnasiumWrapper {
  const wrapper = typeof given === 'string' ? { name: given } : given;
  if (typeof wrapper?.name !== 'string' || wrapper.name === '') {
    throw new OptionError(
      `wrappers has ${describeGiven(given)}; give the name of one of gymnasium.wrappers, "module:Class", or { name, args }`,
    );
  }
  if (wrapper.args !== undefined) requireRecord(`args of the wrapper ${wrapper.name}`, wrapper.args);
  return wrapper;
}

function requireRecord(name: string, given: unknown): void {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return;
  throw new OptionError(`${name} is ${describeGiven(given)}; give keyword arguments: { frameskip: 1 }`);
}

/** Host and port of "host:port". Throws OptionError for another text. */
export function addressOfServer(server: string): { readonly host: string; readonly port: number } {
  const { host, port } = /^(?<host>.+):(?<port>\d+)$/.exec(server)?.groups ?? {};
  if (host === undefined || Number(port) < 1 || Number(port) > 65535) {
    throw new OptionError(`server = ${server}: give "host:port", such as 127.0.0.1:7777`);
  }
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}
