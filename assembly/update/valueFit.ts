import { PURPOSE_MINIBATCHES } from '../random/variates';
import { shardCountFor } from '../shards/shardRows';
import { ValueFit } from '../shards/valueFit';
import { PREDICT_VALUES, VALUE_GRADIENT, VALUE_LOSS } from '../team/jobs';
import { forEachShard } from '../team/team';
import { runEpoch } from './epoch';

/** values [rows] = V of the fit's rows. */
export function predictBatchValues(fit: usize, values: usize): void {
  const f = changetype<ValueFit>(fit);
  forEachShard(f, PREDICT_VALUES, values, 0.0, shardCountFor(f.rows));
}

/** Mean over rows of (V(s) - target)^2. */
export function valueLoss(fit: usize): f64 {
  const f = changetype<ValueFit>(fit);
  const shards = shardCountFor(f.rows);
  forEachShard(f, VALUE_LOSS, 0, 0.0, shards);
  let sum = 0.0;
  for (let shard = 0; shard < shards; shard++) sum += load<f64>(f.shardLosses + (<usize>shard << 3));
  return sum / <f64>f.rows;
}

/** One pass of Adam steps down the squared error over all rows; see runEpoch. Returns the steps made so far. */
export function fitValueEpoch(
  fit: usize,
  minibatchRows: i32,
  learningRate: f64,
  key0: u32,
  key1: u32,
  epoch: u32,
  stepsBefore: i32,
): i32 {
  return runEpoch(
    changetype<ValueFit>(fit), VALUE_GRADIENT, minibatchRows, learningRate, key0, key1, epoch, PURPOSE_MINIBATCHES,
    stepsBefore,
  );
}
