import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { compile, consumerFolder, ROOT, runNode } from './consumer.js';

const folder = consumerFolder();

interface Program {
  /** Such as "docs/guide/library.md, 2". */
  readonly name: string;
  readonly file: string;
  readonly text: string;
  /** The file of examples/ that it is a copy of, as its first line says: "// examples/page/worker.ts". */
  readonly example?: string;
}

/** What fragments leave to the reader. */
const LEFT_OUT = `
declare const ort: any;
declare const session: any;
declare const stopButton: HTMLButtonElement;
declare const Simulator: new (count: number) => import('wasm-trpo').VectorEnvironment;
declare module '*.safetensors' {
  const bytes: ArrayBuffer;
  export default bytes;
}
`;

const documents = [
  'README.md',
  ...readdirSync(`${ROOT}docs`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`),
];

const programs: Program[] = documents.flatMap((document) => {
  const text = readFileSync(ROOT + document, 'utf8');
  return [...text.matchAll(/^```(js|mjs|ts)\n(?:\/\/ (examples\/\S+)\n+)?([\s\S]*?)^```$/gm)].map(
    ([, language, example, body], i) => ({
      name: `${document}, ${i + 1}`,
      // files of an example import each other by their names
      file:
        example === undefined ? `${document.replace(/\W/g, '-')}-${i + 1}.${language}` : basename(example),
      // a fragment names what it imports in the program before it
      text: /^import /m.test(body) ? body : `import { train } from 'wasm-trpo';\n${body}`,
      example,
    }),
  );
});

/** Programs for Node.js that leave nothing out. */
const complete = programs.filter(
  ({ text, example }) =>
    example === undefined && !/'wasm-trpo\/(browser|edge|mpi)|Simulator|\bort\./.test(text),
);

/** A class of JavaScript may give itself properties anywhere; the compiler knows those of plain assignments. */
function isOwnProperty(fault: string): boolean {
  const [, file, type] =
    /^(\S+)\(.*error TS(?:2339|2551): Property '\w+' does not exist on type '(\w+)'/.exec(fault) ?? [];
  return programs.some((program) => program.file === file && program.text.includes(`class ${type} {`));
}

beforeAll(() => {
  writeFileSync(folder.path('leftOut.d.ts'), LEFT_OUT);
  for (const { file, text } of programs) writeFileSync(folder.path(file), text);
});

test('the programs of README and docs/ compile', async () => {
  expect(programs.length).toBeGreaterThan(6);
  const { code, output } = await compile(
    folder.path(),
    ['leftOut.d.ts', ...programs.map(({ file }) => file)],
    {
      ...{ module: 'nodenext', moduleResolution: 'nodenext', lib: ['es2023', 'dom', 'dom.iterable'] },
      // JavaScript says neither what is any nor what is null
      allowImportingTsExtensions: true,
      ...{ allowJs: true, checkJs: true, strict: false, types: ['node'] },
    },
  );
  const faults = output
    .trim()
    .split('\n')
    .filter((line) => !isOwnProperty(line));
  expect(faults.filter((line) => line !== '')).toEqual([]);
  if (output === '') expect(code).toBe(0);
});

test('the programs that name a file of examples/ are that file, which tests build and run', () => {
  const copies = programs.filter(({ example }) => example !== undefined);
  expect(copies.length).toBeGreaterThan(3);
  for (const { text, example } of copies) expect(text, example).toBe(readFileSync(ROOT + example, 'utf8'));
});

describe('the complete programs run', () => {
  test('there are some', () => expect(complete.length).toBeGreaterThan(4));

  // made by npm run test:gymnasium
  const python = `${ROOT}build/gymnasium/bin/python`;
  const isRun = ({ text }: (typeof complete)[number]) => !text.includes('gymnasium(') || existsSync(python);

  test.each(complete.filter(isRun))('$name', async ({ file, text }) => {
    const short = `short-${file}`;
    writeFileSync(folder.path(short), text.replace(/timesteps: [\d_]+/g, 'timesteps: 4_096'));
    if (/\btrain\(/.test(text)) expect(text).toMatch(/timesteps: [\d_]+/);
    const { code, output } = await runNode([short], folder.path(), { TRPO_PYTHON: python });
    expect(output).not.toMatch(/Error|warning/i);
    expect(code).toBe(0);
  });
});
