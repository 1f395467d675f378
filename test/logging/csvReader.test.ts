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

test('numbers of any size are numbers; what is not finite and dates stay texts', () => {
  const text = 'a,b,c,d,e\n1e300,-9007199254740993, 5 ,nan,2024-01-01T00:00:00Z\ntrue,inf,0x10,1e999,false\n';
  expect(readCsvRows(text, 'progress.csv')).toEqual([
    { a: 1e300, b: -9007199254740992, c: 5, d: 'nan', e: '2024-01-01T00:00:00Z' },
    { a: true, b: 'inf', c: 16, d: '1e999', e: false },
  ]);
});

test('a column named __proto__ is a column', () => {
  const [row] = readCsvRows('__proto__,constructor\n1,2\n', 'progress.csv');
  expect(Object.entries(row)).toEqual([
    ['__proto__', 1],
    ['constructor', 2],
  ]);
});

test('more columns, rows, commas or quotation marks than a log has are refused', () => {
  const wide = Array.from({ length: 1001 }, (_, i) => `c${i}`).join(',');
  expect(() => readCsvRows(`${wide}\n1\n`, 'x.csv')).toThrow(/^x\.csv .* more than 1000 columns; restore/);
  expect(() => readCsvRows(`a,b\n${','.repeat(20_000)}`, 'x.csv')).toThrow(/more than 10000 commas/);
  expect(() => readCsvRows(`a,b\n"${'a"x\n'.repeat(1_000_000)}`, 'x.csv')).toThrow(/1000000 quotation marks/);
  expect(() => readCsvRows(`a,b\n${'1,1\n'.repeat(1_000_001)}`, 'x.csv')).toThrow(/more than 1000000 rows/);
});
