/** The main entry where it cannot run: pages and workers at the edge have entries of their own. */

import { PlatformError } from './errors.js';

/** Called at the end of dist/unavailable.js, to which the build adds the names of the main entry. */
export function explain(): never {
  throw new PlatformError(
    'wasm-trpo itself needs Node.js, and neither this runtime nor the bundler that made this program says that it is there: in a page import wasm-trpo/browser, at the edge wasm-trpo/edge, and in a bundle for Node.js set the condition "node" (esbuild: --platform=node) or import wasm-trpo/node',
  );
}
