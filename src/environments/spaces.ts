import { OptionError } from '../errors.js';

/** Vectors of real numbers, each between its own low and high (which may be infinite). */
export class Box {
  readonly kind = 'Box';
  /** [size] lower bounds, inclusive. */
  readonly low: readonly number[];
  /** [size] upper bounds, inclusive. */
  readonly high: readonly number[];

  /** low and high: arrays of one length, or two numbers together with the `size` they are repeated to. */
  constructor(bounds: {
    low: number | readonly number[];
    high: number | readonly number[];
    size?: number;
  }) {
    const size =
      bounds.size ??
      (typeof bounds.low === 'number' ? undefined : bounds.low.length) ??
      lengthOf(bounds.high);
    this.low = spread(bounds.low, size);
    this.high = spread(bounds.high, size);
    if (size < 1 || this.low.length !== size || this.high.length !== size) {
      throw new OptionError(
        `Box: low has ${this.low.length} numbers and high ${this.high.length}, size is ${size}; give arrays of one length, or two numbers and a size of 1 or more`,
      );
    }
    for (let i = 0; i < size; i++) {
      if (!(this.low[i] <= this.high[i])) {
        throw new OptionError(
          `Box: low[${i}] = ${this.low[i]} is not below high[${i}] = ${this.high[i]}; swap or correct them`,
        );
      }
    }
  }

  /** How many numbers a member has. */
  get size(): number {
    return this.low.length;
  }

  contains(value: unknown): boolean {
    return (
      isArrayOfNumbers(value) &&
      value.length === this.size &&
      this.low.every((low, i) => value[i] >= low && value[i] <= this.high[i])
    );
  }
}

/** Whole numbers 0 .. n - 1. */
export class Discrete {
  readonly kind = 'Discrete';

  constructor(readonly n: number) {
    requirePositiveInteger('Discrete: n', n);
  }

  contains(value: unknown): boolean {
    return Number.isInteger(value) && (value as number) >= 0 && (value as number) < this.n;
  }
}

/** Vectors of whole numbers, the i-th in 0 .. counts[i] - 1. */
export class MultiDiscrete {
  readonly kind = 'MultiDiscrete';

  constructor(readonly counts: readonly number[]) {
    if (counts.length === 0) throw new OptionError('MultiDiscrete: counts is empty; give at least one count');
    for (const count of counts) requirePositiveInteger('MultiDiscrete: a count', count);
  }

  contains(value: unknown): boolean {
    return (
      isArrayOfNumbers(value) &&
      value.length === this.counts.length &&
      this.counts.every((count, i) => Number.isInteger(value[i]) && value[i] >= 0 && value[i] < count)
    );
  }
}

/** Vectors of n zeros and ones. */
export class MultiBinary {
  readonly kind = 'MultiBinary';

  constructor(readonly n: number) {
    requirePositiveInteger('MultiBinary: n', n);
  }

  contains(value: unknown): boolean {
    return (
      isArrayOfNumbers(value) &&
      value.length === this.n &&
      Array.from(value).every((bit) => bit === 0 || bit === 1)
    );
  }
}

export type ActionSpace = Box | Discrete | MultiDiscrete | MultiBinary;

/** Numbers of one action. */
export function actionSizeOf(space: ActionSpace): number {
  switch (space.kind) {
    case 'Discrete':
      return 1;
    case 'MultiDiscrete':
      return space.counts.length;
    case 'MultiBinary':
      return space.n;
    case 'Box':
      return space.size;
  }
}

function spread(bound: number | readonly number[], size: number): number[] {
  return typeof bound === 'number' ? new Array<number>(size).fill(bound) : [...bound];
}

function lengthOf(bound: number | readonly number[]): number {
  return typeof bound === 'number' ? 0 : bound.length;
}

function requirePositiveInteger(what: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new OptionError(`${what} is ${value}; it must be a whole number of 1 or more`);
  }
}

function isArrayOfNumbers(value: unknown): value is ArrayLike<number> {
  const array = value as ArrayLike<unknown> | null;
  if (typeof array !== 'object' || array === null || typeof array.length !== 'number') return false;
  for (let i = 0; i < array.length; i++) if (typeof array[i] !== 'number') return false;
  return true;
}
