import { deleteStoredRun, type RunFiles, readStoredRun, type Storage } from 'wasm-trpo/browser';
import { remember, remembered } from './remembered.js';

/** Two, so that a new run does not overwrite the kept one before it has made an update. */
const FOLDERS = ['demo-a', 'demo-b'] as const;
const NAME = 'run';

/** Where a run is kept. */
export interface Place {
  readonly storage: Storage;
  readonly runDirectory: string;
}

/** An empty place for a new run: in the browser's disk space, or in memory where another tab or the browser forbids that. */
export async function freePlace(): Promise<Place> {
  const kept = remembered(NAME);
  for (const runDirectory of FOLDERS) {
    if (runDirectory === kept) continue;
    try {
      await deleteStoredRun(runDirectory);
      return { storage: 'origin', runDirectory };
    } catch {
      // another tab trains there, or the browser has no such space
    }
  }
  return { storage: 'memory', runDirectory: 'demo' };
}

/** From now on the run in this place is the one to go on with at the next visit. */
export function keep({ storage, runDirectory }: Place): void {
  if (storage === 'origin') remember(NAME, runDirectory);
}

/** The run that an earlier visit left, if there is one. */
export async function keptRun(): Promise<{ readonly place: Place; readonly files: RunFiles } | undefined> {
  const runDirectory = remembered(NAME);
  if (runDirectory === null) return undefined;
  try {
    const files = await readStoredRun(runDirectory);
    if (files['checkpoint.safetensors'] === undefined) return undefined;
    return { place: { storage: 'origin', runDirectory }, files };
  } catch {
    return undefined;
  }
}
