import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The rooms of src/ from the ground up: each imports only those before it. Shown in ARCHITECTURE.md. */
const FLOORS = [
  ...['errors', 'version', 'numbers', 'files', 'random', 'render'],
  ...[
    'platform',
    'wasm',
    'network',
    'normalization',
    'environments',
    'vector',
    'check',
    'gymnasium',
    'ranks',
    'mpi',
  ],
  ...['policy', 'value', 'rollout', 'checkpoint', 'logging', 'health', 'tabular'],
  ...['options', 'algorithms', 'search', 'guard', 'training', 'evaluation', 'export', 'edge'],
  ...['run', 'compare', 'browser', 'cli'],
];

/** Rooms that stay as small as they are: what they may import, and nothing else. */
const NARROW: Record<string, readonly string[]> = {
  edge: ['errors', 'policy', 'wasm'],
  environments: ['errors', 'numbers', 'random', 'render'],
  logging: ['errors', 'files', 'platform'],
  health: ['logging', 'render'],
  platform: ['errors'],
  vector: ['errors', 'environments', 'platform', 'render'],
  tabular: ['errors', 'random'],
  check: ['errors', 'environments', 'random', 'render', 'vector'],
  gymnasium: ['errors', 'environments', 'platform', 'render', 'vector'],
  ranks: ['errors'],
  mpi: ['errors', 'ranks'],
  browser: ['errors', 'logging', 'platform', 'rollout', 'run', 'training', 'vector'],
};

function filesUnder(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('node_modules'),
    )
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

interface Import {
  readonly file: string;
  readonly target: string;
  /** `import type`, which leaves no trace at run time. */
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/^(?:import|export) (type )?[^;]*?from '([^']+)';/gms)].map((match) => ({
    file,
    typeOnly: match[1] !== undefined,
    target: match[2].startsWith('.')
      ? relative(ROOT, join(ROOT, dirname(file), match[2])).replace(/\.js$/, '')
      : match[2],
  }));
}

/** "trpo" for src/trpo/train, "errors" for src/errors. */
function roomOf(path: string): string {
  return path.split('/')[1].replace(/\.ts$/, '');
}

const imports = filesUnder('src').flatMap(importsOf);

