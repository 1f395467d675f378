import type { StepResult } from '../environments/environment.js';
import {
  describeValue,
  isFiniteFloat32,
  LARGEST_FLOAT32_TEXT,
  type Told,
} from '../environments/flattenObservation.js';
import { EnvironmentError, NonFiniteError, ShapeError } from '../errors.js';
import type { Place } from './environmentCalls.js';

/** Throws EnvironmentError unless reset() or step() gave an object, as an await of it does. */
export function requireAnswer(answer: unknown, method: 'reset' | 'step', place: Place): void {
  if (typeof answer === 'object' && answer !== null) return;
  const fields = method === 'reset' ? '{ observation }' : '{ observation, reward, terminated, truncated }';
  throw new EnvironmentError(
    `${place()} returned ${describeValue(answer)} from ${method}(); it must return ${fields}, or a promise of it`,
  );
}

/** Begins messages about what a call of reset() or step() returned. */
export function toldFrom(place: Place, method: 'reset' | 'step'): Told {
  return (given) => `${place()} returned ${given} from ${method}()`;
}

/** Throws unless step() gave an object whose reward is a finite float32 number and whose flags are booleans. */
export function requireOutcome(outcome: StepResult<unknown>, place: Place): void {
  requireAnswer(outcome, 'step', place);
  const { reward, terminated, truncated } = outcome;
  requireReward(reward, place);
  if (typeof terminated !== 'boolean' || typeof truncated !== 'boolean') {
    throw new EnvironmentError(
      `${place()} returned terminated ${String(terminated)} and truncated ${String(truncated)} from step(); both must be true or false`,
    );
  }
}

/** Throws NonFiniteError unless the reward is a finite float32 number. */
export function requireReward(reward: unknown, place: Place): void {
  if (isFiniteFloat32(reward)) return;
  throw new NonFiniteError(
    `${place()} returned reward ${describeValue(reward)} from step(); a reward must be a finite number, and at most ${LARGEST_FLOAT32_TEXT} in size`,
  );
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

/** The state that saveState() gave, a copy. Throws unless it is made of finite numbers, which a checkpoint can hold. */
export function copyState(state: unknown, method: string, place: Place): Float64Array {
  const { length } = (state ?? {}) as ArrayLike<unknown>;
  if (typeof state !== 'object' || typeof length !== 'number') {
    throw new ShapeError(
      `${place()} returned ${describeValue(state)} from ${method}(); it must return an array of numbers`,
    );
  }
  for (let i = 0; i < length; i++) {
    const number = (state as ArrayLike<unknown>)[i];
    if (!Number.isFinite(number)) {
      throw new NonFiniteError(
        `${place()} returned ${describeValue(number)} at [${i}] from ${method}(); a state is made of finite numbers, which a checkpoint can hold`,
      );
    }
  }
  return Float64Array.from(state as ArrayLike<number>);
}
