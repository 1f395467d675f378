import { expect, test } from 'vitest';
import { makeEnvironment } from '../../src/environments/index.js';
import { evaluate } from '../../src/evaluation/evaluate.js';
import type { Policy } from '../../src/policy/policy.js';
import { decodePolicy } from '../../src/policy/policyFile.js';
import { Trainer } from '../../src/training/trainer.js';
import type { TrainerOptions } from '../../src/training/trainingPlan.js';
import { createEngine } from '../../src/wasm/load.js';
import { moduleOf } from '../kernels/support/wasm.js';
import { testRuntime } from '../support/runtime.js';

async function runToLast(options: TrainerOptions): Promise<Trainer> {
  const trainer = await Trainer.create(testRuntime(), options);
  for await (const _ of trainer.iterations());
  return trainer;
}

test.each([1, 2])(
  'a guard under steps that are far too large, CartPole-v1, seed %i: what is lost without it is kept',
  async (seed) => {
    const options = {
      environment: 'CartPole-v1',
      algorithm: 'vpg',
      learningRate: 50,
      timesteps: 24_000,
      seed,
    } as const;
    const returnOf = async (policy: Policy) =>
      (await evaluate(policy, makeEnvironment('CartPole-v1'), { episodes: 20 })).meanReturn;
    const unguarded = await runToLast(options);
    expect(await returnOf(unguarded.policy)).toBeLessThan(15);
    const guarded = await runToLast({ ...options, guard: true });
    const best = decodePolicy(createEngine(moduleOf('simd')), guarded.encodeBestPolicy()!, 'best');
    expect(await returnOf(best)).toBeGreaterThan(100);
  },
);
