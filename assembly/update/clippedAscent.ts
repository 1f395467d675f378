import { PURPOSE_POLICY_MINIBATCHES } from '../random/variates';
import { ClippedAscent } from '../shards/clippedSurrogate';
import { CLIPPED_GRADIENT } from '../team/jobs';
import { runEpoch } from './epoch';

/** One pass of Adam steps up the clipped surrogate over all rows; see runEpoch. Returns the steps made so far. */
export function ascendClippedEpoch(
  ascent: usize,
  clip: f64,
  minibatchRows: i32,
  learningRate: f64,
  key0: u32,
  key1: u32,
  epoch: u32,
  stepsBefore: i32,
): i32 {
  const a = changetype<ClippedAscent>(ascent);
  a.clip = clip;
  return runEpoch(
    a, CLIPPED_GRADIENT, minibatchRows, learningRate, key0, key1, epoch, PURPOSE_POLICY_MINIBATCHES, stepsBefore,
  );
}