describe('dependencies', () => {
  const between = imports
    .filter(({ file, target }) => file.split('/').length > 2 && target.startsWith('src/'))
    .map((edge) => ({ ...edge, from: roomOf(edge.file), to: roomOf(edge.target) }))
    .filter(({ from, to }) => from !== to);

  test('every room has its floor, and imports only rooms below it', () => {
    const rooms = new Set(between.flatMap(({ from, to }) => [from, to]));
    expect([...rooms].filter((room) => !FLOORS.includes(room))).toEqual([]);
    expect(between.filter(({ from, to }) => FLOORS.indexOf(to) > FLOORS.indexOf(from))).toEqual([]);
  });

  test.each(Object.entries(NARROW))('%s imports %j alone', (room, allowed) => {
    expect(between.filter(({ from, to }) => from === room && !allowed.includes(to))).toEqual([]);
  });

  test('the worker program of Node.js serves rollouts and does nothing else', () => {
    const used = imports.filter(({ file }) => file === 'src/nodeWorker.ts').map(({ target }) => target);
    expect(used).toEqual(['node:worker_threads', 'src/platform/nodeCallLimit', 'src/rollout/rolloutWorker']);
  });

  test('only node.ts, the command line, the links to Python and MPI and the platform itself use the Node platform', () => {
    const users = imports
      .filter(({ target }) => target.startsWith('node:') || target === 'src/platform/node')
      .map(({ file }) => file);
    for (const file of users) {
      expect(file).toMatch(
        /^src\/(node\.ts|cli\/.*|nodeWorker\.ts|gymnasium\/pythonLink\.ts|mpi\/.*|platform\/(node|nodeCallLimit|nodePackageFile|nodeProcesses|nodeWatchdog)\.ts)$/,
      );
    }
  });

  test('nothing imports the programs of threads: they are entries of the build', () => {
    const programs = ['src/nodeWorker', 'src/platform/nodeWatchdog'];
    const importers = imports.filter(({ target, typeOnly }) => programs.includes(target) && !typeOnly);
    expect(importers).toEqual([]);
  });

  test('nothing depends on the loader but the place that instantiates the kernels', () => {
    const users = imports.filter(({ target }) => target === '@assemblyscript/loader');
    expect(users.map(({ file }) => file)).toEqual(['src/wasm/load.ts']);
  });

  test("the demo is a client of the package, as any user's page", () => {
    const outside = filesUnder('demo')
      .flatMap(importsOf)
      .filter(({ target }) => !/^(demo\/|wasm-trpo\/(browser|edge)$|three$|uplot$|fflate$)/.test(target));
    expect(outside).toEqual([]);
  });

  test('kernels import only kernels', () => {
    for (const { file, target } of filesUnder('assembly').flatMap(importsOf)) {
      expect(target, file).toMatch(/^assembly\//);
    }
  });
});

describe('layout', () => {
  test('no file is a drawer: no utils, helpers or managers', () => {
    for (const file of [...filesUnder('src'), ...filesUnder('assembly')]) {
      expect(file).not.toMatch(/utils|helpers?|manager|misc|common/i);
    }
  });

  test('one TRPO iteration fits a screen or so', () => {
    const lines = readFileSync(join(ROOT, 'src/training/iteration.ts'), 'utf8').trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(66);
  });

  test('only lanes.ts knows relaxed SIMD', () => {
    const users = filesUnder('assembly').filter((file) =>
      /relaxed_|RELAXED/.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    expect(users).toEqual(['assembly/linear/lanes.ts']);
  });
});

/**
 * Circles among `edges`, each as the nodes that lead back to the first. A node is a file without its ending, or what
 * `nodeOf` makes of it. Hand it type imports too: a file that only a type ties to another is not understood without it.
 */
function importCycles(
  edges: readonly Pick<Import, 'file' | 'target'>[],
  nodeOf: (path: string) => string = (path) => path,
): string[][] {
  const graph = new Map<string, Set<string>>();
  for (const { file, target } of edges) {
    const [from, to] = [file.replace(/\.ts$/, ''), target].map(nodeOf);
    if (from === to) continue;
    graph.set(from, (graph.get(from) ?? new Set()).add(to));
  }
  const cycles: string[][] = [];
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): void => {
    const start = path.indexOf(node);
    if (start >= 0) cycles.push(path.slice(start));
    if (start >= 0 || done.has(node)) return;
    for (const target of graph.get(node) ?? []) visit(target, [...path, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return cycles;
}

describe('floors', () => {
  test('circles are found by file, and by folder where no file is in one', () => {
    const edges = [
      { file: 'a/one.ts', target: 'b/two' },
      { file: 'b/two.ts', target: 'b/three' },
      { file: 'b/four.ts', target: 'a/one' },
    ];
    expect(importCycles(edges)).toEqual([]);
    expect(importCycles(edges, dirname)).toEqual([['a', 'b']]);
    const closed = [...edges, { file: 'b/three.ts', target: 'a/one' }];
    expect(importCycles(closed)).toEqual([['a/one', 'b/two', 'b/three']]);
  });

  test.each(['src', 'assembly', 'bench'])('no file and no folder of %s/ leads back to itself', (folder) => {
    const edges = filesUnder(folder).flatMap(importsOf);
    expect(edges.length).toBeGreaterThan(20);
    expect(importCycles(edges)).toEqual([]);
    expect(importCycles(edges, (path) => path.split('/').slice(0, 2).join('/'))).toEqual([]);
  });

  test('what is done to a shard knows no team', () => {
    const below = filesUnder('assembly').filter(
      (file) => !/^assembly\/(\w+\.ts$|team\/|update\/)/.test(file),
    );
    expect(below).toContain('assembly/shards/policyBatch.ts');
    expect(below.flatMap(importsOf).filter(({ target }) => /\/(team|update)\//.test(target))).toEqual([]);
  });
});
