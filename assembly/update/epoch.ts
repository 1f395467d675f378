import { at } from '../linear/lanes';
import { transposeWeights } from '../network/chain';
import { Scratch } from '../network/scratch';
import { below, philox4x32 } from '../random/philox';
import { Minibatches, startMinibatch, stepRangeCount } from '../shards/minibatches';
import { ADAM_STEP } from '../team/jobs';
import { callerScratch, forEachShard } from '../team/team';

/**
 * One pass over all rows in a random order (the stream (key0, key1) of the purpose at `epoch`), an Adam step for each
 * minibatch; the last minibatch may be smaller. `gradientJob` computes the gradients of the minibatch's shards, whose sum
 * is stepped against. `stepsBefore` Adam steps were made before; returns how many there are now.
 */
export function runEpoch(
  m: Minibatches,
  gradientJob: i32,
  minibatchRows: i32,
  learningRate: f64,
  key0: u32,
  key1: u32,
  epoch: u32,
  purpose: u32,
  stepsBefore: i32,
): i32 {
  shuffleRows(m, key0, key1, epoch, purpose);
  let steps = stepsBefore;
  for (let first = 0; first < m.rows; first += minibatchRows) {
    const shards = startMinibatch(m, first, minibatchRows);
    transposeWeights(m.network, m.parameters, m.transposed);
    forEachShard(m, gradientJob, 0, 0.0, shards);
    forEachShard(m, ADAM_STEP, ++steps, learningRate, stepRangeCount(m));
  }
  return steps;
}

/** order = a random permutation of the rows (Fisher and Yates), from the epoch's own stream. */
function shuffleRows(m: Minibatches, key0: u32, key1: u32, epoch: u32, purpose: u32): void {
  for (let i = 0; i < m.rows; i++) store<u32>(at(m.order, i), i);
  const words = changetype<Scratch>(callerScratch(m)).words;
  for (let i = m.rows - 1; i > 0; i--) {
    const word = (m.rows - 1 - i) & 3;
    if (word == 0) {
      philox4x32(words, key0, key1, <u32>(m.rows - 1 - i) >> 2, 0, epoch, purpose);
    }
    const other = below(load<u32>(words + (<usize>word << 2)), i + 1);
    const kept = load<u32>(at(m.order, i));
    store<u32>(at(m.order, i), load<u32>(at(m.order, other)));
    store<u32>(at(m.order, other), kept);
  }
}
