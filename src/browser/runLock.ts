import { OwnershipError } from '../errors.js';
import { namesAlong } from '../platform/fileStore.js';

const PREFIX = 'wasm-trpo run ';

/** Does the work while no other tab can write the run in this folder. OwnershipError: another one is training it. */
export function alone<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  return navigator.locks.request(lockName(folder), { ifAvailable: true }, (lock) => {
    if (lock === null) throw ownedElsewhere(folder);
    return work();
  });
}

/** Throws OwnershipError when a run in a folder below this one is being trained. */
export async function requireFreeBelow(folder: string): Promise<void> {
  const { held = [] } = await navigator.locks.query();
  const below = held.find(({ name }) => name?.startsWith(`${lockName(folder)}/`));
  if (below !== undefined) throw ownedElsewhere(below.name!.slice(PREFIX.length));
}

/** One for all spellings of a path. */
function lockName(folder: string): string {
  return `${PREFIX}${namesAlong(folder).join('/')}`;
}

function ownedElsewhere(folder: string): OwnershipError {
  return new OwnershipError(
    `${folder} is being trained in another tab, or elsewhere in this one; stop that run or close the tab, or give another runDirectory`,
  );
}
