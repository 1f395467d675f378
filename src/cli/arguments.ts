import { parseArgs } from 'node:util';
import { nearestName, OptionError } from '../errors.js';

/** One flag of a command, with its line of help. */
export interface Flag {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** Shown after the name in the help, such as "N" or "DIR". */
  readonly placeholder?: string;
  readonly help: string;
}

export type Flags = Readonly<Record<string, Flag>>;

export type FlagValues<Table extends Flags> = {
  readonly [Name in keyof Table]?: Table[Name]['type'] extends 'boolean'
    ? boolean
    : Table[Name]['multiple'] extends true
      ? string[]
      : string;
};

/** Flags that every command has. */
export const commonFlags = {
  help: { type: 'boolean', help: 'show this help' },
  stack: { type: 'boolean', help: 'show where in the program an error arose' },
} as const satisfies Flags;

/** Splits a command's arguments. Throws OptionError naming an unknown or incomplete flag and the nearest known one. */
export function parseArguments<Table extends Flags>(
  args: readonly string[],
  flags: Table,
): { values: FlagValues<Table & typeof commonFlags>; positionals: string[] } {
  const options = { ...flags, ...commonFlags };
  for (const argument of args) {
    if (argument === '--') break;
    const name = /^--([^=]+)/.exec(argument)?.[1];
    if (name !== undefined && !Object.hasOwn(options, name)) {
      throw new OptionError(`There is no flag --${name}${nearestFlag(name, options)}; see --help`);
    }
  }
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: Object.fromEntries(
        Object.entries(options).map(([name, { type, multiple }]: [string, Flag]) => [
          name,
          { type, multiple: multiple ?? false },
        ]),
      ),
      allowPositionals: true,
    });
    return { values: values as FlagValues<Table & typeof commonFlags>, positionals };
  } catch (error) {
    throw new OptionError(`${(error as Error).message.split('. ')[0]}; see --help`);
  }
}

/** The run folder or policy file that a command takes. Throws OptionError unless there is exactly one. */
export function onePolicyPath(command: string, positionals: readonly string[]): string {
  if (positionals.length === 1) return positionals[0];
  throw new OptionError(
    `trpo ${command} takes one run folder or policy file, ${positionals.length} were given`,
  );
}

/** A whole number from a flag's text, in a range that by default is 1 or more. */
export function countFlag(
  name: string,
  text: string,
  [least, most = Infinity]: readonly number[] = [1],
): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    const range = most === Infinity ? `of ${least} or more` : `from ${least} to ${most}`;
    throw new OptionError(`--${name} ${text}: it must be a whole number ${range}`);
  }
  return value;
}

/** Name and text of a value from NAME=VALUE, as --set takes it. */
export function assignmentFlag(assignment: string): [name: string, text: string] {
  const [, name, text] = /^([^=]+)=(.*)$/.exec(assignment) ?? [];
  if (name === undefined) {
    throw new OptionError(`--set ${assignment}: it must be NAME=VALUE, such as --set maxKl=0.02`);
  }
  return [name, text];
}

/** A seed from a flag's text. */
export function seedFlag(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new OptionError(`--seed ${text}: it must be a whole number from 0 to 2^53 - 1`);
  }
  return value;
}

/** Help lines of flags, aligned. */
export function describeFlags(flags: Flags): string {
  const rows = Object.entries({ ...flags, ...commonFlags }).map(([name, flag]: [string, Flag]) => [
    `--${name}${flag.placeholder === undefined ? '' : ` ${flag.placeholder}`}`,
    flag.help,
  ]);
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`).join('\n');
}

function nearestFlag(name: string, flags: Flags): string {
  return nearestName(
    `--${name}`,
    Object.keys(flags).map((known) => `--${known}`),
  );
}
