import { FileError, OptionError } from '../errors.js';
import type { Platform } from '../platform/platform.js';
import { bytesFrom } from '../policy/givenBytes.js';
import type { Policy } from '../policy/policy.js';
import { readPolicyFile } from '../policy/policyFile.js';
import type { InitialPolicy } from '../training/initialPolicy.js';
import { RunDirectory } from './runDirectory.js';

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
 * The policy that a run is to start from, if one is given. Throws FileError or MismatchError naming its file, OptionError for
 * what is neither a path nor bytes nor a policy.
 */
export async function initialPolicyFrom(
  platform: Platform,
  given: PolicySource | undefined,
): Promise<InitialPolicy | undefined> {
  if (given === undefined) return undefined;
  if (typeof given === 'string') {
    const { file, bytes } = await readPolicyBytes(platform, given);
    return { name: file, ...readPolicyFile(bytes, file) };
  }
  const name = 'initialPolicy';
  const bytes = bytesFrom(given);
  if (bytes !== undefined) return { name, ...readPolicyFile(bytes, name) };
  // not instanceof: wasm-trpo/edge has a class of its own
  if (typeof given === 'object' && given !== null && 'snapshot' in given) return { name, ...given.snapshot };
  const isObject = typeof given === 'object' && given !== null;
  const what = isObject ? `an object with ${Object.keys(given).join(', ') || 'nothing'}` : String(given);
  throw new OptionError(
    `initialPolicy is ${what}; give the path of a policy.safetensors or of a run folder, the bytes of such a file, or a policy`,
  );
}
