/** wasm-trpo/browser/worker: for the program of a worker of one's own, in which a page trains on environments of one's own. */

export { type ServingOptions, serveTraining } from './browser/serveTraining.js';
export * from './errors.js';
export * from './ownEnvironments.js';
