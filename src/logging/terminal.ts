import asciichart from 'asciichart';
import { Pace } from './pace.js';
import { isOfUser, type LoggedRun, type LogSink, type ProgressRow, progressKey } from './sink.js';
import {
  compactWhole,
  cut,
  duration,
  lengthText,
  MISSING,
  percent,
  printable,
  ratioText,
  shortText,
  smallText,
  valueText,
  whole,
  wrap,
} from './terminalText.js';

/** Most lines of a run that stay in the scrollback, the last row included. */
const MAX_LINES_TERMINAL = 30;
const MAX_LINES_PIPED = 50;
const DEFAULT_COLUMNS = 80;
const CURVE_ROWS = 8;
const MAX_CURVE_COLUMNS = 60;
const VALUE_WIDTH = 9;
/** Figures of the user's that the summary shows. */
const MOST_FIGURES = 12;

/** Colours a text; node:util styleText is such a function. */
export type TextStyle = (format: 'bold' | 'dim' | 'yellow', text: string) => string;

/** Where a runtime shows text to its user. */
export interface TerminalOutput {
  readonly write: (text: string) => void;
  /** Whether the reader is a terminal, where \r goes back to the start of the line. */
  readonly isTerminal: boolean;
  /** Width of the terminal, or a function that reads it anew after the user resizes it. */
  readonly columns?: number | (() => number | undefined);
  /** Used on a terminal only. */
  readonly style?: TextStyle;
}

/**
 * Shows a run: on a terminal a table whose last line is redrawn, else plain lines; then a summary. Where nobody tells it of
 * the run it shows its rows without a title, and all of them.
 */
export class TerminalSink implements LogSink {
  private run: LoggedRun | undefined;
  private table: Column[];
  private readonly pace = new Pace();
  private readonly curve: number[] = [];
  private lastRow: ProgressRow | undefined;
  private bestReturn: { readonly mean: number; readonly steps: number } | undefined;
  /** The last value of each column of the user's. */
  private readonly figures = new Map<string, number>();
  private rejectedUpdates = 0;
  private updates = 0;
  /** The part of the run, in lines, up to which a line has been kept. */
  private keptLines = -1;
  private hasUnkeptRow = false;
  private liveLineLength = 0;

  constructor(private readonly output: TerminalOutput) {
    this.table = tableColumns(undefined, this.pace);
  }

  begin(run: LoggedRun): void {
    this.run = run;
    this.table = tableColumns(run.totalTimesteps, this.pace);
  }

  write(row: ProgressRow): void {
    if (this.lastRow === undefined) this.writeHeader();
    this.lastRow = row;
    this.pace.add(row);
    this.remember(row);
    const maxLines = this.output.isTerminal ? MAX_LINES_TERMINAL : MAX_LINES_PIPED;
    // One line is for the first row and one for the last.
    const line = Math.floor(shareDone(row, this.run?.totalTimesteps) * (maxLines - 2));
    this.hasUnkeptRow = line <= this.keptLines;
    this.keptLines = Math.max(line, this.keptLines);
    if (this.output.isTerminal) this.writeLive(row);
    if (!this.hasUnkeptRow) this.keepRow(row);
    this.writeWarnings(row);
  }

  close(): void {
    const row = this.lastRow;
    if (row === undefined) {
      this.output.write('no iteration was finished\n');
      return;
    }
    if (this.hasUnkeptRow) this.keepRow(row);
    this.hasUnkeptRow = false;
    const width = this.width();
    const lines = ['', ...this.summary(row), ...returnCurve(this.curve, width)];
    this.output.write(`${lines.map((line) => cut(line, width)).join('\n')}\n`);
  }

  private remember(row: ProgressRow): void {
    const accepted = row[progressKey.lineSearchAccepted];
    if (typeof accepted === 'boolean') this.updates++;
    if (accepted === false) this.rejectedUpdates++;
    for (const [key, value] of Object.entries(row)) {
      if (typeof value === 'number' && isOfUser(key)) this.figures.set(key, value);
    }
    const mean = numberAt(row, progressKey.meanReturn);
    if (!Number.isFinite(mean)) return;
    this.curve.push(mean);
    if (this.bestReturn === undefined || mean > this.bestReturn.mean) {
      this.bestReturn = { mean, steps: numberAt(row, progressKey.totalTimesteps) };
    }
  }

  private writeHeader(): void {
    const width = this.width();
    const header = layOut(this.table, (column) => column.titles, width);
    if (this.run !== undefined) {
      const title = cut(printable(titleOf(this.run)), width);
      this.output.write(`${this.styled('bold', title)}\n`);
    }
    this.output.write(`${this.styled('dim', header)}\n`);
  }

  private writeLive(row: ProgressRow): void {
    const line = this.rowText(row);
    // Blanks cover what a longer line left behind.
    const padded = line.padEnd(Math.min(this.liveLineLength, this.width()));
    this.liveLineLength = line.length;
    this.output.write(`\r${this.styledRow(row, padded)}`);
  }

