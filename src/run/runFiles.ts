import { FileError } from '../errors.js';
import type { Platform } from '../platform/platform.js';
import { RUN_FILES, RunDirectory } from './runDirectory.js';

/** Contents of the files of a run by their names, such as config.json: the same on every platform. */
export type RunFiles = Record<string, Uint8Array>;

/** The files that a run folder holds so far. */
export async function readRunFiles(platform: Platform, runDirectory: string): Promise<RunFiles> {
  const files: RunFiles = {};
  for (const name of RUN_FILES) {
    const path = platform.joinPath(runDirectory, name);
    if ((await platform.fileKind(path)) === 'file') files[name] = await platform.readFile(path);
  }
  return files;
}

/**
 * Puts the files of a run into a folder that holds none; others than those of a run are left out. Throws FileError when
 * there is a run already, which is left as it is.
 */
export async function writeRunFiles(
  platform: Platform,
  runDirectory: string,
  files: Readonly<RunFiles>,
): Promise<void> {
  if (await RunDirectory.isRun(platform, runDirectory)) {
    throw new FileError(
      `${runDirectory} holds a run already; go on with it (leave out files), give another runDirectory, or delete it first`,
    );
  }
  await platform.makeDirectory(runDirectory);
  // the one that makes a folder a run comes last: a page closed here leaves no half of a run
  for (const name of [...RUN_FILES].reverse()) {
    if (files[name] === undefined) continue;
    await platform.replaceFile(platform.joinPath(runDirectory, name), files[name]);
  }
}
