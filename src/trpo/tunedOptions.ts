import type { TrpoOptions } from './options.js';

/** What each known environment starts from where it differs from the defaults; anything given by the user wins. */
export const tunedOptions: Readonly<Record<string, Partial<TrpoOptions>>> = {
  'CartPole-v1': { environments: 4, steps: 256, maxKl: 0.02, lambda: 0.98, valueEpochs: 20 },
  'Pendulum-v1': {
    environments: 4,
    steps: 256,
    gamma: 0.9,
    initialLogStd: 0.5,
    // cos, sin and angular velocity are of order 1 already
    normalizeObservations: false,
  },
  'Acrobot-v1': {},
  'MountainCar-v0': { environments: 4, steps: 512, maxKl: 0.02, damping: 0.03, valueEpochs: 20 },
  'MountainCarContinuous-v0': {
    timesteps: 50_000,
    environments: 4,
    steps: 512,
    gamma: 0.9999,
    // wide noise finds the goal, which the cost of force would otherwise hide
    initialLogStd: 0.5,
  },
};