  private keepRow(row: ProgressRow): void {
    this.output.write(this.output.isTerminal ? '\n' : `${this.rowText(row)}\n`);
    this.liveLineLength = 0;
  }

  /** Below the row that shows why, in the scrollback for good. */
  private writeWarnings(row: ProgressRow): void {
    const warnings = row[progressKey.warnings];
    if (typeof warnings !== 'string' || warnings === '') return;
    if (this.hasUnkeptRow) this.keepRow(row);
    this.hasUnkeptRow = false;
    for (const warning of warnings.split('\n')) {
      for (const line of wrap(`! ${printable(warning)}`, this.width())) {
        this.output.write(`${this.styled('yellow', line)}\n`);
      }
    }
  }

  private rowText(row: ProgressRow): string {
    return layOut(this.table, (column) => column.texts(row), this.width());
  }

  private styledRow(row: ProgressRow, line: string): string {
    return row[progressKey.lineSearchAccepted] === false ? this.styled('yellow', line) : line;
  }

  private styled(format: Parameters<TextStyle>[0], text: string): string {
    const { isTerminal, style } = this.output;
    return isTerminal && style ? style(format, text) : text;
  }

  /** Cells to write in; the last cell of a terminal stays free, because some wrap as soon as it is filled. */
  private width(): number {
    const { isTerminal, columns } = this.output;
    if (!isTerminal) return Number.POSITIVE_INFINITY;
    const count = typeof columns === 'function' ? columns() : columns;
    // Some terminals report 0 for unknown.
    return Math.max(1, (count || DEFAULT_COLUMNS) - 1);
  }

  private summary(row: ProgressRow): string[] {
    const totalTimesteps = this.run?.totalTimesteps ?? 0;
    const steps = numberAt(row, progressKey.totalTimesteps);
    const time = numberText(row, progressKey.timeElapsed, duration);
    const speed = numberText(row, progressKey.stepsPerSecond, whole);
    const goal = steps < totalTimesteps ? ` of ${whole(totalTimesteps)}` : '';
    const lines = [`${whole(steps)}${goal} steps in ${time}, ${speed} steps/s`];
    if (this.bestReturn !== undefined) {
      const last = valueText(this.curve[this.curve.length - 1]);
      const best = `${valueText(this.bestReturn.mean)} at ${whole(this.bestReturn.steps)} steps`;
      lines.push(`mean return: last ${last}, best ${best}`);
    }
    // a search without gradients has none
    if (this.updates > 0) lines.push(`rejected updates: ${this.rejectedUpdates} of ${this.updates}`);
    return [...lines, ...this.lastFigures()];
  }

  /** Such as "last: info/success=0.85, eval/return=12", in as many lines as it takes. */
  private lastFigures(): string[] {
    const texts = [...this.figures].map(([key, value]) => `${printable(key)}=${shortText(value)}`);
    if (texts.length === 0) return [];
    const others = texts.length - MOST_FIGURES;
    const rest = others > 0 ? `, and ${others} more` : '';
    return wrap(`last: ${texts.slice(0, MOST_FIGURES).join(', ')}${rest}`, this.width());
  }
}

/** Such as "TRPO on CartPole-v1, seed 0, into runs/CartPole-v1-seed0". */
function titleOf({ environmentName, algorithm, seed, runDirectory }: LoggedRun): string {
  const where = runDirectory === undefined ? '' : `, into ${runDirectory}`;
  return `${algorithm.toUpperCase()} on ${environmentName}, seed ${seed}${where}`;
}

/** Texts are given from long to short: the first that fits is shown, and the shortest is cut. */
interface Column {
  readonly titles: readonly string[];
  /** Right-aligned in this many cells; 0 is the last column, which takes what is left. */
  readonly width: number;
  readonly texts: (row: ProgressRow) => readonly string[];
}

function tableColumns(totalTimesteps: number | undefined, pace: Pace): Column[] {
  const numbers = (key: string, format: (value: number) => string) => (row: ProgressRow) => [
    numberText(row, key, format),
  ];
  // The last rollout goes beyond the total and may need a digit more.
  const stepsWidth = Math.max(9, whole((totalTimesteps ?? 0) * 1.1).length);
  return [
    { titles: ['steps'], width: stepsWidth, texts: numbers(progressKey.totalTimesteps, whole) },
    { titles: ['%'], width: 4, texts: (row) => [percent(shareDone(row, totalTimesteps))] },
    { titles: ['steps/s'], width: 7, texts: numbers(progressKey.stepsPerSecond, compactWhole) },
    {
      titles: ['left'],
      width: 7,
      texts: (row) => [duration(pace.secondsFor(stepsLeft(row, totalTimesteps)))],
    },
    { titles: ['return'], width: 8, texts: numbers(progressKey.meanReturn, valueText) },
    { titles: ['length'], width: 6, texts: numbers(progressKey.meanEpisodeLength, lengthText) },
    { titles: ['KL'], width: 7, texts: numbers(progressKey.klOldNew, smallText) },
    { titles: ['entropy'], width: 7, texts: numbers(progressKey.entropy, ratioText) },
    { titles: ['ex.var'], width: 6, texts: numbers(progressKey.explainedVariance, ratioText) },
    { titles: ['line search', 'search'], width: 0, texts: lineSearchTexts },
  ];
}

