import { OptionError } from '../errors.js';
import { isShape, sizeOf } from '../numbers/shape.js';

/** Kinds of number of a Box: real numbers, or whole numbers from 0 to 255 such as the pixels of an image. */
export const BOX_DTYPES = ['float32', 'uint8'] as const;
export type BoxDtype = (typeof BOX_DTYPES)[number];

/**
 * Arrays of numbers, each between its own low and high (which may be infinite). A member is flat, in row-major order of
 * the shape.
 */
export class Box {
  readonly kind = 'Box';
  /** [size] lower bounds, inclusive. */
  readonly low: readonly number[];
  /** [size] upper bounds, inclusive. */
  readonly high: readonly number[];
  /** Such as [4], or [84, 84, 4]: height, width, channels. */
  readonly shape: readonly number[];
  readonly dtype: BoxDtype;
  /** Of how many frames an image is a stack, as Gymnasium's FrameStackObservation; 1 where it is none. */
  readonly stackSize: number;

  /**
   * low and high: arrays of one length, or two numbers together with the `size` or the `shape` that they are repeated to.
   * stackSize: channels of an image [height, width, stackSize x channels] are those of its last frames, the oldest first; an episode
   * begins with copies of its first frame, or with black ones before it. A batch keeps each frame once. Throws OptionError for bounds,
   * sizes and kinds of number that do not fit each other.
   */
  constructor({
    low,
    high,
    size,
    shape,
    dtype = 'float32',
    stackSize = 1,
  }: {
    low: number | readonly number[];
    high: number | readonly number[];
    size?: number;
    /** Default [size]. */
    shape?: readonly number[];
    /** Default "float32". */
    dtype?: BoxDtype;
    /** Default 1: no stack. */
    stackSize?: number;
  }) {
    const given = shape === undefined ? [size ?? lengthOf(low) ?? lengthOf(high) ?? 0] : shape;
    const length = isShape(given) ? sizeOf(given) : 0;
    this.low = spread(low, length);
    this.high = spread(high, length);
    if (
      [this.low.length, this.high.length, size ?? length].some((other) => other !== length || length === 0)
    ) {
      throw new OptionError(
        `Box: low has ${this.low.length} numbers and high ${this.high.length}, size is ${size}, shape ${JSON.stringify(given)}; give arrays of one length, or two numbers and a size or a shape`,
      );
    }
    this.shape = [...given];
    this.dtype = dtype;
    this.stackSize = stackSize;
    requireStack(this);
    for (let i = 0; i < length; i++) {
      if (!(this.low[i] <= this.high[i] && this.mayHold(this.low[i]) && this.mayHold(this.high[i]))) {
        throw new OptionError(
          `Box: low[${i}] = ${this.low[i]}, high[${i}] = ${this.high[i]}, dtype ${dtype}; low must be at most high, dtype float32 or uint8, which has whole numbers from 0 to 255`,
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
      this.low.every((low, i) => value[i] >= low && value[i] <= this.high[i] && this.mayHold(value[i]))
    );
  }

  /** Whether numbers of this kind can have the value. */
  private mayHold(value: number): boolean {
    if (this.dtype === 'uint8') return Number.isInteger(value) && value >= 0 && value <= 255;
    return this.dtype === 'float32';
  }
}

function requireStack({ shape, dtype, stackSize }: Box): void {
  if (stackSize === 1) return;
  const isStack = dtype === 'uint8' && shape.length === 3 && shape[2] % stackSize === 0;
  if (isStack && Number.isInteger(stackSize) && stackSize > 1) return;
  throw new OptionError(
    `Box: stackSize = ${stackSize}, shape ${JSON.stringify(shape)}, dtype ${dtype}; a stack has bytes [height, width, channels], and as many channels of each frame: leave it out, or give a divisor of the channels`,
  );
}

/** Whole numbers start .. start + n - 1. */
export class Discrete {
  readonly kind = 'Discrete';
  /** The smallest member. */
  readonly start: number;
  /** Whether `info` of reset and step tells which choices may be taken next. */
  readonly masked: boolean;

  /** start: default 0. masked: default false. Throws OptionError for what is not whole. */
  constructor(
    readonly n: number,
    options: { readonly start?: number; readonly masked?: boolean } = {},
  ) {
    requirePositiveInteger('Discrete: n', n);
    requireOptions('Discrete', options, '{ start: -1 }');
    const { start = 0, masked = false } = options;
    this.start = start;
    this.masked = masked;
    requireStart('Discrete: start', this.start, n);
  }

  contains(value: unknown): boolean {
    return isChoice(value, this.start, this.n);
  }
}

/** Vectors of whole numbers, the i-th in start[i] .. start[i] + counts[i] - 1. */
export class MultiDiscrete {
  readonly kind = 'MultiDiscrete';
  /** [counts.length] the smallest member. */
  readonly start: readonly number[];
  /** Whether `info` of reset and step tells which choices may be taken next. */
  readonly masked: boolean;

  /**
   * start: a number for each count, default 0 each. masked: default false. Throws OptionError for what is not whole, or of another
   * length.
   */
  constructor(
    readonly counts: readonly number[],
    options: { readonly start?: readonly number[]; readonly masked?: boolean } = {},
  ) {
    if (counts.length === 0) throw new OptionError('MultiDiscrete: counts is empty; give at least one count');
    for (const count of counts) requirePositiveInteger('MultiDiscrete: a count', count);
    requireOptions('MultiDiscrete', options, '{ start: [-1, 0] }');
    const { start = counts.map(() => 0), masked = false } = options;
    this.masked = masked;
    if (!Array.isArray(start) || start.length !== counts.length) {
      throw new OptionError(
        `MultiDiscrete: start is ${JSON.stringify(start)}; give an array of ${counts.length} whole numbers, one for each count`,
      );
    }
    this.start = [...start];
    this.start.forEach((first, i) => {
      requireStart(`MultiDiscrete: start[${i}]`, first, counts[i]);
    });
  }

  contains(value: unknown): boolean {
    return (
      isArrayOfNumbers(value) &&
      value.length === this.counts.length &&
      this.counts.every((count, i) => isChoice(value[i], this.start[i], count))
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

/** What the first choice of a part of an action is to the environment; a policy counts choices from 0. */
export function startOf(space: ActionSpace, part: number): number {
  // a space of 0.2.0, which a module of the user's may bring, has none
  if (space.kind === 'Discrete') return space.start ?? 0;
  if (space.kind === 'MultiDiscrete') return space.start?.[part] ?? 0;
  return 0;
}

/** Whether environments of this space tell in `info` which choices may be taken next. */
export function isMasked(space: ActionSpace): space is Discrete | MultiDiscrete {
  // a space of an earlier version, which a module of the user's may bring, does not say
  return (space.kind === 'Discrete' || space.kind === 'MultiDiscrete') && space.masked === true;
}

function spread(bound: number | readonly number[], size: number): number[] {
  return typeof bound === 'number' ? new Array<number>(size).fill(bound) : [...bound];
}

function lengthOf(bound: number | readonly number[]): number | undefined {
  return typeof bound === 'number' ? undefined : bound.length;
}

function requirePositiveInteger(what: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new OptionError(`${what} is ${value}; it must be a whole number of 1 or more`);
  }
}

/** Throws OptionError for anything but an object with `start`, `masked` or neither. */
function requireOptions(
  name: string,
  options: { readonly start?: unknown; readonly masked?: unknown },
  example: string,
): void {
  const known = ['start', 'masked'];
  if (
    typeof options !== 'object' ||
    options === null ||
    Object.keys(options).some((key) => !known.includes(key))
  ) {
    throw new OptionError(
      `${name}: the second argument is ${JSON.stringify(options)}; give an object such as ${example} or { masked: true }, or leave it out`,
    );
  }
  if (options.masked === undefined || typeof options.masked === 'boolean') return;
  throw new OptionError(`${name}: masked is ${JSON.stringify(options.masked)}; it must be true or false`);
}

function requireStart(what: string, start: unknown, count: number): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger((start as number) + (count - 1))) return;
  throw new OptionError(`${what} is ${JSON.stringify(start)}; it must be a whole number`);
}

function isChoice(value: unknown, start: number, count: number): boolean {
  return Number.isInteger(value) && (value as number) >= start && (value as number) < start + count;
}

function isArrayOfNumbers(value: unknown): value is ArrayLike<number> {
  const array = value as ArrayLike<unknown> | null;
  if (typeof array !== 'object' || array === null || typeof array.length !== 'number') return false;
  for (let i = 0; i < array.length; i++) if (typeof array[i] !== 'number') return false;
  return true;
}
