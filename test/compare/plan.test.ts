import { describe, expect, test } from 'vitest';
import { differingOptions, parseSeeds, parseSettings, planRuns } from '../../src/compare/plan.js';
import { EnvironmentError, OptionError } from '../../src/errors.js';
import { completeOptions, type TrpoOptions } from '../../src/training/options.js';
import { tunedOptions } from '../../src/training/tunedOptions.js';

describe('settings', () => {
  test('are algorithms with options, whose values may have commas', () => {
    expect(parseSettings('trpo,cma-es,trpo:lambda=0.9:hiddenSizes=64,32,vpg')).toEqual([
      { name: 'trpo', options: { algorithm: 'trpo' } },
      { name: 'cma-es', options: { algorithm: 'cma-es' } },
      {
        name: 'trpo:lambda=0.9:hiddenSizes=64,32',
        options: { algorithm: 'trpo', lambda: 0.9, hiddenSizes: [64, 32] },
      },
      { name: 'vpg', options: { algorithm: 'vpg' } },
    ]);
  });

  test.each([
    ['trop', /no algorithm "trop" \(did you mean "trpo"\?\)/],
    ['trpo,', /no algorithm ""/],
    ['trpo:lamda=0.9', /no option "lamda" \(did you mean "lambda"\?\)/],
    ['trpo:lambda=2', /lambda = 2: it must be a number from 0 to 1/],
    ['trpo:lambda', /"lambda" must be NAME=VALUE/],
    ['trpo,vpg,trpo', /trpo is given twice/],
  ])('%s is refused with the reason', (text, reason) => {
    expect(() => parseSettings(text)).toThrow(OptionError);
    expect(() => parseSettings(text)).toThrow(reason);
  });
});

describe('seeds', () => {
  test('are a count or a list', () => {
    expect(parseSeeds('3')).toEqual([0, 1, 2]);
    expect(parseSeeds('3,0,12')).toEqual([3, 0, 12]);
  });

  test.each(['0', '-1', '1.5', '', 'a', '1,', '1,-2', '2000', '4,4'])('"%s" is refused', (text) => {
    expect(() => parseSeeds(text)).toThrow(OptionError);
  });
});

describe('a plan', () => {
  const settings = parseSettings('trpo,vpg:learningRate=0.5');
  const environments = ['CartPole-v1', 'Pendulum-v1'];

  test('has every setting in every environment with every seed, all seeds of one kind last', () => {
    const runs = planRuns({ environments, settings, seeds: [4, 5], common: { timesteps: 1000 } });
    expect(runs.map(({ folder }) => folder.join('/'))).toEqual([
      'CartPole-v1/trpo/seed4',
      'CartPole-v1/vpg_learningRate=0.5/seed4',
      'Pendulum-v1/trpo/seed4',
      'Pendulum-v1/vpg_learningRate=0.5/seed4',
      'CartPole-v1/trpo/seed5',
      'CartPole-v1/vpg_learningRate=0.5/seed5',
      'Pendulum-v1/trpo/seed5',
      'Pendulum-v1/vpg_learningRate=0.5/seed5',
    ]);
    expect(runs[3].options).toEqual(
      completeOptions(tunedOptions['Pendulum-v1'], {
        algorithm: 'vpg',
        learningRate: 0.5,
        seed: 4,
        timesteps: 1000,
      }),
    );
  });

  test("a setting's options win over the common ones, and an unknown environment is refused", () => {
    const [run] = planRuns({
      environments: ['CartPole-v1'],
      settings: parseSettings('trpo:lambda=0.5'),
      seeds: [0],
      common: { lambda: 0.7, gamma: 0.9 },
    });
    expect(run.options).toMatchObject({ lambda: 0.5, gamma: 0.9 });
    const request = { settings, seeds: [0], common: {} };
    expect(() => planRuns({ ...request, environments: ['CartPole-v9'] })).toThrow(EnvironmentError);
    expect(() => planRuns({ ...request, environments: ['CartPole-v1', 'CartPole-v1'] })).toThrow(/twice/);
  });

  test('a common option goes to the settings that read it, and is refused where none does', () => {
    const plan = (algorithms: string, common: Partial<TrpoOptions>) =>
      planRuns({ environments: ['CartPole-v1'], settings: parseSettings(algorithms), seeds: [0], common });
    const [trpo, ppo] = plan('trpo,ppo', { maxKl: 0.07, gamma: 0.9 });
    expect(trpo.given).toMatchObject({ maxKl: 0.07, gamma: 0.9 });
    expect(ppo.given).toMatchObject({ gamma: 0.9 });
    expect(ppo.given).not.toHaveProperty('maxKl');
    expect(() => plan('ppo,cem', { maxKl: 0.07 })).toThrow(OptionError);
    expect(() => plan('ppo,cem', { maxKl: 0.07 })).toThrow(/Option maxKl = 0.07: .* does not read it/);
    expect(() => plan('trpo,ppo:maxKl=0.1', {})).toThrow(/algorithm = "ppo" does not read it/);
  });

  test('differing options are named, but those that do not matter', () => {
    const first = completeOptions({ hiddenSizes: [8], timesteps: 5 });
    const second = completeOptions({ hiddenSizes: [8], timesteps: 6, lambda: 0.5 });
    expect(differingOptions(first, second, ['timesteps'])).toEqual(['lambda']);
  });
});
