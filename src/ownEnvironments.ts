/** What environments of one's own are written with, in every entry that runs them. */

export type {
  Action,
  Environment,
  Info,
  ResetOptions,
  ResetResult,
  StepResult,
} from './environments/environment.js';
export { observationNames } from './environments/flatSpace.js';
export { flattenObservation } from './environments/flattenObservation.js';
export {
  type ActionSpace,
  Box,
  type BoxDtype,
  Discrete,
  MultiBinary,
  MultiDiscrete,
} from './environments/spaces.js';
export {
  Dict,
  type Observation,
  type ObservationOf,
  type ObservationSpace,
  type StructuredSpace,
  Tuple,
} from './environments/structuredSpaces.js';
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
