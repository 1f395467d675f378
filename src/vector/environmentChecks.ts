import type { StepResult } from '../environments/environment.js';
import { EnvironmentError, NonFiniteError, ShapeError } from '../errors.js';

const LARGEST_FLOAT32_TEXT = '3.4e38';

/** Says where something went wrong, such as "CartPole-v1 (environment 3, step 1024)"; asked only when it did. */
export type Place = () => string;

/** Throws EnvironmentError unless reset() or step() gave an object, as an await of it does. */
export function requireAnswer(answer: unknown, method: 'reset' | 'step', place: Place): void {
  if (typeof answer === 'object' && answer !== null) return;
  const fields = method === 'reset' ? '{ observation }' : '{ observation, reward, terminated, truncated }';
  throw new EnvironmentError(
    `${place()} returned ${describeValue(answer)} from ${method}(); it must return ${fields}, or a promise of it`,
  );
}

/**
 * target = observation, as reset() or step() returned it. Throws ShapeError for a wrong length and NonFiniteError for
 * anything in it that is not a finite float32 number.
 */
export function copyObservation(
  target: Float64Array,
  observation: ArrayLike<number>,
  method: 'reset' | 'step',
  place: Place,
): void {
  const size = target.length;
  if (observation === undefined || observation === null || observation.length !== size) {
    throw new ShapeError(
      `${place()} returned ${describeLength(observation)} as observation from ${method}(), its observation space has ${size} numbers; check reset() and step()`,
    );
  }
  for (let i = 0; i < size; i++) {
    const number = observation[i];
    if (!isFiniteFloat32(number)) {
      throw new NonFiniteError(
        `${place()} returned observation[${i}] = ${describeValue(number)} from ${method}(); every number must be finite, and at most ${LARGEST_FLOAT32_TEXT} in size`,
      );
    }
    target[i] = number;
  }
}

/** Throws unless step() gave an object whose reward is a finite float32 number and whose flags are booleans. */
export function requireOutcome(outcome: StepResult, place: Place): void {
  requireAnswer(outcome, 'step', place);
  const { reward, terminated, truncated } = outcome;
  if (!isFiniteFloat32(reward)) {
    throw new NonFiniteError(
      `${place()} returned reward ${describeValue(reward)} from step(); a reward must be a finite number, and at most ${LARGEST_FLOAT32_TEXT} in size`,
    );
  }
  if (typeof terminated !== 'boolean' || typeof truncated !== 'boolean') {
    throw new EnvironmentError(
      `${place()} returned terminated ${String(terminated)} and truncated ${String(truncated)} from step(); both must be true or false`,
    );
  }
}

/** Throws unless the `size` numbers of an action at `offset` are finite. */
export function requireFiniteAction(actions: Float32Array, offset: number, size: number, place: Place): void {
  for (let i = 0; i < size; i++) {
    if (!Number.isFinite(actions[offset + i])) {
      throw new NonFiniteError(
        `The policy gave action[${i}] = ${actions[offset + i]} for ${place()}; its parameters have diverged: lower maxKl or normalise observations`,
      );
    }
  }
}

/** Throws unless saveState() gave finite numbers, which a checkpoint can hold. */
export function requireState(state: unknown, place: Place): asserts state is ArrayLike<number> {
  const { length } = (state ?? {}) as ArrayLike<unknown>;
  if (typeof state !== 'object' || typeof length !== 'number') {
    throw new ShapeError(
      `${place()} returned ${describeValue(state)} from saveState(); it must return an array of numbers`,
    );
  }
  for (let i = 0; i < length; i++) {
    const number = (state as ArrayLike<unknown>)[i];
    if (!Number.isFinite(number)) {
      throw new NonFiniteError(
        `${place()} returned ${describeValue(number)} at [${i}] from saveState(); a state is made of finite numbers, which a checkpoint can hold`,
      );
    }
  }
}

export function isPromise<Result>(value: Result | Promise<Result>): value is Promise<Result> {
  return typeof (value as Promise<Result> | undefined | null)?.then === 'function';
}

/** Batches are float32: what is larger than any of them would become an infinity there. */
function isFiniteFloat32(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(Math.fround(value));
}

/** Such as "NaN", or "1 (a string)" where the type is what is wrong. */
function describeValue(value: unknown): string {
  if (typeof value === 'number' || value === undefined || value === null) return String(value);
  return typeof value === 'object' ? 'an object' : `${String(value)} (a ${typeof value})`;
}

function describeLength(observation: ArrayLike<number> | null | undefined): string {
  if (observation === null || observation === undefined) return String(observation);
  return typeof observation.length === 'number' ? `${observation.length} numbers` : typeof observation;
}
