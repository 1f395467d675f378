import { describe, expect, test } from 'vitest';
import { FileError } from '../../src/errors.js';
import { nodePlatform } from '../../src/platform/node.js';
import { RunDirectory } from '../../src/run/runDirectory.js';

const SOUND = {
  format: 'wasm-trpo/run',
  ...{ environment: 'CartPole-v1', options: { maxKl: 0.05, hiddenSizes: [8] } },
  ...{ variant: 'simd', version: '0.1.0', platform: 'Node.js 20' },
};

function open(text: string): Promise<RunDirectory> {
  const platform = { ...nodePlatform, exists: async () => true, readTextFile: async () => text };
  return RunDirectory.open(platform, 'a-run');
}

describe('config.json', () => {
  test('gives the options of the run, and the defaults of those that it does not name', async () => {
    const { config } = await open(JSON.stringify(SOUND));
    expect(config).toMatchObject({ environment: 'CartPole-v1', variant: 'simd', version: '0.1.0' });
    expect(config.options).toMatchObject({ maxKl: 0.05, hiddenSizes: [8], gamma: 0.99 });
  });

  test('without the places that tell of its origin says that they are unknown', async () => {
    const { config } = await open(
      JSON.stringify({ ...SOUND, version: { toString: 1 }, platform: undefined }),
    );
    expect(config).toMatchObject({ version: 'unknown', platform: 'unknown' });
  });

  test.each([
    ['null', 'its format is not'],
    ['{"format":"wasm-trpo/run"', 'its text is not JSON'],
    [JSON.stringify({ ...SOUND, format: 'other' }), 'its format is not "wasm-trpo/run"'],
    [JSON.stringify({ ...SOUND, environment: 7 }), 'its environment is not a name'],
    [JSON.stringify({ ...SOUND, environmentModule: './task.js' }), 'its environmentModule has no path'],
    [JSON.stringify({ ...SOUND, environmentModule: { path: 'task.js' } }), 'no path and export'],
    [JSON.stringify({ ...SOUND, environmentModule: { path: '', export: 'x' } }), 'no path and export'],
    [JSON.stringify({ ...SOUND, options: 'maxKl' }), 'its options are not an object'],
    [JSON.stringify({ ...SOUND, options: { maxKl: -1 } }), 'Option maxKl = -1'],
    [JSON.stringify({ ...SOUND, options: { maxkl: 1 } }), 'did you mean "maxKl"?'],
    [JSON.stringify({ ...SOUND, options: { ['x'.repeat(1_000_000)]: 1 } }), 'There is no option'],
    [JSON.stringify(SOUND).replace('"maxKl"', '"__proto__":{},"maxKl"'), 'There is no option "__proto__"'],
    [JSON.stringify(SOUND).replace('"maxKl"', '"maxKl":0.01,"maxKl"'), 'a key twice'],
    [
      JSON.stringify(SOUND).replace('[8]', `${'['.repeat(100_000)}${']'.repeat(100_000)}`),
      'nested deeper than 8 levels',
    ],
  ])('is refused by name, with the way out (%#)', async (text, fault) => {
    const error = await open(text).catch((cause: Error) => cause);
    expect(error).toBeInstanceOf(FileError);
    const { message } = error as FileError;
    expect(message).toMatch(/^a-run.config\.json/);
    expect(message).toContain(fault);
    expect(message).toMatch(/; (it is damaged|it was altered)/);
  });
});
