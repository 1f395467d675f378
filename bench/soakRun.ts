import { nodePlatform } from '../src/platform/node.js';
import { train } from '../src/run/train.js';

/** What the process holds after an iteration; bytes. */
export interface MemorySample {
  readonly timesteps: number;
  /** Resident memory of the process. */
  readonly resident: number;
  /** Objects of JavaScript, garbage that is not collected yet included. */
  readonly heap: number;
  /** Array buffers beside the heap. */
  readonly arrayBuffers: number;
  /** In use in the kernels' memory. */
  readonly kernels: number;
}

/** Iterations between two samples where garbage is collected first. */
const COLLECTED_ITERATIONS = 10;

/**
 * The program of the process that soaks: trains as `trpo train` does, and writes a MemorySample as a line of JSON after each
 * iteration; where the engine was started with --expose-gc, after every tenth, and garbage is collected first.
 * Arguments: environment, environment steps, run folder.
 */
const [environment, timesteps, runDirectory] = process.argv.slice(2);
await train(nodePlatform, {
  environment,
  timesteps: Number(timesteps),
  runDirectory,
  onIteration: ({ iteration, timesteps: made }, { memory }) => {
    if (globalThis.gc !== undefined) {
      if (iteration % COLLECTED_ITERATIONS !== 0) return;
      globalThis.gc();
    }
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    const sample: MemorySample = {
      timesteps: made,
      resident: rss,
      heap: heapUsed,
      arrayBuffers,
      kernels: memory.bytes,
    };
    process.stdout.write(`${JSON.stringify(sample)}\n`);
  },
});
