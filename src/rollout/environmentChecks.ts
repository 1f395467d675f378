import type { StepResult } from '../environments/environment.js';
import { EnvironmentError, NonFiniteError, ShapeError } from '../errors.js';

/** Says where something went wrong, such as "CartPole-v1 (environment 3, step 1024)"; asked only when it did. */
export type Place = () => string;

/**
 * target = observation, as reset() or step() returned it. Throws ShapeError for a wrong length and NonFiniteError for
 * anything in it that is not a finite number.
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
    if (typeof number !== 'number' || !Number.isFinite(number)) {
      throw new NonFiniteError(
        `${place()} returned observation[${i}] = ${String(number)} from ${method}(); every number must be finite`,
      );
    }
    target[i] = number;
  }
}

/** Throws unless reward is a finite number and both flags are booleans. */
export function requireOutcome({ reward, terminated, truncated }: StepResult, place: Place): void {
  if (typeof reward !== 'number' || !Number.isFinite(reward)) {
    throw new NonFiniteError(
      `${place()} returned reward ${String(reward)} from step(); a reward must be a finite number`,
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

function describeLength(observation: ArrayLike<number> | null | undefined): string {
  if (observation === null || observation === undefined) return String(observation);
  return typeof observation.length === 'number' ? `${observation.length} numbers` : typeof observation;
}
