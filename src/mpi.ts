/** wasm-trpo/mpi: training on several machines, as mpirun or srun starts it. Node.js with the package koffi. */

export { mpiRanks } from './mpi/mpiRanks.js';
export type { Ranks, SharedTable } from './ranks/ranks.js';
