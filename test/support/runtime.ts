import { nodePlatform } from '../../src/platform/node.js';
import type { TrainerRuntime } from '../../src/training/training.js';
import { moduleOf } from '../kernels/support/wasm.js';

/** The release kernels, with an event loop that is never given a turn. */
export function testRuntime(): TrainerRuntime {
  return { module: moduleOf('simd'), variant: 'simd', yieldToEventLoop: async () => {} };
}

/** The same kernels with the worker threads of Node.js (which run dist/worker.js) on shared memory. */
export function threadedRuntime(): TrainerRuntime {
  return {
    module: moduleOf('simd'),
    variant: 'simd',
    yieldToEventLoop: nodePlatform.yieldToEventLoop,
    threading: { ...nodePlatform.threading!, module: moduleOf('simd-threads') },
  };
}
