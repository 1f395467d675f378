/**
 * Every error that this package throws on purpose is a TrpoError: it names the value, the rule and the way out.
 * Names are written out, because minifiers rename classes and an error crosses threads by its name.
 */
export class TrpoError extends Error {
  override readonly name: string = 'TrpoError';
}

/** An option is unknown, of the wrong type, or out of range. */
export class OptionError extends TrpoError {
  override readonly name = 'OptionError';
}

/** An array has the wrong length, or a value the wrong type, for the space or network it is given to. */
export class ShapeError extends TrpoError {
  override readonly name = 'ShapeError';
}

/** A NaN or an infinity where only finite numbers make sense. */
export class NonFiniteError extends TrpoError {
  override readonly name = 'NonFiniteError';
}

/** An environment broke its contract: unknown name, step before reset, an exception inside it. */
export class EnvironmentError extends TrpoError {
  override readonly name = 'EnvironmentError';
}

/**
 * The process did hardly anything for longer than an environment may take: it was suspended, or the environment waits for
 * something that does not come.
 */
export class StandstillError extends TrpoError {
  override readonly name = 'StandstillError';
}

/** A file is missing, truncated, altered, of another kind, or cannot be written. */
export class FileError extends TrpoError {
  override readonly name = 'FileError';
}

/** A run folder belongs to another run, which may be one of another process, or was taken over by one. */
export class OwnershipError extends TrpoError {
  override readonly name = 'OwnershipError';
}

/** A checkpoint or policy belongs to another network, environment or version. */
export class MismatchError extends TrpoError {
  override readonly name = 'MismatchError';
}

/** This runtime lacks something the engine needs, such as WebAssembly SIMD. */
export class PlatformError extends TrpoError {
  override readonly name = 'PlatformError';
}

/** Classes whose errors keep their kind on the way from another thread, or from another copy of this package. */
const CLASSES = {
  EnvironmentError,
  FileError,
  MismatchError,
  NonFiniteError,
  OptionError,
  OwnershipError,
  PlatformError,
  ShapeError,
  StandstillError,
} as const;

/** An error of the class of that name, if it is one of ours. */
export function errorByName(name: string, message: string, options?: ErrorOptions): TrpoError | undefined {
  if (!Object.hasOwn(CLASSES, name)) return undefined;
  return new CLASSES[name as keyof typeof CLASSES](message, options);
}

/** The same error of this copy's classes, where another copy of the package threw it; else the error itself. */
export function ownError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof TrpoError) return error;
  return errorByName(error.name, error.message, { cause: error }) ?? error;
}

/** Longer names are mistyped from nothing; comparing them takes time that grows with their length. */
const LONGEST_NAME = 100;

/** ` (did you mean "x"?)` for the known name nearest to a mistyped one, or nothing when none is near. */
export function nearestName(name: string, known: readonly string[]): string {
  if (name.length > LONGEST_NAME) return '';
  let best = '';
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best === '' ? '' : ` (did you mean "${best}"?)`;
}

function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replace = previous[column - 1] + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replace, previous[column] + 1, current[column - 1] + 1));
    }
    previous = current;
  }
  return previous[to.length];
}
