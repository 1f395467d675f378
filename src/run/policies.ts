import { PolicyProblem, type PolicyProblemSpec } from '../algorithms/policyProblem.js';
import { FileError } from '../errors.js';
import type { Platform } from '../platform/platform.js';
import type { Policy } from '../policy/policy.js';
import { decodePolicy } from '../policy/policyFile.js';
import { compileKernels, createEngine } from '../wasm/load.js';
import { chooseVariant } from '../wasm/variant.js';
import { RunDirectory } from './runDirectory.js';
import type { RuntimeOptions } from './trainAndResume.js';

/** The policy in a policy file or a run folder. Throws FileError or MismatchError naming the file. */
export async function loadPolicy(
  platform: Platform,
  path: string,
  { reproducible = false }: RuntimeOptions = {},
): Promise<Policy> {
  const { file, bytes } = await readPolicyBytes(platform, path);
  const module = await compileKernels(await platform.readKernels(chooseVariant(reproducible)));
  return decodePolicy(createEngine(module), bytes, file);
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

/** A problem on kernels of its own. Throws ShapeError or NonFiniteError for arrays that do not fit. */
export async function createPolicyProblem(
  platform: Platform,
  spec: PolicyProblemSpec,
  { reproducible = false }: RuntimeOptions = {},
): Promise<PolicyProblem> {
  return new PolicyProblem(
    await compileKernels(await platform.readKernels(chooseVariant(reproducible))),
    spec,
  );
}
