import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ISOLATED, serve } from '../browser/support.js';
import { temporaryFolder } from '../support/cli.js';
import {
  type Contents,
  DIST,
  expectSameRun,
  nodeRun,
  RUN_NAMES,
  RUNS,
  type RunName,
  readRun,
} from '../support/engineRuns.js';
import { withFirefox } from './firefox.js';

const { train } = (await import(join(DIST, 'node.js'))) as typeof import('../../src/node.js');

const PAGE = readFileSync(new URL('page.mjs', import.meta.url), 'utf8');
const folder = temporaryFolder();
const expected = new Map<RunName, Contents>();

beforeAll(async () => {
  for (const name of RUN_NAMES) expected.set(name, await nodeRun(name, folder.path(name)));
});

/** What page.mjs is asked for, and tells at the end. */
interface PageRun {
  readonly name: string;
  readonly threads: number;
  readonly settings?: object;
  readonly stopAfter?: number;
  readonly files?: Readonly<Record<string, readonly number[]>>;
}
interface PageReport {
  readonly isolated: boolean;
  readonly ends: readonly { readonly name: string; readonly threads: number; readonly isFinished: boolean }[];
}

/** Carries out runs in a page of Firefox; gives its report and the files that each run ended with. */
async function runInFirefox(
  headers: Readonly<Record<string, string>>,
  runs: readonly PageRun[],
): Promise<PageReport & { readonly files: ReadonlyMap<string, Contents> }> {
  const files = new Map<string, Contents>(runs.map(({ name }) => [name, {}]));
  const texts = {
    '/': '<!doctype html><title>test</title><script type="module" src="page.js"></script>',
    '/page.js': PAGE,
    '/runs.json': JSON.stringify(runs),
  };
  let onPost!: (pathname: string, body: Buffer) => void;
  const report = new Promise<PageReport>((resolve, reject) => {
    onPost = (pathname, body) => {
      const [name, file] = pathname.slice(1).split('/');
      if (name === 'ended') resolve(JSON.parse(body.toString()));
      else if (name === 'failed') reject(new Error(`in Firefox: ${body}`));
      else files.get(name)![file] = new Uint8Array(body);
    };
  });
  const server = await serve(DIST, headers, texts, onPost);
  try {
    return { ...(await withFirefox(server.origin, report)), files };
  } finally {
    server.close();
  }
}

const settingsOf = (name: RunName) => ({ ...RUNS[name], reproducible: true });

/** A run that Node.js began and stopped after an iteration. */
async function begunOnNode(name: RunName): Promise<PageRun['files']> {
  const stop = new AbortController();
  const runDirectory = folder.path(`${name}-begun`);
  const onIteration = () => stop.abort();
  await train({ ...settingsOf(name), runDirectory, onIteration, signal: stop.signal });
  const files = Object.entries(readRun(runDirectory));
  return Object.fromEntries(files.map(([file, content]) => [file, [...content]]));
}

test('an isolated page in Firefox gives the files of Node.js, from the start, after a stop, and after Node.js', async () => {
  const runs: (PageRun & { readonly run: RunName })[] = [];
  for (const run of RUN_NAMES) {
    const settings = settingsOf(run);
    runs.push(
      { run, name: `${run}-1`, threads: 1, settings },
      { run, name: `${run}-2`, threads: 2, settings },
      { run, name: `${run}-stopped`, threads: 2, settings, stopAfter: 2 },
      { run, name: `${run}-begun`, threads: 2, files: await begunOnNode(run) },
    );
  }
  const { isolated, ends, files } = await runInFirefox(ISOLATED, runs);
  expect(isolated).toBe(true);
  expect(ends).toEqual(runs.map(({ name, threads }) => ({ name, threads, isFinished: true })));
  for (const { name, run } of runs) expectSameRun(files.get(name)!, expected.get(run)!);
});

test('another page in Firefox trains on one thread, to the same files', async () => {
  const runs = RUN_NAMES.map((name) => ({ name, threads: 2, settings: settingsOf(name) }));
  const { isolated, ends, files } = await runInFirefox({}, runs);
  expect(isolated).toBe(false);
  expect(ends).toEqual(RUN_NAMES.map((name) => ({ name, threads: 1, isFinished: true })));
  for (const name of RUN_NAMES) expectSameRun(files.get(name)!, expected.get(name)!);
});
