import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { optionNames } from '../src/training/options.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Folders with Markdown that is not ours, or that is made. */
const FOREIGN = ['node_modules', '.git', 'build', 'dist', 'runs', 'coverage'];
const LONGEST_OVERVIEW = 150;

function filesUnder(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return FOREIGN.includes(entry.name) ? [] : filesUnder(path);
    return [path];
  });
}

const documents = filesUnder('.')
  .filter((path) => path.endsWith('.md'))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

const FENCED = /^(`{3,}).*\n[\s\S]*?^\1$/gm;
const INLINE_CODE = /`[^`\n]+`/g;

/** The document without code, in which nothing is a link. */
function proseOf(text: string): string {
  return text.replace(FENCED, '').replace(INLINE_CODE, '');
}

function linksOf(text: string): string[] {
  return [...proseOf(text).matchAll(/\]\(([^)\s]+)[^)]*\)/g)].map((match) => match[1]);
}

/** The ids that GitHub gives to headings: lower case, without punctuation, hyphens for spaces, numbered when repeated. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of text.replace(FENCED, '').matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let repeat = 1; anchors.has(anchor); repeat++) anchor = `${slug}-${repeat}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Why a link of a document leads nowhere, or nothing. */
function faultOf(path: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [file, anchor] = link.split('#');
  const target = file === '' ? path : relative('.', join(dirname(path), decodeURIComponent(file)));
  if (!existsSync(join(ROOT, target))) return `${path}: ${link}: there is no ${target}`;
  if (anchor === undefined) return undefined;
  if (statSync(join(ROOT, target)).isDirectory() || !target.endsWith('.md')) {
    return `${path}: ${link}: only Markdown has headings`;
  }
  const anchors = anchorsOf(readFileSync(join(ROOT, target), 'utf8'));
  return anchors.has(anchor) ? undefined : `${path}: ${link}: ${target} has no heading #${anchor}`;
}

/** Every match of a pattern in any document, with the document's path. */
function mentions(pattern: RegExp): { path: string; match: RegExpMatchArray }[] {
  return documents.flatMap(({ path, text }) => [...text.matchAll(pattern)].map((match) => ({ path, match })));
}

describe('links', () => {
  test('every relative link resolves, its anchor too', () => {
    const faults = documents.flatMap(({ path, text }) => linksOf(text).map((link) => faultOf(path, link)));
    expect(faults.length).toBeGreaterThan(100);
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });

  test('every page of docs/ is reached from docs/README.md', () => {
    const pages = documents.filter(({ path }) => path.startsWith('docs/'));
    const reached = new Set(['docs/README.md']);
    for (const path of reached) {
      const page = pages.find((candidate) => candidate.path === path);
      for (const link of linksOf(page?.text ?? '')) reached.add(join(dirname(path), link.split('#')[0]));
    }
    expect(pages.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
  });

  test('anchors are made as GitHub makes them', () => {
    const text =
      '# A `code`, and (more)\n## Two  words\n## a\n## a\n```\n# not one\n```\n### [Link](x.md) end\n';
    expect([...anchorsOf(text)]).toEqual(['a-code-and-more', 'two--words', 'a', 'a-1', 'link-end']);
  });
});

describe('length', () => {
  test.each(['README.md', 'ARCHITECTURE.md'])('%s has at most 150 lines', (name) => {
    const lines = readFileSync(join(ROOT, name), 'utf8').trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(LONGEST_OVERVIEW);
  });

  test('README shows a program within its first 40 lines, and the two commands', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    expect(readme.split('\n').slice(0, 40).join('\n')).toMatch(/```js\n[\s\S]*?```/);
    expect(readme).toContain('npm ci && npm start');
    expect(readme).toContain('npm ci && npm test');
  });
});

describe('commands', () => {
  const sources = filesUnder('src/cli').map((path) => readFileSync(join(ROOT, path), 'utf8'));
  /** A file with those that export the tables of flags it takes in. */
  const withTables = (source: string): string =>
    [...source.matchAll(/^ {2}\.\.\.(\w+),$/gm)].reduce((text, [, table]) => {
      const other = sources.find((candidate) => candidate.includes(`export const ${table} = {`));
      return other === undefined ? text : text + withTables(other);
    }, source);
  const commandSources = new Map(
    sources.flatMap((source) =>
      [...source.matchAll(/^ {2}name: '([\w-]+)',$/gm)].map(
        (match) => [match[1], withTables(source)] as const,
      ),
    ),
  );

  test('every `npm run` names a script', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const named = mentions(/npm run (?:--silent )?([a-z][\w:]*)/g);
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter(({ match }) => !(match[1] in scripts)).map(describeMention)).toEqual([]);
  });

  test('every source file or folder that is named in backquotes exists', () => {
    const named = mentions(/`((?:src|assembly|bench|test|scripts|examples|demo)\/[\w./-]*)`/g)
      // what a recipe tells the reader to write
      .filter(({ match }) => !match[1].includes('/your'));
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter(({ match }) => !existsSync(join(ROOT, match[1]))).map(describeMention)).toEqual([]);
  });

  test('every `npm run bench -- NAME` names a section', () => {
    const sections = filesUnder('bench').map((path) => /(\w+)\.ts$/.exec(path)?.[1]);
    const named = mentions(/npm run bench -- ([a-z]\w*)/g);
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter(({ match }) => !sections.includes(match[1])).map(describeMention)).toEqual([]);
  });

  test('every `trpo` command exists and has the flags that documents give it', () => {
    const named = mentions(/(?:^|`|npx )trpo ([a-z-]+)([^`\n#]*)/gm);
    expect(named.length).toBeGreaterThan(30);
    const faults = named.flatMap(({ path, match: [, name, rest] }) => {
      const source = commandSources.get(name);
      if (source === undefined) return [`${path}: there is no command trpo ${name}`];
      const flags = [...rest.matchAll(/(?:^| )--([a-z-]+)/g)].map(([, flag]) => flag);
      return flags
        .filter((flag) => !new RegExp(`^ {2}'?${flag}'?: (\\{|gymnasiumFlags)`, 'm').test(source))
        .map((flag) => `${path}: trpo ${name} has no flag --${flag}`);
    });
    expect(faults).toEqual([]);
  });

  test('every `--set NAME=` names an option', () => {
    const named = mentions(/--set ([a-z]\w*)=/gi).filter(({ match }) => match[1] !== 'name');
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter(({ match }) => !(optionNames as string[]).includes(match[1]))).toEqual([]);
  });

  function describeMention({ path, match }: { path: string; match: RegExpMatchArray }): string {
    return `${path}: ${match[0]}`;
  }
});
