import { FileError } from '../errors.js';
import { concatenate } from '../files/concatenate.js';
import { isObject, parseJson, type Refuse } from '../files/json.js';
import type { Confirm, Platform } from '../platform/platform.js';
import { type LogSink, type ProgressRow, progressKey } from './sink.js';

/** Limits of what a file may make a reader reserve. Ours have about 60 columns, and a million rows are nearly 2 GB. */
const MOST_COLUMNS = 1000;
const MOST_ROWS = 1_000_000;
const ROW_LIMITS = { depth: 1, marks: 2 * MOST_COLUMNS };
const NEWLINE = '\n'.charCodeAt(0);

/** Appends each row to a file as one line of JSON, as it happens. */
export class ProgressFile implements LogSink {
  constructor(
    private readonly platform: Platform,
    private readonly path: string,
    private readonly confirm?: Confirm,
  ) {}

  /** JSON has no NaN and no infinities: they are written as null. */
  async write(row: ProgressRow): Promise<void> {
    // One call, so that a kill leaves at most one partial line, and that at the end.
    await this.platform.appendFile(this.path, `${JSON.stringify(row)}\n`, this.confirm);
  }
}

/** The rows of a progress file, without a last line that was cut off; a line that is no row: FileError. */
export async function readProgress(platform: Platform, path: string): Promise<ProgressRow[]> {
  return Array.from(linesOf(await platform.readFile(path), path), ({ row }) => row);
}

/**
 * Drops the rows of later iterations, which a resumed run will write again, and a last line that was cut off.
 * A missing file has nothing to drop. `confirm` as of `replaceFile`. Errors as readProgress.
 */
export async function keepRowsUpTo(
  platform: Platform,
  path: string,
  iteration: number,
  confirm?: Confirm,
): Promise<void> {
  if (!(await platform.exists(path))) return;
  const file = await platform.readFile(path);
  const kept: Uint8Array[] = [];
  let length = 0;
  for (const { bytes, row } of linesOf(file, path)) {
    if (Number(row[progressKey.iterations]) > iteration) continue;
    kept.push(bytes, Uint8Array.of(NEWLINE));
    length += bytes.length + 1;
  }
  // an owner's file is new even when all rows stay: a suspended process may have the old one open, and its row stays there
  if (length !== file.length || confirm !== undefined)
    await platform.replaceFile(path, concatenate(kept), confirm);
}

interface ProgressLine {
  /** A part of the file's bytes, without the newline. */
  readonly bytes: Uint8Array;
  readonly row: ProgressRow;
}

/** The whole lines of a file. */
function* linesOf(file: Uint8Array, path: string): Generator<ProgressLine> {
  const columns = new Set<string>();
  let start = 0;
  for (let lineNumber = 1; start < file.length; lineNumber++) {
    // Lines are found in bytes: a kill may have cut the last one in the middle of a character.
    const newlineAt = file.indexOf(NEWLINE, start);
    const bytes = file.subarray(start, newlineAt === -1 ? file.length : newlineAt);
    start += bytes.length + 1;
    const { row, fault } = rowOrFault(bytes);
    if (row !== undefined) {
      for (const key of Object.keys(row)) columns.add(key);
      if (lineNumber > MOST_ROWS || columns.size > MOST_COLUMNS) {
        throw new FileError(
          `${path}, line ${lineNumber}: there are more than ${MOST_ROWS} rows or ${MOST_COLUMNS} columns, which is the limit; give the file of one run`,
        );
      }
      yield { bytes, row };
    } else if (newlineAt !== -1) {
      throw new FileError(
        `${path}, line ${lineNumber}: not a progress row: ${fault}; the file is altered: restore a copy, or delete the line`,
      );
    }
  }
}

function rowOrFault(line: Uint8Array): { readonly row?: ProgressRow; readonly fault?: string } {
  try {
    return { row: parseRow(line) };
  } catch (error) {
    return { fault: (error as Error).message };
  }
}

/** The row in a line. Throws FileError whose message is the fault alone when it is none. */
export function parseRow(bytes: Uint8Array): ProgressRow {
  const refuse: Refuse = (fault) => {
    throw new FileError(fault);
  };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('it is not UTF-8');
  }
  const row = parseJson(text, 'it', ROW_LIMITS, refuse);
  if (!isObject(row) || Object.keys(row).length === 0) return refuse('it is not an object with columns');
  for (const value of Object.values(row)) {
    // JSON has no infinities, but 1e999 becomes one
    const isCell = typeof value === 'number' ? Number.isFinite(value) : typeof value !== 'object';
    if (value !== null && !isCell) refuse('it holds more than finite numbers, texts, true, false and null');
  }
  return row as ProgressRow;
}
