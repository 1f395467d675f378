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
export { type EnvironmentEntry, environmentList, makeEnvironment } from './environments/index.js';
export * from './errors.js';
export { type ProgressRow, progressKey, type TrainingRow } from './logging/sink.js';
export * from './ownEnvironments.js';
export type { RunFiles } from './run/runFiles.js';
export { defaultOptions, type GivenOptions, optionTable, type TrpoOptions } from './training/options.js';
export { tunedOptions } from './training/tunedOptions.js';
export { VERSION } from './version.js';
