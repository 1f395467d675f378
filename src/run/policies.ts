import { PolicyProblem, type PolicyProblemSpec } from '../algorithms/policyProblem.js';
import type { Platform } from '../platform/platform.js';
import type { Policy } from '../policy/policy.js';
import { decodePolicy } from '../policy/policyFile.js';
import { compileKernels, createEngine } from '../wasm/load.js';
import { chooseVariant } from '../wasm/variant.js';
import { readPolicyBytes } from './policyBytes.js';
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
