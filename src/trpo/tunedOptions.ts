import type { TrpoOptions } from './options.js';

/** What MuJoCo's tasks start from: many small updates. */
const robot = {
  timesteps: 1_000_000,
  environments: 4,
  steps: 256,
  maxKl: 0.02,
  // motors take -1 to 1: wider noise is mostly clipped away
  initialLogStd: -0.5,
  valueEpochs: 20,
} as const satisfies Partial<TrpoOptions>;

/** What each known environment starts from where it differs from the defaults; anything given by the user wins. */
export const tunedOptions: Readonly<Record<string, Partial<TrpoOptions>>> = {
  'CartPole-v1': { environments: 4, steps: 256, maxKl: 0.02, lambda: 0.98 },
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
  'InvertedPendulum-v5': robot,
  'InvertedDoublePendulum-v5': robot,
  'Reacher-v5': robot,
  'Swimmer-v5': robot,
  'Hopper-v5': robot,
  'HalfCheetah-v5': robot,
  'Walker2d-v5': robot,
  'Ant-v5': robot,
  'Humanoid-v5': robot,
};
