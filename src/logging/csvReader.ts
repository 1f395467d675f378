import Papa from 'papaparse';
import { FileError } from '../errors.js';
import type { ProgressRow } from './sink.js';

/** Limits of what a file may make a reader reserve. */
const MOST_COLUMNS = 1000;
const MOST_ROWS = 1_000_000;
/** Of a line, those within texts included. */
const MOST_SEPARATORS = 10 * MOST_COLUMNS;
const MOST_QUOTES = 1_000_000;

/**
 * The rows of a CSV file with a header line; empty cells are null, and a last line that was cut off has only the cells that
 * it holds. Throws FileError naming `path` when it has no such rows.
 */
export function readCsvRows(text: string, path: string): ProgressRow[] {
  const refuse = (what: string): never => {
    throw new FileError(
      `${path} is no CSV file of progress: ${what}; restore a copy, or give the file that the logger wrote`,
    );
  };
  requireModest(text, refuse);
  let names: string[] | undefined;
  const rows: ProgressRow[] = [];
  let isCutOff = false;
  // step by step: the cells of a large file as texts take many times its memory
  Papa.parse<string[]>(text, {
    skipEmptyLines: true,
    step: ({ data: cells, errors }) => {
      if (errors.length > 0) refuse(errors[0].message);
      if (names === undefined) {
        if (cells.length > MOST_COLUMNS) refuse(`it has more than ${MOST_COLUMNS} columns`);
        if (new Set(cells).size < cells.length) refuse('two columns have one name');
        names = cells;
        return;
      }
      if (isCutOff || cells.length > names.length) {
        const { length } = isCutOff ? Object.keys(rows[rows.length - 1]) : cells;
        refuse(`row ${rows.length + Number(!isCutOff)} has ${length} cells for ${names.length} columns`);
      }
      if (rows.length === MOST_ROWS) refuse(`it has more than ${MOST_ROWS} rows`);
      isCutOff = cells.length < names.length;
      rows.push(Object.fromEntries(cells.map((cell, i) => [names![i], cellOf(cell)])));
    },
  });
  return rows;
}

/** Before the text is cut into cells: those of a line of commas, and faults of quotes, take many times its memory. */
function requireModest(text: string, refuse: (what: string) => never): void {
  let separators = 0;
  let quotes = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '\n' || character === '\r') separators = 0;
    else if (character === ',' || character === ';' || character === '\t' || character === '|') separators++;
    else if (character === '"') quotes++;
    if (separators > MOST_SEPARATORS) refuse(`a line has more than ${MOST_SEPARATORS} commas`);
    if (quotes > MOST_QUOTES) refuse(`it has more than ${MOST_QUOTES} quotation marks`);
  }
}

function cellOf(text: string): number | string | boolean | null {
  if (text.trim() === '') return null;
  const number = Number(text);
  if (Number.isFinite(number)) return number;
  return text === 'true' || text === 'false' ? text === 'true' : text;
}
