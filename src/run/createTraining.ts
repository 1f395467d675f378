import { OptionError } from '../errors.js';
import type { Platform } from '../platform/platform.js';
import { isSearch } from '../search/index.js';
import { PolicySearch } from '../training/policySearch.js';
import { Trainer, threadCount } from '../training/trainer.js';
import type { TrainerRuntime, Training } from '../training/training.js';
import { planOf, type TrainerOptions, type TrainingPlan } from '../training/trainingPlan.js';
import { compileKernels } from '../wasm/load.js';
import { chooseVariant, kernelFile, type Variant } from '../wasm/variant.js';
import { initialPolicyFrom } from './policyBytes.js';
import type { RuntimeOptions, StartOptions } from './requests.js';

/**
 * Builds a trainer on this platform. Throws OptionError for the algorithms that have none, cem and cma-es, and MismatchError
 * naming what differs where `initialPolicy` does not fit.
 */
export async function createTrainer(
  platform: Platform,
  // a program in JavaScript may give nothing at all, and is told what is missing
  { reproducible = false, initialPolicy, ...options } = {} as TrainerOptions & RuntimeOptions & StartOptions,
): Promise<Trainer> {
  const plan = planOf(options, await initialPolicyFrom(platform, initialPolicy));
  return Trainer.ofPlan(await runtimeOf(platform, chooseVariant(reproducible), plan.threads), plan);
}

/** What the plan's algorithm is run by. */
export async function createTraining(
  platform: Platform,
  variant: Variant,
  plan: TrainingPlan,
): Promise<Training> {
  if (!isSearch(plan.options.algorithm)) {
    return Trainer.ofPlan(await runtimeOf(platform, variant, plan.threads), plan);
  }
  if (plan.ranks !== undefined) {
    throw new OptionError(
      `algorithm = "${plan.options.algorithm}" on ${plan.ranks.size} ranks: candidates of a search are played one after the other by one process; use trpo, npg, vpg or ppo, or one process`,
    );
  }
  // candidates are played one after the other
  return PolicySearch.ofPlan(await runtimeOf(platform, variant, 1), plan);
}

async function runtimeOf(
  platform: Platform,
  variant: Variant,
  threads: number | undefined,
): Promise<TrainerRuntime> {
  const { threading, yieldToEventLoop, limitCall } = platform;
  const isShared = threadCount(threads, threading) > 1;
  const module = await compileKernels(await platform.readKernels(kernelFile(variant, isShared)));
  return {
    ...{ module, variant, yieldToEventLoop, limitCall },
    ...(isShared ? { threading: { ...threading!, module } } : {}),
  };
}
