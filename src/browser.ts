/** wasm-trpo/browser: training in a page, in a worker of its own. */

export type {
  ResumeSettings,
  Storage,
  TrainingEnd,
  TrainingIteration,
  TrainingStart,
  TrainSettings,
} from './browser/messages.js';
export { deleteStoredRun, downloadFiles, readFiles, readStoredRun } from './browser/runFilesOfPage.js';
export { resume, type Training, type TrainingOptions, train } from './browser/training.js';
export type { Action, Environment } from './environments/environment.js';
export { observationNames } from './environments/flatSpace.js';
export { flattenObservation } from './environments/flattenObservation.js';
export { type EnvironmentEntry, environmentList, makeEnvironment } from './environments/index.js';
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
  type ObservationSpace,
  type StructuredSpace,
  Tuple,
} from './environments/structuredSpaces.js';
export * from './errors.js';
export { type ProgressRow, progressKey, type TrainingRow } from './logging/sink.js';
export type { Scene, Shape } from './render/scene.js';
export type { Solid, SolidBody, SolidScene } from './render/solidScene.js';
export type { RunFiles } from './run/runFiles.js';
export { defaultOptions, type GivenOptions, optionTable, type TrpoOptions } from './training/options.js';
export { tunedOptions } from './training/tunedOptions.js';
export { VERSION } from './version.js';
