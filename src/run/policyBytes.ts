import { describeGiven } from '../environments/describeGiven.js';
import { FileError, OptionError } from '../errors.js';
import type { Platform } from '../platform/platform.js';
import { bytesFrom } from '../policy/givenBytes.js';
import type { Policy } from '../policy/policy.js';
import { readPolicyFile } from '../policy/policyFile.js';
import { fromFirst } from '../ranks/agreement.js';
import type { Ranks } from '../ranks/ranks.js';
import type { InitialPolicy } from '../training/initialPolicy.js';
import { RunDirectory } from './runDirectory.js';

/** The file of a trained policy or of a checkpoint, as a path (of its run folder, too) or as bytes. */
export type PolicyFile = string | Uint8Array | ArrayBuffer;

/** The bytes that are given or that a path leads to, and how messages name them. Throws FileError, and OptionError for anything else. */
export async function readGivenPolicy(
  platform: Platform,
  given: PolicyFile,
): Promise<{ readonly file: string; readonly bytes: Uint8Array }> {
  if (typeof given === 'string') return readPolicyBytes(platform, given);
  const bytes = bytesFrom(given);
  if (bytes !== undefined) return { file: 'policy', bytes };
  throw new OptionError(
    `loadPolicy was given ${describeGiven(given)}; give the path of a policy.safetensors, of a checkpoint.safetensors or of a run folder, or the bytes of such a file`,
  );
}

/** Throws OptionError, which tells what was given by its kind alone, for what is no path. */
export function requirePath(name: string, given: unknown): void {
  if (typeof given === 'string') return;
  throw new OptionError(`${name} is ${describeGiven(given)}; give the path of a folder as text`);
}

/** The policy file that a path names, or that the run folder it names holds. FileError: there is none. */
export async function readPolicyBytes(
  platform: Platform,
  path: string,
): Promise<{ readonly file: string; readonly bytes: Uint8Array }> {
  const kind = await platform.fileKind(path);
  if (kind === 'missing') {
    throw new FileError(`${path} does not exist; give a run folder or a policy.safetensors`);
  }
  const file = kind === 'directory' ? (await RunDirectory.open(platform, path)).policyPath : path;
  if (!(await platform.exists(file))) {
    throw new FileError(`${file} does not exist; the run has not finished an iteration yet`);
  }
  return { file, bytes: await platform.readFile(file) };
}

/** A trained policy: the path of its file or of its run folder, the bytes of its file, or the policy itself. */
export type PolicySource = string | Uint8Array | ArrayBuffer | Policy;

/**
 * The policy that a run is to start from, if one is given. Of several ranks the first reads the file. Throws FileError or MismatchError naming its file, OptionError for
 * what is neither a path nor bytes nor a policy.
 */
export async function initialPolicyFrom(
  platform: Platform,
  given: PolicySource | undefined,
  ranks?: Ranks,
): Promise<InitialPolicy | undefined> {
  if (given === undefined) return undefined;
  if (typeof given === 'string') {
    const { file, bytes } = await fromFirst(ranks, () => readPolicyBytes(platform, given));
    return { name: file, ...readPolicyFile(bytes, file) };
  }
  const name = 'initialPolicy';
  const bytes = bytesFrom(given);
  if (bytes !== undefined) return { name, ...readPolicyFile(bytes, name) };
  // not instanceof: wasm-trpo/edge has a class of its own
  if (typeof given === 'object' && given !== null && 'snapshot' in given) return { name, ...given.snapshot };
  throw new OptionError(
    `initialPolicy is ${describeGiven(given)}; give the path of a policy.safetensors or of a run folder, the bytes of such a file, or a policy`,
  );
}
