import Papa from 'papaparse';
import { FileError } from '../errors.js';
import type { ProgressRow } from './sink.js';

/** The rows of a CSV file with a header line; empty cells are null. Throws FileError naming `path` when it has no such rows. */
export function readCsvRows(text: string, path: string): ProgressRow[] {
  const { data, errors, meta } = Papa.parse<Record<string, unknown>>(text, {
    header: true,
    dynamicTyping: true,
    skipEmptyLines: true,
  });
  // a line that is cut off has too few fields: the last one of a run that goes on, or was killed
  const fault = errors.find(({ code, row }) => code !== 'TooFewFields' || row !== data.length - 1);
  if (fault !== undefined || (meta.fields ?? []).length < 2) {
    const what = fault === undefined ? 'it has no columns' : `row ${(fault.row ?? 0) + 1}: ${fault.message}`;
    throw new FileError(`${path} is no CSV file of progress: ${what}; give the file that the logger wrote`);
  }
  return data.map((row) =>
    Object.fromEntries(Object.entries(row).map(([key, value]) => [key, isCell(value) ? value : null])),
  );
}

function isCell(value: unknown): value is number | string | boolean {
  return (
    typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value !== '')
  );
}
