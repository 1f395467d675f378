import { FileError } from '../errors.js';
import type { Platform } from '../platform/platform.js';
import { type LogSink, type ProgressRow, progressKey } from './sink.js';

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
  await platform.replaceFile(path, kept.map(({ text }) => `${text}\n`).join(''));
}

interface ProgressLine {
  readonly text: string;
  readonly row: ProgressRow;
}

/** isWhole: the file ends with a newline, as every finished write does. */
async function readLines(
  platform: Platform,
  path: string,
): Promise<{ lines: ProgressLine[]; isWhole: boolean }> {
  const bytes = await platform.readFile(path);
  // Lines are found in bytes: a kill may have cut the last one in the middle of a character.
  const newline = '\n'.charCodeAt(0);
  const lines: ProgressLine[] = [];
  let start = 0;
  for (let lineNumber = 1; start < bytes.length; lineNumber++) {
    const newlineAt = bytes.indexOf(newline, start);
    const end = newlineAt === -1 ? bytes.length : newlineAt;
    const line = parseLine(bytes.subarray(start, end));
    if (line !== undefined) lines.push(line);
    else if (newlineAt !== -1) {
      throw new FileError(
        `${path}, line ${lineNumber}: not a progress row; the file is altered: restore a copy, or delete the line`,
      );
    }
    start = end + 1;
  }
  return { lines, isWhole: bytes.length === 0 || bytes[bytes.length - 1] === newline };
}

/** Undefined when the line is not a row. */
function parseLine(bytes: Uint8Array): ProgressLine | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const row: unknown = JSON.parse(text);
    return isRow(row) ? { text, row } : undefined;
  } catch {
    return undefined;
  }
}

function isRow(value: unknown): value is ProgressRow {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((entry) => entry === null || typeof entry !== 'object')
  );
}
