import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as esbuild } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIST, ISOLATED, serve, useChromium } from '../browser/support.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLE = join(ROOT, 'examples/page');
/** Below the project, because Turbopack follows no link out of it; MuJoCo is found there, as where it is installed. */
const PROJECTS = join(ROOT, 'build/bundlers');
const BUNDLERS = join(ROOT, 'test/bundlers/node_modules');

const { browser } = useChromium();

interface Bundler {
  /** Builds the project, and returns what the bundler says. */
  readonly build: (project: string) => Promise<string>;
  /** Where the built site then lies. */
  readonly site: string;
}

const VITE_8 = join(ROOT, 'node_modules/vite/bin/vite.js');
const vite = (program: string): Bundler => ({
  build: (project) => run([program, 'build'], project),
  site: 'dist',
});
const next = (...options: string[]): Bundler => ({
  build: (project) => run([join(BUNDLERS, 'next/dist/bin/next'), 'build', ...options], project),
  site: 'out',
});

const BUILDS: Readonly<Record<string, Bundler>> = {
  'Vite 6': vite(join(BUNDLERS, 'vite6/bin/vite.js')),
  'Vite 7': vite(join(BUNDLERS, 'vite7/bin/vite.js')),
  'Vite 8': vite(VITE_8),
  'Vite 8 without a configuration': {
    build: (project) => {
      rmSync(join(project, 'vite.config.ts'));
      return run([VITE_8, 'build'], project);
    },
    site: 'dist',
  },
  'webpack 5': {
    build: async (project) => {
      const output = await run([join(BUNDLERS, 'webpack-cli/bin/cli.js'), 'build'], project);
      writePage(project, 'dist');
      return output;
    },
    site: 'dist',
  },
  esbuild: {
    build: async (project) => {
      replaceIn(join(project, 'training.ts'), "'./worker.ts'", "'./worker.js'");
      const { warnings } = await esbuild({
        absWorkingDir: project,
        entryPoints: ['main.ts', 'worker.ts'],
        outdir: 'dist',
        bundle: true,
        splitting: true,
        format: 'esm',
        external: ['module'],
        logLevel: 'silent',
      });
      cpSync(join(project, 'node_modules/wasm-trpo/dist/wasm'), join(project, 'dist/wasm'), {
        recursive: true,
      });
      writePage(project, 'dist');
      return warnings.map(({ text }) => text).join('\n');
    },
    site: 'dist',
  },
  'Next 16 with Turbopack': next(),
  'Next 16 with webpack': next('--webpack'),
};

function replaceIn(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
}

function writePage(project: string, site: string): void {
  cpSync(join(project, 'index.html'), join(project, site, 'index.html'));
  replaceIn(join(project, site, 'index.html'), './main.ts', './main.js');
}

/** The example as a user has it who installed wasm-trpo and the bundlers. */
function makeProject(name: string): string {
  const project = join(PROJECTS, name.replaceAll(' ', '-'));
  rmSync(project, { recursive: true, force: true });
  cpSync(EXAMPLE, project, { recursive: true, filter: (path) => !path.includes('node_modules') });
  const installed = join(project, 'node_modules/wasm-trpo');
  mkdirSync(installed, { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(installed, 'package.json'));
  cpSync(DIST, join(installed, 'dist'), { recursive: true });
  return project;
}

function run([program, ...args]: readonly string[], cwd: string): Promise<string> {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' };
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [program, ...args],
      { cwd, env, timeout: 100_000 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout + stderr);
        else reject(new Error(`${error.message}\n${stdout}${stderr}`));
      },
    );
  });
}

beforeAll(() => {
  mkdirSync(PROJECTS, { recursive: true });
  if (!existsSync(join(PROJECTS, 'node_modules'))) symlinkSync(BUNDLERS, join(PROJECTS, 'node_modules'));
});

const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
});

/** Lines of the page that is served, once the run in it has ended. */
async function trainedLines(site: string, headers: Record<string, string>): Promise<string[]> {
  const server = await serve(site, headers, { '/': readFileSync(join(site, 'index.html'), 'utf8') });
  closers.push(server.close);
  const page = await browser().newPage();
  await page.goto(server.origin);
  const output = page.locator('output').filter({ hasText: /trained|Error/ });
  const lines = (await output.innerText({ timeout: 60_000 })).trim().split('\n');
  await page.close();
  expect(lines.at(-1)).toMatch(/^trained; the policy has \d+ bytes$/);
  return lines;
}

describe.each(Object.entries(BUILDS))('%s', (name, { build, site }) => {
  let built: string;

  test('builds the page of examples/page, with a worker and an environment in TypeScript', async () => {
    const project = makeProject(name);
    const output = await build(project);
    built = join(project, site);
    expect(existsSync(join(built, 'index.html'))).toBe(true);
    // MuJoCo is installed here and not used
    expect(output).not.toMatch(/Can't resolve|Critical dependency|Module not found/);
  });

  test.each([
    ['isolated', ISOLATED, 2],
    ['not isolated', {}, 1],
  ])('trains in a page that is %s', async (_, headers, threads) => {
    const lines = await trainedLines(built, headers);
    expect(lines[0]).toMatch(threads === 1 ? /threads: 1$/ : /threads: ([2-9]|\d\d+)$/);
    // ten steps to the right give 1, of which some slip; a policy that draws lots gets -80 or so
    const meanReturn = Number(lines.at(-2)?.split(' ').at(-1));
    expect(meanReturn).toBeGreaterThan(-10);
  });
});

test.each([
  ['webpack 5', ''],
  ['Next 16 with Turbopack', '_next/static/chunks'],
])(
  "%s leaves MuJoCo to the page, which finds it beside the worker's program",
  async (name, folderOfWorker) => {
    const { build, site } = BUILDS[name];
    const project = makeProject(`${name} with MuJoCo`);
    replaceIn(join(project, 'training.ts'), "environment: 'Corridor'", "environment: 'Swimmer-v5'");
    replaceIn(join(project, 'training.ts'), 'timesteps: 20_000', 'timesteps: 2_000');
    await build(project);
    const mujoco = join(project, site, folderOfWorker, 'mujoco');
    cpSync(join(ROOT, 'node_modules/@mujoco/mujoco'), mujoco, { recursive: true });
    expect((await trainedLines(join(project, site), ISOLATED)).length).toBeGreaterThan(2);
  },
);
