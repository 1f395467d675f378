import { OriginFiles } from '../platform/originFiles.js';
import type { RunFiles } from '../run/runFiles.js';

/** Reads files that a person chose or dropped, by their names. */
export async function readFiles(files: Iterable<File>): Promise<RunFiles> {
  const contents: RunFiles = {};
  for (const file of files) contents[file.name] = new Uint8Array(await file.arrayBuffer());
  return contents;
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

/** Deletes a run that was kept with storage 'origin'; one that is not there is left alone. */
export async function deleteStoredRun(runDirectory: string): Promise<void> {
  await (await OriginFiles.open()).removeDirectory(runDirectory);
}
