import { FileError } from '../errors.js';

/** Does the work while no other tab can write the run in this folder. FileError: another one is training it. */
export function alone<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  return navigator.locks.request(`wasm-trpo run ${folder}`, { ifAvailable: true }, (lock) => {
    if (lock === null) {
      throw new FileError(
        `${folder} is being trained in another tab; close it, or give another runDirectory`,
      );
    }
    return work();
  });
}
