/** What environments of one's own are written with, in every entry that runs them. */

export type {
  Action,
  Environment,
  Info,
  ResetOptions,
  ResetResult,
  StepResult,
} from './environments/environment.js';
export {
  type ActionSpace,
  Box,
  type BoxDtype,
  Discrete,
  MultiBinary,
  MultiDiscrete,
} from './environments/spaces.js';
export { TimeLimit } from './environments/timeLimit.js';
export { RandomStream } from './random/philox.js';
export type { Scene, Shape } from './render/scene.js';
export type { Solid, SolidBody, SolidScene } from './render/solidScene.js';
export type { EnvironmentFactory } from './vector/givenSource.js';
export type {
  Answer,
  Infos,
  VectorEnvironment,
  VectorOutcomes,
  VectorResets,
} from './vector/vectorEnvironment.js';
