import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../environments/environment.js';
import { environmentList } from '../environments/index.js';
import { EnvironmentError, FileError, OptionError } from '../errors.js';
import { drawn, isGymnasium } from '../gymnasium/gymnasiumSource.js';
import { nodePlatform } from '../platform/node.js';
import type { Policy } from '../policy/policy.js';
import { RunDirectory } from '../run/runDirectory.js';
import { environmentOfRun } from '../run/runEnvironment.js';
import { chooseExport, loadEnvironmentModule } from '../vector/environmentModule.js';
import { makeOne, requireSource } from '../vector/environmentSource.js';
import type { MovableSource } from '../vector/givenSource.js';
import type { VectorEnvironment } from '../vector/vectorEnvironment.js';
import type { Flags, FlagValues } from './arguments.js';
import { type GymnasiumValues, gymnasiumArguments, gymnasiumFlags, gymnasiumOf } from './gymnasiumFlags.js';

/** An environment as it is given to a command. */
export interface GivenEnvironment {
  /** Name in logs and files: a known one, or that of the module's file and of its export, unless that is the default one. */
  readonly name: string;
  readonly source: MovableSource;
}

/** How an environment is given, for the help of commands. */
export const ENVIRONMENT_HELP = `ENVIRONMENT is a known name ("trpo environments" lists them), or the path of a module of yours: ./corridor.js for its default
export or its only class or function, ./corridor.js#makeCorridor for the one of that name. gym:ID is an environment of Gymnasium
in Python ("trpo environments --gym" lists them), such as gym:LunarLander-v3, and atari:GAME a game of ale-py, such as atari:Pong.`;

const MODULE = /^(?<path>.*\.[cm]?[jt]sx?)(?:#(?<name>[^#/\\]+))?$/s;
const FILE_ADDRESS = /^file:\/\//i;
const LOOKS_LIKE_PATH = /[/\\]|^\.|\.(json|wasm|py)$/;

/**
 * The environment that a text on the command line names; paths start from the working folder. Throws EnvironmentError for an
 * unknown name or a module without the export, FileError for a missing module.
 */
export async function givenEnvironment(
  text: string,
  values: GymnasiumValues = {},
): Promise<GivenEnvironment> {
  const source = gymnasiumOf(text, values);
  if (source !== undefined) return { name: source.name, source };
  if (isKnown(text)) return { name: text, source: text };
  const { path: given, name: asked } = MODULE.exec(text)?.groups ?? {};
  if (given === undefined) return { name: text, source: unknownSource(text) };
  const path = FILE_ADDRESS.test(given) ? fileURLToPath(given) : given;
  const { file, address } = nodePlatform.modules!.find('.', path);
  const kind = await nodePlatform.fileKind(file);
  if (kind !== 'file') {
    const fault = kind === 'missing' ? 'does not exist' : 'is a folder';
    throw new FileError(
      `The environment module ${given} ${fault} (looked for ${file}); paths start from the working folder`,
    );
  }
  const chosen = chooseExport(given, await loadEnvironmentModule(address), asked);
  return {
    name: chosen === 'default' ? basename(file) : `${basename(file)}#${chosen}`,
    source: { module: address, export: chosen },
  };
}

/** Whether it is the name of one of this package's environments. */
export function isKnown(name: string): boolean {
  return environmentList.some(({ id }) => id === name);
}

/** The environment's name as a part of a folder's name: "corridor-makeCorridor" for "corridor.js#makeCorridor". */
export function folderNameOf(name: string): string {
  return name.replace(/\.[cm]?[jt]sx?(?=#|$)/, '').replace(/[^\p{L}\p{N}._-]+/gu, '-');
}

/** Flags of commands that play with a policy, in the environment of its run or another. */
export const playingFlags = {
  environment: {
    type: 'string',
    placeholder: 'ENVIRONMENT',
    help: "another than the run's, or where its module is now",
  },
  ...gymnasiumFlags,
} as const satisfies Flags;

type PlayingFlags = Pick<FlagValues<typeof playingFlags>, keyof typeof playingFlags>;

/** What `work` makes of the environment that `environmentFor` finds, which is closed after it. */
export async function playingIn<Result>(
  policy: Policy,
  path: string,
  { isDrawn = false, ...given }: PlayingFlags & { readonly isDrawn?: boolean },
  work: (environment: Environment | VectorEnvironment) => Promise<Result>,
): Promise<Result> {
  const { name, source } = await environmentFor(policy, path, given);
  const environment = await makeOne(isDrawn && isGymnasium(source) ? drawn(source) : source, name);
  try {
    return await work(environment);
  } finally {
    await environment.close?.();
  }
}

/**
 * One environment for a policy to play in: the one that is given, else that of the policy's run, else the known one of its
 * name. path: of the policy, a run folder or a file in one.
 */
async function environmentFor(
  policy: Policy,
  path: string,
  { environment, ...values }: PlayingFlags,
): Promise<GivenEnvironment> {
  return environment === undefined ? trainedIn(policy, path, values) : givenEnvironment(environment, values);
}

async function trainedIn({ spec }: Policy, path: string, values: GymnasiumValues): Promise<GivenEnvironment> {
  const name = spec.environmentName;
  const hasFlags = gymnasiumArguments(values).length > 0;
  const isFolder = (await nodePlatform.fileKind(path)) === 'directory';
  const folder = isFolder ? path : nodePlatform.joinPath(path, '..');
  if (await RunDirectory.isRun(nodePlatform, folder)) {
    const { config } = await RunDirectory.open(nodePlatform, folder);
    // a policy from elsewhere may lie there
    if (config.environment === name && config.environmentModule !== undefined && !hasFlags) {
      return { name, source: await environmentOfRun(nodePlatform, folder, config) };
    }
  }
  const source = gymnasiumOf(name, values);
  if (source !== undefined) return { name, source };
  if (isKnown(name)) return { name, source: name };
  throw new OptionError(
    `The policy of ${path} was trained in "${name}", which is no known environment, and no config.json beside it says where its module is; give --environment MODULE, such as --environment ./corridor.js`,
  );
}

/** Throws EnvironmentError: what is neither a known name nor a module. */
function unknownSource(text: string): string {
  if (LOOKS_LIKE_PATH.test(text)) {
    throw new EnvironmentError(
      `"${text}" names no environment module: one ends in .js, .mjs, .cjs, .ts, .mts or .cts, with # and the name of an export after it where there are several`,
    );
  }
  try {
    requireSource(text);
    return text;
  } catch (cause) {
    throw new EnvironmentError(
      `${(cause as Error).message}; a module of yours is given by its path, such as ./corridor.js`,
      { cause },
    );
  }
}
