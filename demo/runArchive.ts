import { unzipSync, zipSync } from 'fflate';
import { FileError, type RunFiles } from 'wasm-trpo/browser';

const POLICY = 'policy.safetensors';
const CONFIG = 'config.json';
const ARCHIVE = /\.zip$/i;

/** The files of a run as one archive: unpacked, a run folder of the command line. */
export function packRun(files: Readonly<RunFiles>, folder: string): Uint8Array {
  return zipSync(
    Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${folder}/${name}`, bytes])),
  );
}

/** What a person brought: a whole run, or a policy alone. */
export type Brought =
  | { readonly kind: 'run'; readonly files: RunFiles }
  | { readonly kind: 'policy'; readonly name: string; readonly bytes: Uint8Array };

/** Tells what dropped or chosen files are, by their names. FileError: neither a run nor a policy. */
export function recognize(given: Readonly<RunFiles>): Brought {
  const files: RunFiles = {};
  for (const [name, bytes] of Object.entries(given)) {
    if (ARCHIVE.test(name)) Object.assign(files, unpack(name, bytes));
    else files[name] = bytes;
  }
  if (files[CONFIG] !== undefined) return { kind: 'run', files };
  const policies = Object.keys(files).filter((name) => name.endsWith(POLICY));
  if (policies.length === 1) return { kind: 'policy', name: policies[0], bytes: files[policies[0]] };
  const names = Object.keys(given).join(', ');
  throw new FileError(
    `${names}: neither a policy nor a run; drop one policy.safetensors, or a downloaded run (its .zip, or all its files)`,
  );
}

function unpack(name: string, archive: Uint8Array): RunFiles {
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(archive);
  } catch (cause) {
    throw new FileError(
      `${name} is not a whole .zip archive (${(cause as Error).message}); download it again`,
      {
        cause,
      },
    );
  }
  return Object.fromEntries(
    Object.entries(entries).map(([path, bytes]) => [path.slice(path.lastIndexOf('/') + 1), bytes]),
  );
}
