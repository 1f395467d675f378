import { OptionError } from '../errors.js';
import { OUR_GROUPS, type ProgressRow } from '../logging/sink.js';
import type { Training, TrainingIteration } from '../training/training.js';

/** Readers of logs take a thousand columns, ours included. */
const MOST_COLUMNS = 200;
const LONGEST_NAME = 100;

/** Figures by the names of their columns; null is a value that does not exist, such as that of an evaluation not made this time. */
export type OwnColumns = Readonly<Record<string, number | null>>;

/** Tells what to add to the row of an iteration, before the row goes anywhere. */
export type TellColumns = (
  iteration: TrainingIteration,
  trainer: Training,
) => OwnColumns | undefined | Promise<OwnColumns | undefined>;

/** Adds a user's columns to the rows of a run. */
export class ColumnAdder {
  private readonly names = new Set<string>();

  constructor(private readonly tell: TellColumns | undefined) {}

  /** The iteration with its columns. Throws OptionError for names and values that no log can hold. */
  async add<Iteration extends TrainingIteration>(
    iteration: Iteration,
    trainer: Training,
  ): Promise<Iteration> {
    const columns: unknown = await this.tell?.(iteration, trainer);
    if (columns === undefined) return iteration;
    if (typeof columns !== 'object' || columns === null || Array.isArray(columns)) {
      throw new OptionError(
        `columns() returned ${columns === null ? 'null' : Array.isArray(columns) ? 'an array' : `a ${typeof columns}`}; return an object of numbers by name, such as { 'eval/return': 12 }, or undefined`,
      );
    }
    for (const [name, value] of Object.entries(columns)) {
      this.requireName(name);
      if (value === null || (typeof value === 'number' && Number.isFinite(value))) continue;
      throw new OptionError(
        `columns() gave "${name}" the value ${typeof value === 'number' ? value : `of type ${typeof value}`}; it must be a finite number, or null where there is none`,
      );
    }
    return { ...iteration, row: { ...iteration.row, ...(columns as ProgressRow) } };
  }

  private requireName(name: string): void {
    if (this.names.has(name)) return;
    const group = OUR_GROUPS.find((prefix) => name.startsWith(prefix));
    if (group !== undefined) {
      throw new OptionError(
        `columns() gave "${name}": names that begin with ${OUR_GROUPS.join(', ')} are the package's own; take another, such as "eval/${name.slice(group.length)}"`,
      );
    }
    if (name.trim() === '' || name.length > LONGEST_NAME || /\p{Cc}/u.test(name)) {
      throw new OptionError(
        `columns() gave the name ${JSON.stringify(name.slice(0, LONGEST_NAME))}; it must have 1 to ${LONGEST_NAME} characters, none of them a control character, and be more than blanks`,
      );
    }
    if (this.names.size === MOST_COLUMNS) {
      throw new OptionError(
        `columns() gave "${name}" after ${MOST_COLUMNS} other names; that is the limit: use the same names in all iterations`,
      );
    }
    this.names.add(name);
  }
}
