import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { optionsMarkdown } from '../../scripts/optionsMarkdown.js';
import { environmentList } from '../../src/environments/index.js';
import { OptionError } from '../../src/errors.js';
import {
  completeOptions,
  defaultOptions,
  type OptionName,
  optionNames,
  parseOption,
} from '../../src/training/options.js';
import { tunedOptions } from '../../src/training/tunedOptions.js';

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
      expect(known).toContain(name);
      expect(() => completeOptions(options)).not.toThrow();
    }
  });

  test('docs/reference/options.md is made from it', () => {
    const written = readFileSync(new URL('../../docs/reference/options.md', import.meta.url), 'utf8');
    expect(written).toBe(optionsMarkdown());
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
