import type { Ranks } from '../ranks/ranks.js';
import type { Training } from '../training/training.js';
import type { EnvironmentSource } from '../vector/givenSource.js';
import type { TrainRequest } from './requests.js';

/** Tells where threads have no environment to step. */
export function warnOfThreads(
  trainer: Training,
  environment: EnvironmentSource | undefined,
  ranks: Ranks | undefined,
  onWarning: TrainRequest['onWarning'],
): void {
  warnOfFunction(trainer, environment, onWarning);
  warnOfIdleThreads(trainer, ranks, onWarning);
}

/** An environment given as a function cannot move to other threads; with several of them that is worth knowing. */
function warnOfFunction(
  trainer: Training,
  environment: EnvironmentSource | undefined,
  onWarning: TrainRequest['onWarning'],
): void {
  if (typeof environment !== 'function' || trainer.threads === 1 || trainer.options.environments === 1)
    return;
  onWarning?.(
    `environments given as a function stay on the calling thread; to step them in ${trainer.threads} threads, give { module: 'absolute URL', export: 'name of the function' }`,
  );
}

/** Threads of ranks without an environment wait while the others collect. */
function warnOfIdleThreads(
  { threads, options: { environments } }: Training,
  ranks: Ranks | undefined,
  onWarning: TrainRequest['onWarning'],
): void {
  if (ranks === undefined || environments >= ranks.size * threads) return;
  onWarning?.(
    `environments = ${environments} on ${ranks.size} ranks of ${threads} threads: only ${environments} threads step one; ${ranks.size * threads} would keep all of them busy, with other results`,
  );
}
