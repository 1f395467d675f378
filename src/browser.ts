/** wasm-trpo/browser: training in a page, in a worker of its own. */

export type {
  ResumeSettings,
  Storage,
  TrainingEnd,
  TrainingIteration,
  TrainingStart,
  TrainSettings,
} from './browser/messages.js';
export { deleteStoredRun, downloadFiles, readFiles } from './browser/runFilesOfPage.js';
export { resume, type Training, type TrainingOptions, train } from './browser/training.js';
export * from './errors.js';
export { type ProgressRow, progressKey } from './logging/sink.js';
export type { Solid, SolidBody, SolidScene } from './render/solidScene.js';
export type { RunFiles } from './run/runFiles.js';
export type { TrpoOptions } from './trpo/options.js';
export { VERSION } from './version.js';
