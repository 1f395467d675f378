import type { Platform } from '../platform/platform.js';
import { RUN_FILES } from './runDirectory.js';

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

/** Puts the files of a run into a folder; others than those of a run are left out. */
export async function writeRunFiles(
  platform: Platform,
  runDirectory: string,
  files: Readonly<RunFiles>,
): Promise<void> {
  await platform.makeDirectory(runDirectory);
  for (const name of RUN_FILES) {
    if (files[name] === undefined) continue;
    await platform.replaceFile(platform.joinPath(runDirectory, name), files[name]);
  }
}
