import { describe } from 'vitest';
import { INSTALLED, MPIS } from './mpi.js';

/** Tests for each MPI that is there; where there is none they are skipped, as npm run test:mpi says. */
export const describeWithMpi = MPIS.length === 0 ? describe.skip.each(INSTALLED) : describe.each(MPIS);
