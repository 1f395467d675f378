import { copyMask, maskSizeOf } from '../environments/actionMask.js';
import { isMasked } from '../environments/spaces.js';
import { OptionError } from '../errors.js';
import type { PolicySpec } from './policySpec.js';

/** Which choices may be taken: 1 or true for each of them, else 0 or false, part after part. */
export type GivenMask = ArrayLike<number | boolean>;

/**
 * The masks of `count` rows, one after the other; undefined where actions are not masked. nameOf: for messages. Throws OptionError for
 * masks that are missing, none, or not wanted.
 */
export function readMasks(
  { actionSpace, environmentName }: PolicySpec,
  given: readonly GivenMask[] | undefined,
  count: number,
  nameOf: (row: number) => string,
): Uint8Array | undefined {
  if (!isMasked(actionSpace)) {
    if (given === undefined) return undefined;
    throw new OptionError(
      `A mask was given, but this policy for ${environmentName} was trained without masks; leave it out, or train in an environment whose action space is masked`,
    );
  }
  const size = maskSizeOf(actionSpace);
  if (!Array.isArray(given) || given.length !== count) {
    throw new OptionError(
      `This policy for ${environmentName} acts under masks: give one for each observation (mask of act(), masks of actBatch()), ${size} numbers that are 1 for what may be chosen and 0 for what may not, or all 1`,
    );
  }
  const masks = new Uint8Array(count * size);
  given.forEach((mask, row) => {
    const fault = copyMask(actionSpace, mask, masks, row * size);
    if (fault !== undefined) {
      throw new OptionError(`${nameOf(row)} for the policy for ${environmentName} ${fault}`);
    }
  });
  return masks;
}
