// Builds the demo into build/demo/, a folder that any static server can serve. It takes the package from dist/, as users do.
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { DEMO_HEADERS } from './demoHeaders.mjs';
import { withoutCustomSections } from './withoutCustomSections.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const SITE = 'build/demo';

const { exports } = JSON.parse(await readFile('package.json', 'utf8'));
/** The file that users of the package get, who import it by its name: demo/ is a package of its own. */
const exported = (name) => fileURLToPath(new URL(`../${exports[name].default}`, import.meta.url));

await rm(SITE, { recursive: true, force: true });
await mkdir(SITE, { recursive: true });
await build({
  entryPoints: { app: 'demo/main.ts', style: 'demo/style.css', browserWorker: 'dist/browserWorker.js' },
  outdir: SITE,
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  sourcemap: true,
  // MuJoCo's program looks for Node.js's before it starts
  external: ['module'],
  // the paths of tsconfig.json lead to src/
  tsconfigRaw: '{}',
  alias: { 'wasm-trpo/browser': exported('./browser'), 'wasm-trpo/edge': exported('./edge') },
  logLevel: 'warning',
});
for (const file of ['index.html', 'icon.svg']) await copyFile(`demo/${file}`, `${SITE}/${file}`);
await cp('dist/wasm', `${SITE}/wasm`, { recursive: true });
await writeFile(
  `${SITE}/mujoco.wasm`,
  withoutCustomSections(await readFile('node_modules/@mujoco/mujoco/mujoco.wasm')),
);
// what a server that looks for it sends instead
for (const entry of await readdir(SITE, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.name.endsWith('.map')) continue;
  const path = join(entry.parentPath, entry.name);
  const content = await readFile(path);
  await writeFile(`${path}.gz`, gzipSync(content, { level: 9 }));
  await writeFile(`${path}.br`, brotliCompressSync(content));
}
// the form that static hosts read
const lines = Object.entries(DEMO_HEADERS).map(([name, value]) => `  ${name}: ${value}`);
await writeFile(`${SITE}/_headers`, `/*\n${lines.join('\n')}\n`);
