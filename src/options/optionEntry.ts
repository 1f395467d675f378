/**
 * Kinds of options. A table of entries stands beside what reads it (an algorithm's file, src/training/options.ts); values,
 * checks, documentation and types follow from it.
 */

interface NumberEntry {
  readonly kind: 'integer' | 'number';
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** Whether min itself is refused. */
  readonly aboveMin?: boolean;
}

interface BooleanEntry {
  readonly kind: 'boolean';
  readonly default: boolean;
}

interface SizesEntry {
  readonly kind: 'sizes';
  readonly default: readonly number[];
}

interface ChoiceEntry {
  readonly kind: 'choice';
  readonly default: string;
  readonly choices: readonly string[];
}

/** A text of a form of its own. */
interface TextEntry {
  readonly kind: 'text';
  readonly default: string;
  readonly fits: (text: string) => boolean;
  /** The form in words. */
  readonly rule: string;
}

interface Described {
  /** Symbol in the papers, or empty. */
  readonly symbol: string;
  readonly description: string;
}

export type OptionEntry = (NumberEntry | BooleanEntry | SizesEntry | ChoiceEntry | TextEntry) & Described;

export type OptionTable = Readonly<Record<string, OptionEntry>>;

type ValueOf<Entry> = Entry extends { kind: 'boolean' }
  ? boolean
  : Entry extends { kind: 'sizes' }
    ? readonly number[]
    : Entry extends { choices: readonly (infer Name)[] }
      ? Name
      : Entry extends { kind: 'text' }
        ? string
        : number;

/** Values of all options of a table. */
export type OptionValues<Table> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> };

export function integer(fallback: number, min: number, max: number, symbol: string, description: string) {
  return { kind: 'integer', default: fallback, min, max, symbol, description } as const;
}

/** A number from min to max. */
export function number(fallback: number, min: number, max: number, symbol: string, description: string) {
  return { kind: 'number', default: fallback, min, max, symbol, description } as const;
}

/** A number above 0 and at most max. */
export function positive(fallback: number, max: number, symbol: string, description: string) {
  return { kind: 'number', default: fallback, min: 0, max, aboveMin: true, symbol, description } as const;
}

/** A number from 0 to 1. */
export function fraction(fallback: number, symbol: string, description: string) {
  return number(fallback, 0, 1, symbol, description);
}

export function toggle(fallback: boolean, description: string) {
  return { kind: 'boolean', default: fallback, symbol: '', description } as const;
}

/** Sizes of layers. */
export function sizes(fallback: readonly number[], description: string) {
  return { kind: 'sizes', default: fallback, symbol: '', description } as const;
}

export function choice<const Name extends string>(
  fallback: NoInfer<Name>,
  choices: readonly Name[],
  description: string,
) {
  return { kind: 'choice', default: fallback, choices, symbol: '', description } as const;
}

/** A text that `fits`; rule: what that means, in words. */
export function text(fallback: string, fits: (text: string) => boolean, rule: string, description: string) {
  return { kind: 'text', default: fallback, fits, rule, symbol: '', description } as const;
}

/** What values an option takes, in words. */
export function ruleOf(entry: OptionEntry): string {
  switch (entry.kind) {
    case 'boolean':
      return 'true or false';
    case 'choice':
      return `one of ${entry.choices.join(', ')}`;
    case 'text':
      return entry.rule;
    case 'sizes':
      return 'whole numbers from 1 to 65536 with commas between them, or none';
    default:
      return `${entry.kind === 'integer' ? 'a whole number' : 'a number'} ${rangeOf(entry)}`;
  }
}

/** The value that a text stands for, as on a command line; it may not fit. */
export function valueFromText({ kind }: OptionEntry, text: string): unknown {
  switch (kind) {
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'choice':
    case 'text':
      return text;
    case 'sizes':
      return text === 'none' || text === '' ? [] : text.split(',').map(Number);
    default:
      return text.trim() === '' ? Number.NaN : Number(text);
  }
}

export function fits(entry: OptionEntry, value: unknown): boolean {
  switch (entry.kind) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'choice':
      return (entry.choices as readonly unknown[]).includes(value);
    case 'text':
      return typeof value === 'string' && entry.fits(value);
    case 'sizes':
      return (
        Array.isArray(value) && value.every((size) => Number.isInteger(size) && size >= 1 && size <= 65536)
      );
    default:
      return (
        typeof value === 'number' &&
        (entry.kind === 'number' || Number.isInteger(value)) &&
        (entry.aboveMin ? value > entry.min : value >= entry.min) &&
        value <= entry.max
      );
  }
}

function rangeOf({ min, max, aboveMin }: NumberEntry): string {
  return aboveMin ? `above ${min} and at most ${max}` : `from ${min} to ${max}`;
}
