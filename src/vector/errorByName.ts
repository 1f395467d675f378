import {
  EnvironmentError,
  FileError,
  MismatchError,
  NonFiniteError,
  OptionError,
  OwnershipError,
  PlatformError,
  ShapeError,
  StandstillError,
  TrpoError,
} from '../errors.js';

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
