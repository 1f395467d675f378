import Papa from 'papaparse';
import { FileError } from '../errors.js';
import type { ProgressRow } from './sink.js';

/**
 * The rows of a CSV file with a header line; empty cells are null, and a last line that was cut off has only the cells that
 * it holds. Throws FileError naming `path` when it has no such rows.
 */
export function readCsvRows(text: string, path: string): ProgressRow[] {
  const { data, errors } = Papa.parse<unknown[]>(text, { dynamicTyping: true, skipEmptyLines: true });
  const [header = [], ...lines] = data;
  const names = header.map(String);
  const refuse = (what: string) =>
    new FileError(`${path} is no CSV file of progress: ${what}; give the file that the logger wrote`);
  if (errors.length > 0) throw refuse(errors[0].message);
  if (new Set(names).size < names.length) throw refuse('two columns have one name');
  return lines.map((cells, index) => {
    const isWhole = cells.length === names.length;
    const isCutOff = index === lines.length - 1 && cells.length < names.length;
    if (!isWhole && !isCutOff) {
      throw refuse(`row ${index + 1} has ${cells.length} cells for ${names.length} columns`);
    }
    return Object.fromEntries(cells.map((cell, i) => [names[i], isCell(cell) ? cell : null]));
  });
}

function isCell(value: unknown): value is number | string | boolean {
  return (
    typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value !== '')
  );
}
