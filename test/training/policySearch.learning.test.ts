import { expect, test } from 'vitest';
import { evaluate, loadPolicy, makeEnvironment, train } from '../../src/node.js';
import { temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();

test.each(['cem', 'cma-es'] as const)('%s learns CartPole', async (algorithm) => {
  const runDirectory = folder.path(`${algorithm}-learns`);
  const settings = { environment: 'CartPole-v1', hiddenSizes: [8], seed: 1, timesteps: 60_000 } as const;
  const { trainer, finished } = await train({ ...settings, algorithm, runDirectory });
  expect(finished).toBe(true);
  expect(trainer.totalTimesteps).toBeGreaterThanOrEqual(60_000);
  const policy = await loadPolicy(runDirectory);
  const { meanReturn } = await evaluate(policy, makeEnvironment('CartPole-v1'), { episodes: 20 });
  expect(meanReturn).toBeGreaterThan(400);
  expect(trainer.policy.getParameters()).toEqual(policy.getParameters());
});
