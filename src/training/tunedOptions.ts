import type { TrpoOptions } from './options.js';

/** What MuJoCo's tasks start from: batches of two long episodes, and a horizon of 200 steps, over which a fall shows. */
const robot = {
  timesteps: 1_000_000,
  environments: 4,
  steps: 512,
  gamma: 0.995,
  maxKl: 0.02,
  // updates as large as the first ones would throw a good policy off its balance now and then
  maxKlDecay: 1,
  valueEpochs: 20,
} as const satisfies Partial<TrpoOptions>;

/** A gait is found by larger updates, and in ill-conditioned Fisher matrices: 15 products may leave half of the residual. */
const legged = { ...robot, maxKl: 0.04, cgIterations: 25 } as const satisfies Partial<TrpoOptions>;

/** What Gymnasium's Box2D tasks start from: landing or falling decides, which a long horizon sees. */
const box2d = {
  timesteps: 500_000,
  environments: 8,
  steps: 256,
  gamma: 0.995,
  lambda: 0.98,
  maxKl: 0.02,
  maxKlDecay: 1,
  valueEpochs: 20,
} as const satisfies Partial<TrpoOptions>;

/** What games start from: many small batches, for episodes are short. */
const game = {
  timesteps: 300_000,
  network: 'grid',
  environments: 8,
  steps: 128,
  maxKl: 0.02,
  // with more, half of the time goes into the value function and nothing is gained
  valueEpochs: 3,
} as const satisfies Partial<TrpoOptions>;

/**
 * What learning from a screen needs: it is nearly the same in each frame, so that larger steps of Adam drive the last hidden units of the
 * value function to where they pass no gradient, and tanhs stay there.
 */
const screen = {
  activation: 'relu',
  fisherFraction: 0.25,
  valueEpochs: 3,
  valueLearningRate: 3e-4,
} as const satisfies Partial<TrpoOptions>;

const atari = {
  ...screen,
  timesteps: 3_000_000,
  network: '16x4/2,16x4/2',
  hiddenSizes: [128],
  valueHiddenSizes: [128],
  environments: 8,
  steps: 128,
  cgIterations: 10,
  damping: 0.01,
} as const satisfies Partial<TrpoOptions>;

/**
 * What each known environment starts from where it differs from the defaults; anything given by the user wins. Those whose
 * bounds are not -1 and 1 were tuned with actions in the environment's units.
 */
export const tunedOptions: Readonly<Record<string, Partial<TrpoOptions>>> = {
  'CartPole-v1': { environments: 4, steps: 256, maxKl: 0.02, lambda: 0.98, valueEpochs: 20 },
  'Pendulum-v1': {
    environments: 4,
    steps: 256,
    gamma: 0.9,
    initialLogStd: 0.5,
    rescaleActions: false,
    // cos, sin and angular velocity are of order 1 already
    normalizeObservations: false,
  },
  'Acrobot-v1': {},
  'MountainCar-v0': {
    environments: 4,
    steps: 512,
    gamma: 0.995,
    maxKl: 0.02,
    damping: 0.03,
    valueEpochs: 20,
  },
  'MountainCarContinuous-v0': {
    timesteps: 50_000,
    environments: 4,
    steps: 512,
    gamma: 0.9999,
    // wide noise finds the goal, which the cost of force would otherwise hide
    initialLogStd: 0.5,
  },
  'WallBreaker-v0': game,
  'Meteors-v0': game,
  // a dive and its way back take most of the steps that air lasts
  'PearlDiver-v0': { ...game, steps: 256, gamma: 0.995, maxKl: 0.03 },
  'Rally-v0': { ...game, ...screen, network: 'paper' },
  // once it stands, it is the normaliser that moves the policy more than the updates do
  'InvertedPendulum-v5': { ...robot, rescaleActions: false, keepOutputsFrom: 50_000 },
  // once it stands, nearly all of an advantage is noise: it takes a larger batch to see what is left
  'InvertedDoublePendulum-v5': { ...robot, steps: 1280, gamma: 0.99 },
  // nothing to fall from
  'Reacher-v5': { ...robot, maxKlDecay: 0 },
  // a whole episode counts: with a shorter horizon, larger batches or larger updates it settles on a slower stroke
  'Swimmer-v5': { ...robot, steps: 256, gamma: 0.9999, lambda: 0.99 },
  // larger steps than these leave a gait that falls now and then when it acts without noise
  'Hopper-v5': { ...legged, maxKl: 0.02 },
  // it cannot fall: more updates from smaller batches, less noise
  'HalfCheetah-v5': { ...legged, steps: 256, gamma: 0.99, initialLogStd: -0.5 },
  'Walker2d-v5': legged,
  'Ant-v5': {
    ...legged,
    gamma: 0.99,
    // it still learns when its steps end
    maxKlDecay: 0.5,
    cgIterations: 15,
    cgPreconditionerRows: 128,
    // strong actions cost more than a first walk earns
    initialLogStd: -1,
    // 78 of the 105 observations are contact forces, in which a closer fit finds what the next batch does not hold
    valueEpochs: 3,
  },
  'Humanoid-v5': { ...legged, rescaleActions: false },
  'gym:LunarLander-v3': { ...box2d, gamma: 0.999, lambda: 0.95 },
  // the side engine fires at half of its range and keeps a lander that has come to rest awake: noise must become small
  'gym:LunarLanderContinuous-v3': {
    ...box2d,
    steps: 512,
    gamma: 0.999,
    lambda: 0.95,
    maxKl: 0.04,
    initialLogStd: -0.5,
    normalizeObservations: false,
  },
  'gym:BipedalWalker-v3': { ...box2d, timesteps: 1_000_000 },
  'atari:*': atari,
};

/** The tuned options of an environment; none for one that is not known. Gymnasium's own tasks are the same as those of this package. */
export function tunedFor(environmentName: string): Partial<TrpoOptions> {
  const names = [
    environmentName,
    environmentName.replace(/^gym:/, ''),
    environmentName.replace(/^atari:.*/, 'atari:*'),
  ];
  const known = names.find((name) => Object.hasOwn(tunedOptions, name));
  return known === undefined ? {} : tunedOptions[known];
}
