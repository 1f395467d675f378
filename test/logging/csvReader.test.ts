import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FileError } from '../../src/errors.js';
import { readCsvRows } from '../../src/logging/csvReader.js';

test('numbers, texts and empty cells, as the logger of Stable-Baselines3 writes them', () => {
  const text = 'time/iterations,train/loss,note\n1,,"a ""b"", c"\n2,-1.5e-3,\n';
  expect(readCsvRows(text, 'progress.csv')).toEqual([
    { 'time/iterations': 1, 'train/loss': null, note: 'a "b", c' },
    { 'time/iterations': 2, 'train/loss': -0.0015, note: null },
  ]);
});

test('a last line that is cut off keeps what it has', () => {
  expect(readCsvRows('a,b,c\n1,2,3\n4,5', 'progress.csv')).toEqual([
    { a: 1, b: 2, c: 3 },
    { a: 4, b: 5 },
  ]);
});

test('any text is read, or refused with the name of the file', () => {
  expect(() => readCsvRows('{"not": "csv"}', 'x.csv')).toThrow(FileError);
  expect(() => readCsvRows('a,b\n1,2,3\n4,5\n', 'x.csv')).toThrow(
    /^x\.csv is no CSV file of progress: row 1/,
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), (text) => {
      try {
        return Array.isArray(readCsvRows(text, 'x.csv'));
      } catch (error) {
        return error instanceof FileError;
      }
    }),
  );
});
