import { json } from 'node:stream/consumers';
import { getHeapSnapshot } from 'node:v8';
import { nodePlatform } from '../../src/platform/node.js';
import { train } from '../../src/run/train.js';

/** What the process holds after an iteration; bytes, under names for a table. */
export interface MemorySample {
  readonly timesteps: number;
  readonly memory: Readonly<Record<string, number>>;
}

/** Iterations between two snapshots of the heap, of which each takes a second. */
const SNAPSHOT_ITERATIONS = 100;

function inUse(kernelBytes: number): MemorySample['memory'] {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    'resident, whole process': rss,
    'JavaScript heap with garbage': heapUsed,
    'array buffers with garbage': arrayBuffers,
    'in use in the kernels': kernelBytes,
  };
}

/** The columns of a heap snapshot that are read here. */
interface HeapSnapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: readonly string[]; readonly node_types: readonly [string[]] };
  };
  /** Node after node, as many numbers each as there are node_fields. */
  readonly nodes: readonly number[];
}

/** Kinds of nodes that the engine makes of the program as it compiles it, not the program itself. */
const COMPILED: readonly string[] = ['code', 'hidden', 'object shape'];

/** A snapshot is taken after a full collection. */
async function reachable(): Promise<MemorySample['memory']> {
  const { snapshot, nodes } = (await json(getHeapSnapshot())) as HeapSnapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [typeAt, sizeAt] = [fields.indexOf('type'), fields.indexOf('self_size')];
  let objects = 0;
  let compiled = 0;
  for (let node = 0; node < nodes.length; node += fields.length) {
    if (COMPILED.includes(types[0][nodes[node + typeAt]])) compiled += nodes[node + sizeAt];
    else objects += nodes[node + sizeAt];
  }
  return { 'reachable: objects and buffers': objects, 'reachable: compiled code': compiled };
}

/**
 * The program of the process that soaks: trains as `trpo train` does, and writes a MemorySample as a line of JSON after
 * iterations. Arguments: environment, environment steps, run folder, and `process` for what the system and the engine count
 * or `snapshots` for what is left on the heap after a collection.
 */
const [environment, timesteps, runDirectory, method] = process.argv.slice(2);
await train(nodePlatform, {
  environment,
  timesteps: Number(timesteps),
  runDirectory,
  onIteration: async ({ iteration, timesteps: made }, trainer) => {
    if (method === 'snapshots' && iteration % SNAPSHOT_ITERATIONS !== 0) return;
    const memory = method === 'snapshots' ? await reachable() : inUse(trainer.memory.bytes);
    process.stdout.write(`${JSON.stringify({ timesteps: made, memory } satisfies MemorySample)}\n`);
  },
});
