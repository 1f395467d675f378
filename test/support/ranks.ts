import type { Ranks, SharedTable } from '../../src/ranks/ranks.js';

/** What one rank brings to a call, and how it is answered. */
interface Arrival {
  readonly call: string;
  readonly given: unknown;
  readonly resolve: (all: unknown[]) => void;
  readonly reject: (error: Error) => void;
}

/** Ranks in one process, each for a trainer of its own. A call that the ranks do not all make is an error of each. */
export function inProcessRanks(size: number): readonly Ranks[] {
  let arrived: Arrival[] = [];
  const meet = (rank: number, call: string, given: unknown) =>
    new Promise<unknown[]>((resolve, reject) => {
      arrived[rank] = { call, given, resolve, reject };
      if (Object.keys(arrived).length < size) return;
      const all = arrived;
      arrived = [];
      const calls = new Set(all.map((one) => one.call));
      for (const one of all) {
        if (calls.size === 1) one.resolve(all.map((other) => other.given));
        else one.reject(new Error(`the ranks made different calls: ${[...calls].join(', ')}`));
      }
    });
  return Array.from({ length: size }, (_, rank) => ({
    rank,
    size,
    host: `host${rank}`,
    async gather(bytes: Uint8Array) {
      return (await meet(rank, 'gather', bytes.slice())) as Uint8Array[];
    },
    async gatherColumns(tables: readonly SharedTable[]) {
      const sizes = tables.map(({ rows, width, counts }) => `${rows} x (${counts.join(' + ')}) x ${width}`);
      const given = tables.map(({ numbers }) => numbers.slice());
      const all = (await meet(rank, `gatherColumns of ${sizes.join(', ')}`, given)) as Float32Array[][];
      tables.forEach(({ numbers, rows, width, counts }, index) => {
        const columns = counts.reduce((sum, count) => sum + count, 0);
        for (let row = 0; row < rows; row++) {
          let first = row * columns * width;
          counts.forEach((count, owner) => {
            numbers.set(all[owner][index].subarray(first, first + count * width), first);
            first += count * width;
          });
        }
      });
    },
  }));
}
