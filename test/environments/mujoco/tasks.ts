import {
  Ant,
  HalfCheetah,
  Hopper,
  Humanoid,
  InvertedDoublePendulum,
  InvertedPendulum,
  Reacher,
  Swimmer,
  Walker2d,
} from '../../../src/environments/index.js';
import type { MujocoTask } from '../../../src/environments/mujoco/mujocoTask.js';

/** The class of each MuJoCo task in the list of environments. */
export const mujocoTasks: Readonly<Record<string, new (options?: object) => MujocoTask>> = {
  'InvertedPendulum-v5': InvertedPendulum,
  'InvertedDoublePendulum-v5': InvertedDoublePendulum,
  'Reacher-v5': Reacher,
  'Swimmer-v5': Swimmer,
  'Hopper-v5': Hopper,
  'HalfCheetah-v5': HalfCheetah,
  'Walker2d-v5': Walker2d,
  'Ant-v5': Ant,
  'Humanoid-v5': Humanoid,
};
