import { EnvironmentError } from '../errors.js';
import type { Environment } from './environment.js';

const ACTION_KINDS = ['Box', 'Discrete', 'MultiDiscrete', 'MultiBinary'];

/** The value as it is. Throws EnvironmentError, saying what is missing, unless it has what an environment must have. */
export function requireEnvironment(name: string, value: unknown): Environment {
  const environment = (value ?? {}) as Partial<Environment>;
  const problem = problemOf(environment);
  if (problem !== undefined) {
    throw new EnvironmentError(
      `${name} is not an environment: ${problem}; give a function that returns an object with observationSpace, actionSpace, reset() and step()`,
    );
  }
  return value as Environment;
}

function problemOf(environment: Partial<Environment>): string | undefined {
  if (environment.observationSpace?.kind !== 'Box') return 'its observationSpace is not a Box';
  if (!ACTION_KINDS.includes(environment.actionSpace?.kind ?? '')) {
    return `its actionSpace is not one of ${ACTION_KINDS.join(', ')}`;
  }
  if (environment.actionSpace?.kind === 'Box' && environment.actionSpace.dtype === 'uint8') {
    return 'its actionSpace is a Box of uint8, but actions in a Box are drawn as real numbers (MultiDiscrete has whole ones)';
  }
  for (const method of ['reset', 'step'] as const) {
    if (typeof environment[method] !== 'function') return `it has no method ${method}()`;
  }
  return undefined;
}
