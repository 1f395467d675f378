import { FileError } from '../errors.js';
import { concatenate } from '../files/concatenate.js';
import { isObject, parseJson, type Refuse } from '../files/json.js';
import type { Platform } from '../platform/platform.js';
import { type LogSink, type ProgressRow, progressKey } from './sink.js';

/** A row of 1000 columns; ours have about 60. */
const ROW_LIMITS = { depth: 1, marks: 2000 };
/** Limit of what a file may make a reader reserve; a run of as many iterations would take months. */
const MOST_ROWS = 1_000_000;

/** Appends each row to a file as one line of JSON, as it happens. */
export class ProgressFile implements LogSink {
  constructor(
    private readonly platform: Platform,
    private readonly path: string,
  ) {}

  /** JSON has no NaN and no infinities: they are written as null. */
  async write(row: ProgressRow): Promise<void> {
    // One call, so that a kill leaves at most one partial line, and that at the end.
    await this.platform.appendFile(this.path, `${JSON.stringify(row)}\n`);
  }
}

/** The rows of a progress file, without a last line that was cut off; a line that is no row: FileError. */
export async function readProgress(platform: Platform, path: string): Promise<ProgressRow[]> {
  const { lines } = await readLines(platform, path);
  return lines.map(({ row }) => row);
}

/**
 * Drops the rows of later iterations, which a resumed run will write again, and a last line that was cut off.
 * A missing file has nothing to drop. Errors as readProgress.
 */
export async function keepRowsUpTo(platform: Platform, path: string, iteration: number): Promise<void> {
  if (!(await platform.exists(path))) return;
  const { lines, isWhole } = await readLines(platform, path);
  const kept = lines.filter(({ row }) => !(Number(row[progressKey.iterations]) > iteration));
  if (isWhole && kept.length === lines.length) return;
  const newline = Uint8Array.of(NEWLINE);
  await platform.replaceFile(path, concatenate(kept.flatMap(({ bytes }) => [bytes, newline])));
}

interface ProgressLine {
  /** A part of the file's bytes, without the newline. */
  readonly bytes: Uint8Array;
  readonly row: ProgressRow;
}

const NEWLINE = '\n'.charCodeAt(0);

/** isWhole: the file ends with a newline, as every finished write does. */
async function readLines(
  platform: Platform,
  path: string,
): Promise<{ lines: ProgressLine[]; isWhole: boolean }> {
  const file = await platform.readFile(path);
  // Lines are found in bytes: a kill may have cut the last one in the middle of a character.
  const lines: ProgressLine[] = [];
  let start = 0;
  for (let lineNumber = 1; start < file.length; lineNumber++) {
    const newlineAt = file.indexOf(NEWLINE, start);
    const bytes = file.subarray(start, newlineAt === -1 ? file.length : newlineAt);
    if (lineNumber > MOST_ROWS) {
      throw new FileError(
        `${path} has more than ${MOST_ROWS} rows, which is the limit; give a file of one run`,
      );
    }
    try {
      lines.push({ bytes, row: parseRow(bytes) });
    } catch (cause) {
      if (newlineAt !== -1) {
        throw new FileError(
          `${path}, line ${lineNumber}: not a progress row: ${(cause as Error).message}; the file is altered: restore a copy, or delete the line`,
        );
      }
    }
    start += bytes.length + 1;
  }
  return { lines, isWhole: file.length === 0 || file[file.length - 1] === NEWLINE };
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
  if (!isObject(row)) return refuse('it is not an object');
  for (const value of Object.values(row)) {
    // JSON has no infinities, but 1e999 becomes one
    const isCell = typeof value === 'number' ? Number.isFinite(value) : typeof value !== 'object';
    if (value !== null && !isCell) refuse('it holds more than finite numbers, texts, true, false and null');
  }
  return row as ProgressRow;
}
