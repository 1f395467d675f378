import { describe } from 'vitest';
import { INSTALLED, MPIS, type Mpi } from './mpi.js';

/** Tests for each MPI; those of one that is missing are skipped, and their name says why. */
export function describeWithMpi(tests: (mpi: Mpi) => void): void {
  for (const mpi of INSTALLED) {
    const isMissing = !MPIS.includes(mpi);
    const why = isMissing ? ', skipped: npm run pretest:mpi did not install it' : '';
    describe.skipIf(isMissing)(`with ${mpi.name}${why}`, () => tests(mpi));
  }
}
