/**
 * Philox4x32-10, a counter-based generator: output = bijection(key, counter), so a draw is named, never "next".
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 3.3.
 * The kernels hold the same function (assembly/random/philox.ts); a test keeps the two equal.
 */

/** What a stream is for: the last counter word, so that no two uses of one seed share a draw. */
export const StreamPurpose = {
  actions: 0,
  environments: 1,
  minibatches: 2,
  initialization: 3,
  environmentSeeds: 4,
  policyMinibatches: 5,
  search: 8,
  evaluation: 9,
} as const;

const ROUND_MULTIPLIER_0 = 0xd2511f53;
const ROUND_MULTIPLIER_1 = 0xcd9e8d57;
const KEY_INCREMENT_0 = 0x9e3779b9;
const KEY_INCREMENT_1 = 0xbb67ae85;
const ROUNDS = 10;

/** High 32 bits of the unsigned product a b. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536)) >>> 0;
}

/** Four 32-bit words for (key, counter), written into `out`. key [2], counter [4], out [4], all unsigned. */
export function philox4x32(key: ArrayLike<number>, counter: ArrayLike<number>, out: Uint32Array): void {
  let k0 = key[0];
  let k1 = key[1];
  let c0 = counter[0];
  let c1 = counter[1];
  let c2 = counter[2];
  let c3 = counter[3];
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(ROUND_MULTIPLIER_0, c0);
    const low0 = Math.imul(ROUND_MULTIPLIER_0, c0);
    const high1 = multiplyHigh(ROUND_MULTIPLIER_1, c2);
    const low1 = Math.imul(ROUND_MULTIPLIER_1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + KEY_INCREMENT_0) >>> 0;
    k1 = (k1 + KEY_INCREMENT_1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** The two key words of a seed, a whole number from 0 to 2^53 - 1. */
export function seedKey(seed: number): [low: number, high: number] {
  return [seed >>> 0, Math.floor(seed / 4294967296) >>> 0];
}

/**
 * A sequence of uniform numbers for one seed, purpose and index.
 * Its whole state is how many numbers were drawn (`drawn`), so it can be saved and put back exactly.
 */
export class RandomStream {
  /** How many uniforms were drawn so far; assign it to go on from there. */
  drawn = 0;
  private readonly key: [number, number];
  private readonly words = new Uint32Array(4);

  constructor(
    readonly seed: number,
    private readonly purpose: number = StreamPurpose.environments,
    private readonly index = 0,
  ) {
    this.key = seedKey(seed);
  }

  /** A float64 in [0, 1) with 53 random bits. */
  uniform(): number {
    const block = this.drawn++;
    philox4x32(
      this.key,
      [block >>> 0, this.index >>> 0, Math.floor(block / 4294967296) >>> 0, this.purpose],
      this.words,
    );
    return ((this.words[0] >>> 5) * 67108864 + (this.words[1] >>> 6)) / 9007199254740992;
  }

  /** A float64 in [low, high). */
  uniformBetween(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }
}

/** The seed of environment number `environment` in a run, when it starts at `tick`: 32 bits, keyed by the run's seed. */
export function environmentSeed(runSeed: number, environment: number, tick = 0): number {
  const words = new Uint32Array(4);
  const counter = [environment, tick >>> 0, Math.floor(tick / 4294967296), StreamPurpose.environmentSeeds];
  philox4x32(seedKey(runSeed), counter, words);
  return words[0];
}

/** The seed of the draws of an evaluation, 53 bits: training and `act` with the same seed draw other numbers. */
export function evaluationSeed(seed: number): number {
  const words = new Uint32Array(4);
  philox4x32(seedKey(seed), [0, 0, 0, StreamPurpose.evaluation], words);
  return words[0] + (words[1] >>> 11) * 4294967296;
}
