import { NonFiniteError, OptionError, ShapeError } from '../errors.js';

const LARGEST_SEED = Number.MAX_SAFE_INTEGER;
/** Longer lists of names are cut in messages. */
const MOST_NAMES = 12;

/** Throws ShapeError or NonFiniteError unless there is a finite number for each name. `owner`, `what`: for messages. */
export function requireNumbers(
  owner: string,
  what: string,
  numbers: ArrayLike<number>,
  names: readonly string[],
): void {
  if (numbers?.length !== names.length) {
    const listed =
      names.length > MOST_NAMES ? [...names.slice(0, MOST_NAMES - 1), '...', names.at(-1)] : names;
    throw new ShapeError(
      `${owner}: ${what} has ${numbers?.length ?? 'no'} numbers; give ${names.length}: ${listed.join(', ')}`,
    );
  }
  for (let i = 0; i < names.length; i++) {
    if (!Number.isFinite(numbers[i])) {
      throw new NonFiniteError(`${owner}: ${what} has ${names[i]} = ${numbers[i]}; give a finite number`);
    }
  }
}

/** Throws OptionError unless the seed is a whole number from 0 to 2^53 - 1. */
export function requireSeed(owner: string, seed: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new OptionError(
      `${owner}: seed is ${seed}; give a whole number from 0 to ${LARGEST_SEED} (2^53 - 1)`,
    );
  }
}
