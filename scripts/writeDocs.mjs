// Writes docs/options.md from the option table.
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const outfile = 'build/docs/optionsMarkdown.mjs';
await build({
  entryPoints: ['scripts/optionsMarkdown.ts'],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
});
const { optionsMarkdown } = await import(pathToFileURL(outfile).href);
await mkdir('docs', { recursive: true });
await writeFile('docs/options.md', optionsMarkdown());
