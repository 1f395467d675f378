import { ClippedAscent, clippedGradientOfShard } from '../shards/clippedSurrogate';
import { fisherVectorProductOfShard } from '../shards/fisherVectorProduct';
import { Minibatches, stepOfRange } from '../shards/minibatches';
import { PolicyBatch } from '../shards/policyBatch';
import { evaluateShard, logProbabilitiesOfShard, surrogateGradientOfShard } from '../shards/surrogate';
import { unitSlopesOfShard } from '../shards/unitSlopes';
import { predictShard, ValueFit, valueGradientOfShard, valueLossOfShard } from '../shards/valueFit';

/** Work that is cut into shards. */
export const SURROGATE_GRADIENT: i32 = 0;
export const FISHER_VECTOR_PRODUCT: i32 = 1;
export const EVALUATE_POLICY: i32 = 2;
export const LOG_PROBABILITIES: i32 = 3;
export const VALUE_GRADIENT: i32 = 4;
export const VALUE_LOSS: i32 = 5;
export const PREDICT_VALUES: i32 = 6;
export const ADAM_STEP: i32 = 7;
export const CLIPPED_GRADIENT: i32 = 8;
export const UNIT_SLOPES: i32 = 9;

/** One shard of a job: `subject` is its batch or fit, `argument` and `number` what the job needs besides. */
export function runShard(
  job: i32,
  subject: usize,
  argument: usize,
  number: f64,
  shard: i32,
  scratch: usize,
): void {
  if (job == SURROGATE_GRADIENT) {
    surrogateGradientOfShard(changetype<PolicyBatch>(subject), shard, scratch);
  } else if (job == FISHER_VECTOR_PRODUCT) {
    fisherVectorProductOfShard(changetype<PolicyBatch>(subject), shard, scratch);
  } else if (job == EVALUATE_POLICY) {
    evaluateShard(changetype<PolicyBatch>(subject), argument, number, shard, scratch);
  } else if (job == LOG_PROBABILITIES) {
    logProbabilitiesOfShard(changetype<PolicyBatch>(subject), argument, shard, scratch);
  } else if (job == VALUE_GRADIENT) {
    valueGradientOfShard(changetype<ValueFit>(subject), shard, scratch);
  } else if (job == VALUE_LOSS) {
    valueLossOfShard(changetype<ValueFit>(subject), shard, scratch);
  } else if (job == UNIT_SLOPES) {
    unitSlopesOfShard(changetype<PolicyBatch>(subject), argument, shard);
  } else if (job == ADAM_STEP) {
    stepOfRange(changetype<Minibatches>(subject), <i32>argument, number, shard);
  } else if (job == CLIPPED_GRADIENT) {
    clippedGradientOfShard(changetype<ClippedAscent>(subject), shard, scratch);
  } else {
    predictShard(changetype<ValueFit>(subject), argument, shard, scratch);
  }
}
