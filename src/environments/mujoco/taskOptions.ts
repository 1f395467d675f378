import { nearestName, OptionError } from '../../errors.js';
import type { Range } from './mjcf.js';

type OptionValue = number | boolean | Range;

/**
 * The defaults with what is given in their place. Throws OptionError for an unknown name, a value that is not of its
 * default's type, a NaN, a range whose low is not below its high, or a frameSkip that is not a count.
 */
export function completeTaskOptions<Options extends object>(
  task: string,
  defaults: Options,
  given: Partial<Options>,
): Options {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name, value] of entries) {
    const problem = problemOf(name, value, (defaults as Record<string, OptionValue>)[name]);
    if (problem === undefined) continue;
    const known = Object.keys(defaults);
    throw new OptionError(
      problem === 'unknown'
        ? `${task}: option "${name}" is unknown${nearestName(name, known)}; the known ones are ${known.join(', ')}`
        : `${task}: ${name} is ${JSON.stringify(value)}; ${problem}`,
    );
  }
  return { ...defaults, ...Object.fromEntries(entries) };
}

function problemOf(name: string, value: unknown, fallback: OptionValue | undefined): string | undefined {
  if (fallback === undefined) return 'unknown';
  if (typeof fallback === 'boolean') {
    return typeof value === 'boolean' ? undefined : 'give true or false';
  }
  if (typeof fallback === 'object') {
    const isRange = Array.isArray(value) && value.length === 2 && value[0] < value[1];
    return isRange ? undefined : 'give a pair [low, high] of numbers, low below high';
  }
  if (name === 'frameSkip') {
    return Number.isSafeInteger(value) && (value as number) >= 1
      ? undefined
      : 'give a whole number of 1 or more';
  }
  return Number.isFinite(value) ? undefined : 'give a finite number';
}
