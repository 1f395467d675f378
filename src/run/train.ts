import type { Platform } from '../platform/platform.js';
import { isFirst, onFirst } from '../ranks/agreement.js';
import { planOf } from '../training/trainingPlan.js';
import { VERSION } from '../version.js';
import { chooseVariant } from '../wasm/variant.js';
import { createAlike } from './alikeOnRanks.js';
import { createTraining } from './createTraining.js';
import { initialPolicyFrom, requirePath } from './policyBytes.js';
import type { TrainRequest, TrainResult } from './requests.js';
import { RunDirectory } from './runDirectory.js';
import { moduleOfRun } from './runEnvironment.js';
import { closingOnFailure, runIterations, whileOwned } from './runIterations.js';
import { warnOfThreads } from './threadWarnings.js';

/** Trains from the start, into a run folder if one is given. OwnershipError: another begins a run there or took it over. */
export async function train(platform: Platform, request = {} as TrainRequest): Promise<TrainResult> {
  const {
    runDirectory,
    sinks = [],
    onStart,
    onIteration,
    columns,
    signal,
    onWarning,
    reproducible,
    initialPolicy,
    ranks,
    ...options
  } = request;
  if (runDirectory !== undefined) requirePath('runDirectory', runDirectory);
  const initial = await initialPolicyFrom(platform, initialPolicy, ranks);
  const trainer = await createAlike(ranks, async () => {
    const plan = { ...planOf(options, initial), ranks };
    // machines differ in what the others compute
    return createTraining(platform, chooseVariant(ranks !== undefined || (reproducible ?? false)), plan);
  });
  if (isFirst(ranks)) warnOfThreads(trainer, options.environment, ranks, onWarning);
  return closingOnFailure(trainer, async () => {
    const tasks = { sinks, onStart, onIteration, columns, signal, ranks };
    if (runDirectory === undefined) return runIterations(trainer, tasks);
    const config = {
      environment: trainer.spec.environmentName,
      environmentModule: moduleOfRun(platform, runDirectory, options.environment),
      initialPolicy: initial && {
        path: typeof initialPolicy === 'string' ? initial.name : undefined,
        environment: initial.spec.environmentName,
      },
      options: trainer.options,
      variant: trainer.variant,
      version: VERSION,
      platform: platform.name,
    };
    const directory = await onFirst(ranks, () =>
      RunDirectory.create(platform, runDirectory, config, initial && trainer.encodePolicy()),
    );
    return whileOwned(directory, () => runIterations(trainer, { ...tasks, directory }));
  });
}
