import { EnvironmentError, nearestName } from '../errors.js';
import { Acrobot } from './acrobot.js';
import { CartPole } from './cartPole.js';
import type { Environment } from './environment.js';
import { Meteors } from './games/meteors.js';
import { PearlDiver } from './games/pearlDiver.js';
import { Rally } from './games/rally.js';
import { WallBreaker } from './games/wallBreaker.js';
import { MountainCar } from './mountainCar.js';
import { MountainCarContinuous } from './mountainCarContinuous.js';
import { Ant } from './mujoco/ant.js';
import { HalfCheetah } from './mujoco/halfCheetah.js';
import { Hopper } from './mujoco/hopper.js';
import { Humanoid } from './mujoco/humanoid.js';
import { InvertedDoublePendulum } from './mujoco/invertedDoublePendulum.js';
import { InvertedPendulum } from './mujoco/invertedPendulum.js';
import { loadMujoco } from './mujoco/load.js';
import { Reacher } from './mujoco/reacher.js';
import { Swimmer } from './mujoco/swimmer.js';
import { Walker2d } from './mujoco/walker2d.js';
import { Pendulum } from './pendulum.js';
import type { Box } from './spaces.js';
import { TimeLimit } from './timeLimit.js';

export {
  Acrobot,
  Ant,
  CartPole,
  HalfCheetah,
  Hopper,
  Humanoid,
  InvertedDoublePendulum,
  InvertedPendulum,
  Meteors,
  MountainCar,
  MountainCarContinuous,
  PearlDiver,
  Pendulum,
  Rally,
  Reacher,
  Swimmer,
  TimeLimit,
  Walker2d,
  WallBreaker,
};

export interface EnvironmentEntry {
  readonly id: string;
  /** One line for lists of environments. */
  readonly description: string;
  readonly maxEpisodeSteps: number;
  /** Mean return over 100 episodes from which Gymnasium calls the task solved. */
  readonly rewardThreshold?: number;
  /** A new environment, cut after `maxEpisodeSteps`. */
  create(): Environment<Box>;
  /** Loads what its first reset would else load, for whoever wants to know early that it is missing. PlatformError. */
  prepare?(): Promise<unknown>;
}

