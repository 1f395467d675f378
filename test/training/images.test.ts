import { describe, expect, test } from 'vitest';
import { createPolicy } from '../../src/edge/createPolicy.js';
import { makeEnvironment, WallBreaker } from '../../src/environments/index.js';
import { Discrete } from '../../src/environments/spaces.js';
import { MismatchError, OptionError } from '../../src/errors.js';
import { hiddenLayers } from '../../src/network/imageNetworks.js';
import { networkSpec } from '../../src/network/networkSpec.js';
import { parameterCount } from '../../src/network/parameterLayout.js';
import { createTrainer, evaluate, policyToJavaScript, resume, train } from '../../src/node.js';
import { readPolicyFile } from '../../src/policy/policyFile.js';
import { policySpec } from '../../src/policy/policySpec.js';
import { edgeModule, mainPolicy, twinOutputs } from '../edge/support.js';
import { temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();
const QUICK = {
  environment: 'WallBreaker-v0',
  network: '8x3',
  ...{ hiddenSizes: [8], valueHiddenSizes: [8], valueEpochs: 1, steps: 16, environments: 4, timesteps: 192 },
  reproducible: true,
} as const;

test("the paper's network has its 33,458 parameters", () => {
  const count = (actions: number, network: string, shape: number[]) =>
    parameterCount(networkSpec(shape, hiddenLayers(network, [], 'tanh'), actions));
  expect(count(6, 'paper', [52, 40, 4])).toBe(33_458);
  expect(count(9, 'paper', [52, 40, 4])).toBe(33_521);
  expect(count(6, 'nature', [84, 84, 4])).toBe(1_687_206);
});

describe('training on images', () => {
  test('gives the same bits with any threads', async () => {
    const [one, two, three] = await Promise.all(
      [1, 2, 3].map(async (threads) => (await train({ ...QUICK, threads })).trainer.encodePolicy()),
    );
    expect(two).toEqual(one);
    expect(three).toEqual(one);
  });

  test('goes on in the middle of a game, to the bit', async () => {
    const whole = await train({ ...QUICK, threads: 1, runDirectory: folder.path('whole') });
    await train({ ...QUICK, threads: 2, timesteps: 64, runDirectory: folder.path('half') });
    const { trainer } = await resume({ runDirectory: folder.path('half'), timesteps: 192 });
    expect(trainer.encodePolicy()).toEqual(whole.trainer.encodePolicy());
  });

  test.each([
    { algorithm: 'npg' },
    { algorithm: 'vpg' },
    { algorithm: 'ppo' },
    { algorithm: 'cem', searchEpisodes: 1, timesteps: 50 },
    { sampling: 'vine' },
    { fisher: 'empirical' },
    { fisherFraction: 0.25 },
    { guard: true },
    { network: '8x3same,16x3/2', activation: 'silu' },
  ] as const)('runs with %j, and changes the weights', async (options) => {
    const rows: Record<string, unknown>[] = [];
    const { steps, environments, valueHiddenSizes, valueEpochs, ...common } = QUICK;
    const search = 'searchEpisodes' in options;
    const { trainer } = await train({
      ...(search ? common : QUICK),
      threads: 1,
      ...options,
      onIteration: ({ row }: { row: Record<string, unknown> }) => void rows.push(row),
    } as never);
    expect(rows.length).toBeGreaterThan(0);
    const parameters = trainer.policy.getParameters();
    expect(parameters.every(Number.isFinite)).toBe(true);
    expect(new Set(parameters).size).toBeGreaterThan(100);
    const report = await evaluate(trainer.policy, makeEnvironment('WallBreaker-v0'), { episodes: 2 });
    expect(Number.isFinite(report.meanReturn)).toBe(true);
  });

  test('the policy acts at the edge to the bit, in JavaScript within rounding, and as the float64 twin', async () => {
    const { trainer } = await train({ ...QUICK, threads: 1, policyOutputGain: 2 });
    const bytes = trainer.encodePolicy();
    expect(readPolicyFile(bytes, 'policy').normalizer).toBeUndefined();
    const [main, edge] = [mainPolicy(bytes), createPolicy(edgeModule(), bytes)];
    const module = await import(
      /* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(policyToJavaScript(bytes)).toString('base64')}`
    );
    const game = new WallBreaker();
    let observation = Array.from(game.reset({ seed: 1 }).observation);
    for (let step = 0; step < 10; step++) {
      const { probabilities } = main.distribution(observation) as { probabilities: readonly number[] };
      expect(edge.distribution(observation)).toEqual({ probabilities });
      const logits = twinOutputs(bytes, observation);
      const weights = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
      const sum = weights.reduce((total, weight) => total + weight, 0);
      probabilities.forEach((probability, i) => {
        expect(Math.abs(probability - weights[i] / sum)).toBeLessThan(1e-5);
        expect(Math.abs(probability - module.distribution(observation).probabilities[i])).toBeLessThan(1e-5);
      });
      const outcome = game.step(edge.act(observation, { deterministic: true }));
      observation = Array.from(outcome.terminated ? game.reset().observation : outcome.observation);
    }
  });

  test('a run starts from its policy, and from no other network', async () => {
    const { trainer } = await train({ ...QUICK, threads: 1 });
    const started = await createTrainer({
      ...{ environment: 'WallBreaker-v0', initialPolicy: trainer.encodePolicy(), steps: 16, threads: 1 },
    });
    expect(started.options).toMatchObject({ network: '8x3', hiddenSizes: [8] });
    expect(started.policy.getParameters()).toEqual(trainer.policy.getParameters());
    await started.close();
    await expect(
      createTrainer({
        environment: 'WallBreaker-v0',
        initialPolicy: trainer.encodePolicy(),
        network: '16x3',
      }),
    ).rejects.toThrow(MismatchError);
  });
});

test('of a convolution filters count as units, which learn where they learn at any position', async () => {
  const options = { ...QUICK, activation: 'relu', threads: 1, timesteps: 64 } as const;
  const { trainer } = await train(options);
  const { parameters } = readPolicyFile(trainer.encodePolicy(), 'policy');
  const shares = async (initialPolicy: Uint8Array) => {
    let row: Record<string, unknown> = {};
    await train({
      ...{
        environment: options.environment,
        initialPolicy,
        steps: 16,
        environments: 4,
        timesteps: 64,
        threads: 1,
      },
      onIteration: (iteration) => {
        row = iteration.row;
      },
    });
    return row['train/inactive_filters_1'];
  };
  expect(await shares(trainer.encodePolicy())).toBe(0);
  // biases [8] follow the weights [3 x 3 x 4 x 8] of the first layer
  parameters[3 * 3 * 4 * 8 + 2] = -1000;
  trainer.policy.setParameters(parameters);
  expect(await shares(trainer.encodePolicy())).toBe(1 / 8);
});

describe('what does not fit is refused', () => {
  test.each<[object, RegExp]>([
    [
      { network: 'grid', hiddenSizes: [8] },
      /hiddenSizes = \[8\]: network = "grid" says its dense layers itself/,
    ],
    [{ network: '8x3', environment: 'CartPole-v1' }, /its input has the shape \[4\]; it takes images/],
    [
      { network: 'nature' },
      /kernelSize is 8, and its input has the shape \[10,10,4\]; give 10 or less|kernelSize is 4/,
    ],
    [{ network: '8by3' }, /Option network = "8by3": it must be dense, paper, grid, nature, or convolutions/],
    [{ network: '8x3', cgPreconditionerRows: 4 }, /cgPreconditionerRows = 4: .*is no outer product/],
  ])('%j', async (wrong, message) => {
    const made = createTrainer({ environment: 'WallBreaker-v0', threads: 1, steps: 16, ...wrong } as never);
    await expect(made).rejects.toThrow(OptionError);
    await expect(made).rejects.toThrow(message);
  });

  test('a search of many weights', async () => {
    const run = train({ environment: 'WallBreaker-v0', algorithm: 'cma-es', network: 'grid', timesteps: 50 });
    await expect(run).rejects.toThrow(OptionError);
    await expect(run).rejects.toThrow(
      /algorithm = "cma-es": the policy has 132,179 weights, a search tries 30,000 at most; give a smaller network/,
    );
  });

  test('a policy is for bytes of its shape', () => {
    const spec = policySpec(
      'Mine',
      { shape: [10, 10, 4], dtype: 'uint8' },
      new Discrete(3),
      hiddenLayers('grid', [], 'tanh'),
      false,
    );
    expect(spec.observationSize).toBe(400);
  });
});
