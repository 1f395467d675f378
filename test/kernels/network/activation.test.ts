import { describe, expect, test } from 'vitest';
import { ACTIVATION_KINDS } from '../../../src/network/networkSpec.js';
import { partsPlayground } from '../support/playground.js';

describe.each(ACTIVATION_KINDS)('%s', (kind) => {
  const number = ACTIVATION_KINDS.indexOf(kind);

  function activated(z: number): number {
    const playground = partsPlayground();
    const values = playground.float32([z, 0, 0, 0]);
    const derivative = playground.float32Room(4);
    playground.kernels.activate(number, values.pointer, derivative.pointer, 4);
    return values.view[0];
  }

  test('keeps NaN', () => {
    expect(activated(NaN)).toBe(NaN);
  });

  test('is 0 at 0, so that padding stays 0', () => {
    expect(Math.abs(activated(0))).toBe(0);
  });

  test('stays finite for large finite numbers', () => {
    expect(Number.isFinite(activated(1e30))).toBe(true);
    expect(Number.isFinite(activated(-1e30))).toBe(true);
  });
});
