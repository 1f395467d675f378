import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What the files of each folder of src/ may import, besides their own folder. Listed in ARCHITECTURE.md. */
const ALLOWED: Record<string, readonly string[]> = {
  numbers: [],
  random: ['numbers'],
  render: ['errors', 'files'],
  platform: ['errors'],
  files: ['errors'],
  logging: ['errors', 'platform', 'files'],
  health: ['logging', 'render'],
  environments: ['errors', 'random', 'numbers', 'render'],
  wasm: ['errors'],
  normalization: ['errors'],
  policy: ['errors', 'environments', 'random', 'files', 'normalization', 'wasm'],
  browser: ['errors', 'platform', 'logging', 'rollout', 'run', 'trpo'],
  edge: ['errors', 'policy', 'wasm'],
  export: ['files', 'environments', 'policy', 'version'],
  tabular: ['errors', 'random'],
  compare: ['errors', 'environments', 'logging', 'random', 'render', 'trpo'],
  value: ['random', 'policy', 'wasm'],
  rollout: [
    'errors',
    'platform',
    'environments',
    'numbers',
    'random',
    'normalization',
    'policy',
    'value',
    'wasm',
  ],
  checkpoint: ['errors', 'environments', 'files', 'normalization', 'policy', 'rollout'],
  trpo: [
    'errors',
    'environments',
    'random',
    'numbers',
    'render',
    'normalization',
    'policy',
    'value',
    'rollout',
    'wasm',
    'checkpoint',
    'logging',
  ],
  search: [
    'errors',
    'environments',
    'random',
    'numbers',
    'normalization',
    'files',
    'policy',
    'rollout',
    'trpo',
    'wasm',
    'checkpoint',
    'logging',
  ],
  run: [
    'errors',
    'version',
    'platform',
    'files',
    'health',
    'logging',
    'policy',
    'rollout',
    'search',
    'trpo',
    'wasm',
  ],
  cli: [
    'errors',
    'version',
    'platform',
    'files',
    'compare',
    'environments',
    'export',
    'health',
    'logging',
    'render',
    'run',
    'trpo',
  ],
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
  test('folders import only what they may', () => {
    const forbidden = imports.filter(({ file, target }) => {
      const [from, to] = [roomOf(file), target.startsWith('src/') ? roomOf(target) : undefined];
      return file.split('/').length > 2 && to !== undefined && from !== to && !ALLOWED[from]?.includes(to);
    });
    expect(forbidden).toEqual([]);
  });

  test('the worker program of Node.js serves rollouts and does nothing else', () => {
    const used = imports.filter(({ file }) => file === 'src/nodeWorker.ts').map(({ target }) => target);
    expect(used).toEqual(['node:worker_threads', 'src/platform/nodeCallLimit', 'src/rollout/rolloutWorker']);
  });

  test('only node.ts, the command line and the platform itself use the Node platform', () => {
    const users = imports
      .filter(({ target }) => target.startsWith('node:') || target === 'src/platform/node')
      .map(({ file }) => file);
    for (const file of users) {
      expect(file).toMatch(
        /^src\/(node\.ts|cli\/.*|nodeWorker\.ts|platform\/(node|nodeCallLimit|nodeWatchdog)\.ts)$/,
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

  test('environments never import the trainer, and logging takes plain data', () => {
    for (const { file, target } of imports) {
      if (file.startsWith('src/environments/'))
        expect(target).not.toMatch(/src\/(trpo|policy|rollout|wasm)\//);
      if (file.startsWith('src/logging/')) expect(target).not.toMatch(/src\/(trpo|policy|rollout|wasm)\//);
    }
  });

  test("the demo is a client of the package, as any user's page", () => {
    const outside = filesUnder('demo')
      .flatMap(importsOf)
      .filter(({ target }) => !/^(demo\/|wasm-trpo\/(browser|edge)$|three$|uplot$|fflate$)/.test(target));
    expect(outside).toEqual([]);
  });

  test('at run time no two files import each other, directly or through others', () => {
    const graph = new Map<string, string[]>();
    for (const { file, target, typeOnly } of imports) {
      if (typeOnly || !target.startsWith('src/')) continue;
      const from = file.replace(/\.ts$/, '');
      graph.set(from, [...(graph.get(from) ?? []), target]);
    }
    const done = new Set<string>();
    const visit = (node: string, path: readonly string[]): void => {
      expect(path, `import cycle ${[...path, node].join(' -> ')}`).not.toContain(node);
      if (done.has(node)) return;
      for (const next of graph.get(node) ?? []) visit(next, [...path, node]);
      done.add(node);
    };
    for (const node of graph.keys()) visit(node, []);
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

  test.each(['assembly'])('no file and no folder of %s/ leads back to itself', (folder) => {
    const edges = filesUnder(folder).flatMap(importsOf);
    expect(importCycles(edges)).toEqual([]);
    expect(importCycles(edges, dirname)).toEqual([]);
  });

  test('what is done to a shard knows no team', () => {
    const below = filesUnder('assembly').filter(
      (file) => !/^assembly\/(\w+\.ts$|team\/|update\/)/.test(file),
    );
    expect(below).toContain('assembly/shards/policyBatch.ts');
    expect(below.flatMap(importsOf).filter(({ target }) => /\/(team|update)\//.test(target))).toEqual([]);
  });
});
