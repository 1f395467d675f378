import { describe, expect, test } from 'vitest';
import { CONTRACTS } from './contracts/index.js';
import { relativeError } from './support/closeness.js';
import { moduleOf, VARIANTS, type Variant } from './support/wasm.js';

describe.each(CONTRACTS)(
  '$kernel is within $tolerance of its twin',
  ({ builds, lengths, tolerance, compare }) => {
    test.each(builds)('in %s', (build) => {
      for (const length of lengths) {
        for (const { actual, expected, label = '' } of compare(build, length)) {
          expect(relativeError(actual, expected), `length ${length} ${label}`).toBeLessThanOrEqual(tolerance);
        }
      }
    });
  },
);

describe('the contract table', () => {
  /** Descriptions and sizes: numbers come out of the kernels that use them. */
  const DESCRIBES =
    /^(describe|set|network|differingInputs|rowTile|tiledRows|shardCountFor|minibatchShardCount)|^preconditioner|Bytes$/;
  /** They give no numbers, only bring threads together: test/threads sees that the results stay the same. */
  const MEETINGS = ['workInTeam', 'closeRound'];

  test.each([...VARIANTS, 'parts'] as const)('has a row for every kernel of %s', (build) => {
    const kernels = WebAssembly.Module.exports(moduleOf(build))
      .filter(({ kind, name }) => kind === 'function' && !DESCRIBES.test(name) && !MEETINGS.includes(name))
      .map(({ name }) => name);
    const tested = new Set(CONTRACTS.map(({ kernel }) => kernel));
    // it only tells tests where a number lies
    tested.add('panelOffsetOf');
    expect(kernels.filter((name) => !tested.has(name))).toEqual([]);
  });

  test('runs every kernel of the main index in every variant', () => {
    for (const variant of VARIANTS as readonly Variant[]) {
      const names = new Set(WebAssembly.Module.exports(moduleOf(variant)).map(({ name }) => name));
      const missing = CONTRACTS.filter(
        ({ kernel, builds }) => names.has(kernel) && !builds.includes(variant),
      );
      expect(missing.map(({ kernel }) => kernel)).toEqual([]);
    }
  });
});