/** One line: whole columns as long as they fit in `width`, then as much of the last one as does. */
function layOut(
  table: readonly Column[],
  textsOf: (column: Column) => readonly string[],
  width: number,
): string {
  let line = '';
  for (const column of table) {
    const texts = textsOf(column);
    if (column.width > 0) {
      const cell = `${line === '' ? '' : ' '}${texts[texts.length - 1].padStart(column.width)}`;
      if (line.length + cell.length > width) return line === '' ? cut(cell.trimStart(), width) : line;
      line += cell;
    } else {
      const room = width - line.length - 2;
      const text = texts.find((candidate) => candidate.length <= room) ?? cut(texts[texts.length - 1], room);
      if (text !== '') line += `  ${text}`;
    }
  }
  return line;
}

function lineSearchTexts(row: ProgressRow): string[] {
  const accepted = row[progressKey.lineSearchAccepted];
  if (typeof accepted !== 'boolean') return [MISSING];
  if (!accepted) {
    const reason = row[progressKey.lineSearchReason];
    if (typeof reason !== 'string' || reason === '') return ['rejected'];
    const long = printable(`rejected: ${reason}`);
    return [long, cut(long, 30), cut(long, 20), 'rejected'];
  }
  const backtracks = numberAt(row, progressKey.lineSearchBacktracks);
  if (!(backtracks > 0)) return ['accepted'];
  return [`accepted after ${backtracks} backtrack${backtracks === 1 ? '' : 's'}`, `${backtracks} back`];
}

/** The mean returns of a run as a small curve from left to right, averaged to what fits in `width`. */
function returnCurve(means: readonly number[], width: number): string[] {
  // Label, blank and axis come before the points.
  const columns = Math.min(MAX_CURVE_COLUMNS, width - VALUE_WIDTH - 2);
  if (means.length < 2 || columns < 2) return [];
  const points = averageBuckets(means, columns);
  const low = Math.min(...points);
  const high = Math.max(...points);
  // Returns near the largest float64 have no drawable difference.
  if (!Number.isFinite(high - low)) return [];
  const rise = CURVE_ROWS - 1;
  // In rows, because the chart rounds its own labels wrongly for a flat curve and for values around zero.
  const inRows = points.map((point) => (high > low ? ((point - low) / (high - low)) * rise : 0));
  const drawn = asciichart.plot(inRows, {
    height: high > low ? rise : 0,
    format: (row) => valueText(low + (row / rise) * (high - low)).padStart(VALUE_WIDTH),
    symbols: ['┤', '┤', '╶', '╴', '─', '╰', '╭', '╮', '╯', '│'],
  });
  return ['', ...drawn.split('\n').map((line) => line.trimEnd())];
}

/** At most `count` means of neighbouring values, each of almost equally many. */
function averageBuckets(values: readonly number[], count: number): number[] {
  const buckets = Math.min(count, values.length);
  return Array.from({ length: buckets }, (_, bucket) => {
    const begin = Math.floor((bucket * values.length) / buckets);
    const end = Math.floor(((bucket + 1) * values.length) / buckets);
    let sum = 0;
    for (let i = begin; i < end; i++) sum += values[i];
    return sum / (end - begin);
  });
}

/** NaN when the row has no such number. */
function numberAt(row: ProgressRow, key: string): number {
  const value = row[key];
  return typeof value === 'number' ? value : Number.NaN;
}

/** A missing number is a dash; NaN is shown, because it is a fault. */
function numberText(row: ProgressRow, key: string, format: (value: number) => string): string {
  const value = row[key];
  if (typeof value !== 'number') return MISSING;
  return Number.isNaN(value) ? 'NaN' : format(value);
}

/** 0 to 1. */
/** NaN where the end of the run is not known. */
function shareDone(row: ProgressRow, totalTimesteps: number | undefined): number {
  if (totalTimesteps === undefined) return Number.NaN;
  const share = numberAt(row, progressKey.totalTimesteps) / totalTimesteps;
  return share >= 0 ? Math.min(1, share) : 0;
}

function stepsLeft(row: ProgressRow, totalTimesteps = Number.NaN): number {
  return Math.max(0, totalTimesteps - numberAt(row, progressKey.totalTimesteps));
}
