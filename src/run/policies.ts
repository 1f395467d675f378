import { PolicyProblem, type PolicyProblemSpec } from '../algorithms/policyProblem.js';
import { decodeCheckpointPolicy } from '../checkpoint/checkpointPolicy.js';
import { CHECKPOINT_FORMAT } from '../checkpoint/trainerState.js';
import type { ActionSpace } from '../environments/spaces.js';
import { MismatchError } from '../errors.js';
import { metadataOf } from '../files/safetensors.js';
import type { Platform } from '../platform/platform.js';
import type { Policy } from '../policy/policy.js';
import { decodePolicy } from '../policy/policyFile.js';
import { compileKernels, createEngine } from '../wasm/load.js';
import { chooseVariant } from '../wasm/variant.js';
import { type PolicyFile, readGivenPolicy } from './policyBytes.js';
import type { RuntimeOptions } from './requests.js';

/** How to load a policy. */
export interface LoadOptions<Kind extends ActionSpace['kind'] = ActionSpace['kind']> extends RuntimeOptions {
  /** Of which kind its actions must be, so that types know them. MismatchError for a policy of another kind. Default any. */
  readonly actionSpace?: Kind;
}

/** A policy whose actions are of a kind of space. */
export type PolicyOver<Kind extends ActionSpace['kind']> = Policy<
  Extract<ActionSpace, { readonly kind: Kind }>
>;

/**
 * The policy in a policy file, a checkpoint or a run folder, or in the bytes of such a file. That of a checkpoint has its value function,
 * for `policy.value`. Throws FileError or MismatchError naming the file, OptionError for what is neither a path nor bytes.
 */
export async function loadPolicy<Kind extends ActionSpace['kind'] = ActionSpace['kind']>(
  platform: Platform,
  given: PolicyFile,
  { reproducible = false, actionSpace }: LoadOptions<Kind> = {},
): Promise<PolicyOver<Kind>> {
  const { file, bytes } = await readGivenPolicy(platform, given);
  const module = await compileKernels(await platform.readKernels(chooseVariant(reproducible)));
  const isCheckpoint = metadataOf(bytes, file).format === CHECKPOINT_FORMAT;
  const decode = isCheckpoint ? decodeCheckpointPolicy : decodePolicy;
  const policy = decode(createEngine(module), bytes, file);
  const { kind } = policy.spec.actionSpace;
  if (actionSpace !== undefined && kind !== actionSpace) {
    throw new MismatchError(
      `${file} has actions of kind ${kind}, actionSpace is ${JSON.stringify(actionSpace)}; give the right file, or leave actionSpace out`,
    );
  }
  return policy as PolicyOver<Kind>;
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