/** The known environments: this list is the registration. */
export const environmentList: readonly EnvironmentEntry[] = [
  /* @__PURE__ */ limited({
    id: 'CartPole-v1',
    description: 'Balance a pole on a cart by pushing it left or right',
    maxEpisodeSteps: 500,
    rewardThreshold: 475,
    createUnlimited: () => new CartPole(),
  }),
  /* @__PURE__ */ limited({
    id: 'Pendulum-v1',
    description: 'Swing a rod up and hold it with a weak motor (continuous torque)',
    maxEpisodeSteps: 200,
    createUnlimited: () => new Pendulum(),
  }),
  /* @__PURE__ */ limited({
    id: 'Acrobot-v1',
    description: 'Swing the end of two links above a line with a motor between them',
    maxEpisodeSteps: 500,
    rewardThreshold: -100,
    createUnlimited: () => new Acrobot(),
  }),
  /* @__PURE__ */ limited({
    id: 'MountainCar-v0',
    description: 'Drive an underpowered car out of a valley (three actions, reward -1 per step)',
    maxEpisodeSteps: 200,
    rewardThreshold: -110,
    createUnlimited: () => new MountainCar(),
  }),
  /* @__PURE__ */ limited({
    id: 'MountainCarContinuous-v0',
    description: 'Drive an underpowered car out of a valley (continuous force, 100 for the goal)',
    maxEpisodeSteps: 999,
    rewardThreshold: 90,
    createUnlimited: () => new MountainCarContinuous(),
  }),
  /* @__PURE__ */ limited({
    id: 'WallBreaker-v0',
    description: 'Break bricks with a ball and a paddle, on a grid of 10 x 10 cells',
    maxEpisodeSteps: 1000,
    createUnlimited: () => new WallBreaker(),
  }),
  /* @__PURE__ */ limited({
    id: 'Meteors-v0',
    description: 'Shoot meteors before they land, on a grid of 10 x 10 cells',
    maxEpisodeSteps: 1000,
    createUnlimited: () => new Meteors(),
  }),
  /* @__PURE__ */ limited({
    id: 'PearlDiver-v0',
    description: 'Fetch pearls from the ground of the sea between fish, on a grid of 10 x 10 cells',
    maxEpisodeSteps: 1000,
    createUnlimited: () => new PearlDiver(),
  }),
  /* @__PURE__ */ limited({
    id: 'Rally-v0',
    description: 'Play a ball against another paddle, from 52 x 40 grey pixels, four frames of them',
    maxEpisodeSteps: 2000,
    createUnlimited: () => new Rally(),
  }),
  /* @__PURE__ */ limited({
    id: 'InvertedPendulum-v5',
    description: 'Balance a pole by pushing its cart along a rail (MuJoCo)',
    maxEpisodeSteps: 1000,
    rewardThreshold: 950,
    createUnlimited: () => new InvertedPendulum(),
    prepare: loadMujoco,
  }),
  /* @__PURE__ */ limited({
    id: 'InvertedDoublePendulum-v5',
    description: 'Balance two poles, one on the other, on a cart (MuJoCo)',
    maxEpisodeSteps: 1000,
    rewardThreshold: 9100,
    createUnlimited: () => new InvertedDoublePendulum(),
    prepare: loadMujoco,
  }),
  /* @__PURE__ */ limited({
    id: 'Reacher-v5',
    description: 'Bring the tip of an arm with two joints to a target (MuJoCo)',
    maxEpisodeSteps: 50,
    rewardThreshold: -3.75,
    createUnlimited: () => new Reacher(),
    prepare: loadMujoco,
  }),
  /* @__PURE__ */ limited({
    id: 'Swimmer-v5',
    description: 'Swim in a viscous medium with three links (MuJoCo)',
    maxEpisodeSteps: 1000,
    rewardThreshold: 360,
    createUnlimited: () => new Swimmer(),
    prepare: loadMujoco,
  }),
  /* @__PURE__ */ limited({
    id: 'Hopper-v5',
    description: 'Hop forward on one leg (MuJoCo)',
    maxEpisodeSteps: 1000,
    rewardThreshold: 3800,
    createUnlimited: () => new Hopper(),
    prepare: loadMujoco,
  }),
  /* @__PURE__ */ limited({
    id: 'HalfCheetah-v5',
    description: 'Run forward on a front and a back leg (MuJoCo)',
    maxEpisodeSteps: 1000,
    rewardThreshold: 4800,
    createUnlimited: () => new HalfCheetah(),
    prepare: loadMujoco,
  }),
  /* @__PURE__ */ limited({
    id: 'Walker2d-v5',
    description: 'Walk forward on two legs in a plane (MuJoCo)',
    maxEpisodeSteps: 1000,
    createUnlimited: () => new Walker2d(),
    prepare: loadMujoco,
  }),
  /* @__PURE__ */ limited({
    id: 'Ant-v5',
    description: 'Walk forward on four legs (MuJoCo)',
    maxEpisodeSteps: 1000,
    rewardThreshold: 6000,
    createUnlimited: () => new Ant(),
    prepare: loadMujoco,
  }),
  /* @__PURE__ */ limited({
    id: 'Humanoid-v5',
    description: 'Walk forward as a humanoid with 17 motors (MuJoCo)',
    maxEpisodeSteps: 1000,
    createUnlimited: () => new Humanoid(),
    prepare: loadMujoco,
  }),
];

/** A new environment by its id. EnvironmentError: no such id. */
export function makeEnvironment(id: string): Environment<Box> {
  return findEnvironment(id).create();
}

/** The entry of an id. EnvironmentError: no such id. others: names that are known beside the list, for the message. */
export function findEnvironment(
  id: string,
  { others = [], wayOut }: { readonly others?: readonly string[]; readonly wayOut?: string } = {},
): EnvironmentEntry {
  const entry = environmentList.find((candidate) => candidate.id === id);
  if (entry) return entry;
  const known = [...others, ...environmentList.map((candidate) => candidate.id)];
  throw new EnvironmentError(
    `Environment "${id}" is unknown${nearestName(id, known)}; the known ones are ${known.join(', ')}${wayOut === undefined ? '' : `; ${wayOut}`}`,
  );
}

function limited({
  createUnlimited,
  ...entry
}: Omit<EnvironmentEntry, 'create'> & { createUnlimited(): Environment<Box> }): EnvironmentEntry {
  return { ...entry, create: () => new TimeLimit(createUnlimited(), entry.maxEpisodeSteps) };
}
