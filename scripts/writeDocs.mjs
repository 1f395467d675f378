// Writes docs/reference/, the pages that are made from tables in src/.
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const outdir = 'build/docs';
await build({
  entryPoints: ['scripts/optionsMarkdown.ts', 'scripts/columnsMarkdown.ts'],
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
});
const load = (name) => import(pathToFileURL(`${outdir}/${name}.mjs`).href);
const { optionsMarkdown } = await load('optionsMarkdown');
const { columnsMarkdown } = await load('columnsMarkdown');
await mkdir('docs/reference', { recursive: true });
await writeFile('docs/reference/options.md', optionsMarkdown());
await writeFile('docs/reference/progress.md', columnsMarkdown());
