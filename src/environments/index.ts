import { EnvironmentError, nearestName } from '../errors.js';
import { Acrobot } from './acrobot.js';
import { CartPole } from './cartPole.js';
import type { Environment } from './environment.js';
import { MountainCar } from './mountainCar.js';
import { MountainCarContinuous } from './mountainCarContinuous.js';
import { Pendulum } from './pendulum.js';
import { TimeLimit } from './timeLimit.js';

export { Acrobot, CartPole, MountainCar, MountainCarContinuous, Pendulum, TimeLimit };

export interface EnvironmentEntry {
  readonly id: string;
  /** One line for lists of environments. */
  readonly description: string;
  readonly maxEpisodeSteps: number;
  /** Mean return over 100 episodes from which Gymnasium calls the task solved. */
  readonly rewardThreshold?: number;
  /** A new environment, cut after `maxEpisodeSteps`. */
  create(): Environment;
}

/** The known environments: this list is the registration. */
export const environmentList: readonly EnvironmentEntry[] = [
  limited({
    id: 'CartPole-v1',
    description: 'Balance a pole on a cart by pushing it left or right',
    maxEpisodeSteps: 500,
    rewardThreshold: 475,
    createUnlimited: () => new CartPole(),
  }),
  limited({
    id: 'Pendulum-v1',
    description: 'Swing a rod up and hold it with a weak motor (continuous torque)',
    maxEpisodeSteps: 200,
    createUnlimited: () => new Pendulum(),
  }),
  limited({
    id: 'Acrobot-v1',
    description: 'Swing the end of two links above a line with a motor between them',
    maxEpisodeSteps: 500,
    rewardThreshold: -100,
    createUnlimited: () => new Acrobot(),
  }),
  limited({
    id: 'MountainCar-v0',
    description: 'Drive an underpowered car out of a valley (three actions, reward -1 per step)',
    maxEpisodeSteps: 200,
    rewardThreshold: -110,
    createUnlimited: () => new MountainCar(),
  }),
  limited({
    id: 'MountainCarContinuous-v0',
    description: 'Drive an underpowered car out of a valley (continuous force, 100 for the goal)',
    maxEpisodeSteps: 999,
    rewardThreshold: 90,
    createUnlimited: () => new MountainCarContinuous(),
  }),
];

/** A new environment by its id. EnvironmentError: no such id. */
export function makeEnvironment(id: string): Environment {
  const entry = environmentList.find((candidate) => candidate.id === id);
  if (entry) return entry.create();
  const known = environmentList.map((candidate) => candidate.id);
  throw new EnvironmentError(
    `Environment "${id}" is unknown${nearestName(id, known)}; the known ones are ${known.join(', ')}`,
  );
}

function limited({
  createUnlimited,
  ...entry
}: Omit<EnvironmentEntry, 'create'> & { createUnlimited(): Environment }): EnvironmentEntry {
  return { ...entry, create: () => new TimeLimit(createUnlimited(), entry.maxEpisodeSteps) };
}
