import { describe, expect, test } from 'vitest';
import { StreamPurpose } from '../../../src/random/philox.js';
import { playgroundOf } from '../support/playground.js';
import { VARIANTS } from '../support/wasm.js';

const COUNT = 200_000;

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

describe.each(VARIANTS)('standard normals in %s', (variant) => {
  const draw = (stream: number, count = COUNT) => {
    const playground = playgroundOf(variant);
    const out = playground.float32Room(count);
    playground.kernels.standardNormals(out.pointer, count, 9, 0, stream, StreamPurpose.initialization);
    return out.view.slice();
  };
  const normals = draw(0);
  /** Five standard deviations of a mean of COUNT numbers of this variance. */
  const limit = (variance: number) => 5 * Math.sqrt(variance / COUNT);

  test('have the moments 0, 1, 0, 3', () => {
    expect(Math.abs(mean(normals))).toBeLessThan(limit(1));
    expect(Math.abs(mean(normals.map((x) => x ** 2)) - 1)).toBeLessThan(limit(2));
    expect(Math.abs(mean(normals.map((x) => x ** 3)))).toBeLessThan(limit(15));
    expect(Math.abs(mean(normals.map((x) => x ** 4)) - 3)).toBeLessThan(limit(96));
  });

  test('fall into intervals as often as they should', () => {
    // P(x < b) of the standard normal
    const shares = [
      [-2, 0.0227501],
      [-1, 0.1586553],
      [0, 0.5],
      [0.5, 0.6914625],
      [1.5, 0.9331928],
    ];
    for (const [bound, share] of shares) {
      const below = mean(normals.map((x) => (x < bound ? 1 : 0)));
      expect(Math.abs(below - share)).toBeLessThan(limit(share * (1 - share)));
    }
  });

  test('are finite, within 5.77, and independent of their neighbours, partners and other streams', () => {
    expect(Math.max(...normals.map(Math.abs).subarray(0, 100_000))).toBeLessThan(5.77);
    const others = draw(1);
    expect(Math.abs(mean(normals.map((x, i) => x * others[i])))).toBeLessThan(limit(1));
    for (const lag of [1, 4, 8]) {
      const products = normals.subarray(lag).map((x, i) => x * normals[i]);
      expect(Math.abs(mean(products))).toBeLessThan(limit(1) * 1.01);
    }
  });

  test('do not depend on how many are drawn', () => {
    expect(draw(0, 64)).toEqual(normals.slice(0, 64));
  });
});
