import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { optionsMarkdown } from '../../scripts/optionsMarkdown.js';
import { algorithmOptions } from '../../src/algorithms/index.js';
import { environmentList } from '../../src/environments/index.js';
import { OptionError } from '../../src/errors.js';
import { searchOptions } from '../../src/search/index.js';
import {
  completeOptions,
  defaultOptions,
  type OptionName,
  optionGroups,
  optionNames,
  parseOption,
  readersOf,
} from '../../src/training/options.js';
import { optionsOfRun } from '../../src/training/trainingPlan.js';
import { tunedFor, tunedOptions } from '../../src/training/tunedOptions.js';

describe('the option table', () => {
  test('every default passes its own check', () => {
    expect(completeOptions(defaultOptions)).toEqual(defaultOptions);
  });

  test('every default survives the way through text', () => {
    for (const name of optionNames) {
      const value = defaultOptions[name];
      const text = Array.isArray(value) ? value.join(',') : String(value);
      expect(parseOption(name, text)).toEqual(value);
    }
  });

  test('tuned options are of known environments and pass their checks', () => {
    const known = environmentList.map(({ id }) => id);
    for (const [name, options] of Object.entries(tunedOptions)) {
      // those of Python are known to Gymnasium alone
      if (!/^(gym|atari):/.test(name)) expect(known).toContain(name);
      expect(() => completeOptions(options)).not.toThrow();
    }
  });

  test("Gymnasium's tasks start as the package's own, games of ale-py all alike", () => {
    expect(tunedFor('gym:Hopper-v5')).toBe(tunedOptions['Hopper-v5']);
    expect(tunedFor('gym:LunarLander-v3')).toBe(tunedOptions['gym:LunarLander-v3']);
    expect(tunedFor('atari:Breakout')).toBe(tunedOptions['atari:*']);
    expect(tunedFor('toString')).toEqual({});
  });

  test('docs/reference/options.md is made from it', () => {
    const written = readFileSync(new URL('../../docs/reference/options.md', import.meta.url), 'utf8');
    expect(written).toBe(optionsMarkdown());
  });
});

describe('an option that the run does not read', () => {
  test.each([
    [
      { algorithm: 'vpg', maxBacktracks: 5 },
      'maxBacktracks = 5: algorithm = "vpg"',
      'give algorithm = "trpo"',
    ],
    [{ ppoClip: 0.1 }, 'ppoClip = 0.1: algorithm = "trpo"', 'give algorithm = "ppo"'],
    [{ algorithm: 'ppo', maxKl: 0.02 }, 'maxKl = 0.02: algorithm = "ppo"', '"trpo", "npg", "vpg"'],
    [{ learningRate: 1 }, 'learningRate = 1: algorithm = "trpo"', 'give algorithm = "npg", "vpg"'],
    [{ algorithm: 'cem', steps: 9 }, 'steps = 9: algorithm = "cem"', '"trpo", "npg", "vpg", "ppo"'],
    [{ algorithm: 'cem', searchCovariance: 'full' }, 'searchCovariance = "full"', 'algorithm = "cma-es"'],
    [{ vineStates: 8 }, 'vineStates = 8: sampling = "singlePath"', 'give sampling = "vine"'],
    [{ algorithm: 'cem', vineStates: 8 }, 'vineStates = 8: algorithm = "cem"', 'give algorithm = "trpo"'],
    [{ guardEpisodes: 8 }, 'guardEpisodes = 8: guard = false', 'give guard = true'],
    // the default too: it was given in the belief that it acts
    [{ algorithm: 'npg', maxBacktracks: 10 }, 'maxBacktracks = 10', 'give algorithm = "trpo"'],
  ])('%o is refused, with what reads it', (given, fault, wayOut) => {
    const refuse = () => optionsOfRun('CartPole-v1', given);
    expect(refuse).toThrow(OptionError);
    expect(refuse).toThrow(`Option ${fault}`);
    expect(refuse).toThrow('does not read it; leave it out, or give ');
    expect(refuse).toThrow(wayOut);
  });

  test.each([
    { algorithm: 'npg', maxKl: 0.02, damping: 0.2, learningRate: 0.5 },
    { algorithm: 'ppo', ppoEpochs: 3, gamma: 0.9, guard: true, guardEpisodes: 9 },
    { sampling: 'vine', vineStates: 8, klConstraint: 'max' },
    { algorithm: 'cma-es', searchCovariance: 'diagonal', searchEpisodes: 3, seed: 4, hiddenSizes: [4] },
    { algorithm: 'vpg', maxBacktracks: undefined },
  ])('%o is read', (given) => {
    expect(optionsOfRun('CartPole-v1', given)).toMatchObject(
      Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    );
  });

  test('of the tuned ones of its environment is left aside', () => {
    expect(tunedOptions['Ant-v5'].cgPreconditionerRows).toBeGreaterThan(0);
    expect(() => optionsOfRun('Ant-v5', { algorithm: 'ppo' })).not.toThrow();
  });

  test('every option has a reader, and every algorithm reads its own', () => {
    for (const name of optionNames) expect(readersOf(name).algorithms.length).toBeGreaterThan(0);
    for (const [algorithm, options] of Object.entries({ ...algorithmOptions, ...searchOptions })) {
      for (const name of Object.keys(options)) {
        expect(readersOf(name as OptionName).algorithms).toContain(algorithm);
      }
    }
    const grouped = optionGroups().flatMap(({ names }) => names);
    expect([...grouped].sort()).toEqual([...optionNames].sort());
  });
});

describe('checks', () => {
  test('later layers win; undefined leaves a value as it is', () => {
    const options = completeOptions({ gamma: 0.5, steps: 10 }, { gamma: 0.25, steps: undefined });
    expect(options).toMatchObject({ gamma: 0.25, steps: 10 });
  });

  test.each<[OptionName, unknown]>([
    ['gamma', 1.01],
    ['gamma', -0.01],
    ['gamma', Number.NaN],
    ['gamma', '0.9'],
    ['maxKl', 0],
    ['steps', 0],
    ['steps', 2.5],
    ['seed', -1],
    ['seed', 2 ** 53],
    ['hiddenSizes', [64, 0]],
    ['hiddenSizes', 64],
    ['activation', 'gelu'],
    ['scaleRewards', 1],
  ])('%s = %s is refused with its rule', (name, value) => {
    expect(() => completeOptions({ [name]: value })).toThrow(OptionError);
    expect(() => completeOptions({ [name]: value })).toThrow(new RegExp(`^Option ${name} = .*: it must be `));
  });

  test.each([
    ['steps', '', /whole number/],
    ['steps', '1e99', /from 1 to/],
    ['scaleRewards', 'yes', /true or false/],
    ['hiddenSizes', '64,x', /whole numbers/],
    ['gama', '1', /did you mean "gamma"/],
    ['__proto__', '1', /no option/],
  ])('text for %s: "%s"', (name, text, message) => {
    expect(() => parseOption(name, text)).toThrow(OptionError);
    expect(() => parseOption(name, text)).toThrow(message);
  });

  test('no hidden layers can be said as none', () => {
    expect(parseOption('hiddenSizes', 'none')).toEqual([]);
  });
});
