import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../src/files/json.js';

const LIMITS = { depth: 4, marks: 200 };

/** What parseJson makes of a text: its value, or the fault. */
function outcomeOf(text: string, limits = LIMITS): { value?: unknown; fault?: string } {
  try {
    const refuse = (fault: string): never => {
      throw new Refusal(fault);
    };
    return { value: parseJson(text, 'it', limits, refuse) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { fault: error.message };
  }
}

class Refusal extends Error {}

/** As JSON.parse does it, but for the limits. */
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
const marksOf = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  const entries = Object.values(value);
  const keys = Array.isArray(value) ? 0 : entries.length;
  return (
    1 +
    keys +
    Math.max(0, entries.length - 1) +
    entries.reduce<number>((sum, entry) => sum + marksOf(entry), 0)
  );
};

describe('parseJson', () => {
  test('reads what JSON.stringify wrote, with any keys and texts, as far as the limits allow', () => {
    const values = fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' });
    fc.assert(
      fc.property(
        values,
        fc.nat(6),
        fc.nat(40),
        fc.constantFrom(undefined, 1),
        (value, depth, marks, space) => {
          const text = JSON.stringify(value, null, space);
          const { value: read, fault } = outcomeOf(text, { depth, marks });
          const parsed: unknown = JSON.parse(text);
          if (depthOf(parsed) > depth) expect(fault).toBe(`it is nested deeper than ${depth} levels`);
          else if (marksOf(parsed) > marks) expect(fault).toBe(`it has more than ${marks} entries`);
          else expect(read).toEqual(parsed);
        },
      ),
      { seed: 1, numRuns: 1000 },
    );
  });

  test('tells a fault exactly where JSON.parse throws, and nothing else ends it', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '"a"',
      '1',
      '-',
      'null',
      ' ',
      '\u0000',
      'e9',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        const { value, fault } = outcomeOf(text, { depth: 20, marks: 20 });
        let parsed: unknown;
        try {
          parsed = JSON.parse(text);
        } catch {
          expect(fault).toMatch(/^it is not JSON/);
          return;
        }
        // a key twice is lost in the value
        if (JSON.stringify(parsed).length === text.replaceAll(' ', '').length) expect(value).toEqual(parsed);
      }),
      { seed: 2, numRuns: 3000 },
    );
  });

  test.each([
    '{"a":1,"a":1}',
    '{"b":{"a":1,"c":[{"x":0,"x":0}]}}',
    '{"a":1,"\\u0061":2}',
    '{"__proto__":1,"__proto__":2}',
  ])('a key that is there twice is refused: %s', (text) => {
    expect(outcomeOf(text).fault).toBe('it has a key twice');
  });

  test('a key such as __proto__ is a key like any other', () => {
    const { value } = outcomeOf('{"__proto__":{"a":1},"constructor":2,"":{}}');
    expect(Object.entries(value as object)).toEqual([
      ['__proto__', { a: 1 }],
      ['constructor', 2],
      ['', {}],
    ]);
    expect(({} as { a?: number }).a).toBeUndefined();
  });

  test('depth and entries are limited before anything is made of them', () => {
    expect(outcomeOf('['.repeat(10_000_000)).fault).toBe('it is nested deeper than 4 levels');
    expect(outcomeOf(`[${'0,'.repeat(1_000_000)}0]`).fault).toBe('it has more than 200 entries');
    expect(outcomeOf(`"${'[{,:'.repeat(1_000_000)}"`).value).toHaveLength(4_000_000);
  });
});
