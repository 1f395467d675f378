import { FileError } from '../errors.js';
import { browserPlatform } from '../platform/browser.js';
import { OriginFiles } from '../platform/originFiles.js';
import { RUN_FILES } from '../run/runDirectory.js';
import { type RunFiles, readRunFiles } from '../run/runFiles.js';
import { alone, requireFreeBelow } from './runLock.js';

/**
 * Reads files that a person chose or dropped, by their names; those of a run by the names that they have in its folder,
 * whatever was put before them and however the browser numbered them ("cartpole-config (1).json").
 * Throws FileError when two have the same name then.
 */
export async function readFiles(files: Iterable<File>): Promise<RunFiles> {
  const contents: RunFiles = {};
  for (const file of files) {
    const name = nameInRun(file.name);
    if (contents[name] !== undefined) {
      throw new FileError(`${file.name} is a second ${name}; choose the files of one run`);
    }
    contents[name] = new Uint8Array(await file.arrayBuffer());
  }
  return contents;
}

function nameInRun(name: string): string {
  const unnumbered = name.replace(/ ?\(\d+\)(?=\.\w+$)/, '');
  return RUN_FILES.find((known) => unnumbered.endsWith(known)) ?? name;
}

/** Hands files to the browser's downloads, each under its name after `prefix`. */
export function downloadFiles(files: Readonly<RunFiles>, prefix = ''): void {
  for (const [name, content] of Object.entries(files)) {
    const url = URL.createObjectURL(new Blob([new Uint8Array(content)]));
    const link = document.createElement('a');
    link.href = url;
    link.download = `${prefix}${name}`;
    link.click();
    URL.revokeObjectURL(url);
  }
}

/** The files of a run that was kept with storage 'origin'; none where there is no such run. */
export async function readStoredRun(runDirectory: string): Promise<RunFiles> {
  return readRunFiles(browserPlatform(await OriginFiles.open()), runDirectory);
}

/**
 * Deletes a run that was kept with storage 'origin'; one that is not there is left alone. OwnershipError: it, or
 * a run in a folder below, is being trained, here or in another tab.
 */
export async function deleteStoredRun(runDirectory: string): Promise<void> {
  const files = await OriginFiles.open();
  await alone(runDirectory, async () => {
    await requireFreeBelow(runDirectory);
    await files.removeDirectory(runDirectory);
  });
}
