import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  FILE_NAME,
  fuzz as fuzzOne,
  fuzzSubjects,
  type Outcome,
  type Subject,
} from '../../test/support/fuzzSubjects.js';
import type { BenchContext } from '../report/section.js';
import type { Row, Table } from '../report/table.js';
import { parserMemory } from './parserMemory.js';

/** Over all policy and checkpoint files together, and of each other kind. */
const SAFETENSORS_ALTERATIONS = 100_000;
const LOG_ALTERATIONS = 10_000;
/** Rules that refused fewer are summed up. */
const LEAST_SHOWN = 250;

/** Altered files: each is read or refused by an error of ours that names the file, the fault and the way out; else this throws. */
export async function fuzz({ module, variant, progress }: BenchContext): Promise<Table[]> {
  const edge = await WebAssembly.compile(
    await readFile(fileURLToPath(new URL('../wasm/edge.wasm', import.meta.url))),
  );
  const runtime = { module, variant, yieldToEventLoop: async () => {} };
  const subjects = await fuzzSubjects(runtime, edge);
  const safetensors = subjects.filter(({ format }) => format === 'safetensors').length;
  const rows: Row[] = [];
  const rules = new Map<string, number>();
  for (const subject of subjects) {
    progress(subject.name);
    const alterations =
      subject.format === 'safetensors' ? Math.ceil(SAFETENSORS_ALTERATIONS / safetensors) : LOG_ALTERATIONS;
    rows.push(await alter(subject, alterations, rules));
  }
  return [
    {
      title: 'Altered files: what reading them came to',
      notes: [
        'same: the content is that of the sound file to the bit. valid: it is another content that obeys every rule (finite parameters; the policy',
        'acts within its action space, the checkpoint trains on, the report on the log is written). refused: by an error that names the file.',
        'in use: read, but its numbers are so large that acting or training refuses what becomes of them.',
      ],
      rows: [...rows, totalOf(rows)],
    },
    {
      title: 'Rules that refused them',
      notes: ['N stands for a number, "..." for a name or value.'],
      rows: ruleRows(rules),
    },
    await parserMemory(progress),
  ];
}

async function alter(subject: Subject, alterations: number, rules: Map<string, number>): Promise<Row> {
  const counts: Record<Outcome['kind'], number> = { same: 0, different: 0, refused: 0, used: 0 };
  let slowestMs = 0;
  for (let number = 0; number < alterations; number++) {
    const { outcome, ms } = await fuzzOne(subject, number);
    counts[outcome.kind]++;
    slowestMs = Math.max(slowestMs, ms);
    if (!('error' in outcome)) continue;
    const rule = ruleOf(outcome.error);
    rules.set(rule, (rules.get(rule) ?? 0) + 1);
  }
  return {
    file: subject.name,
    bytes: subject.file.length,
    altered: alterations,
    same: counts.same,
    valid: counts.different,
    refused: counts.refused,
    'in use': counts.used,
    'slowest ms': slowestMs,
  };
}

/** The first part of a message, without what is particular to the file. */
function ruleOf({ name, message }: Error): string {
  const [fault] = message
    .replace(FILE_NAME, '')
    .replace(/^(:|,| is no(t a)? sound [a-z]+( file)?:)/, '')
    .split('; ');
  const rule = fault
    .replace(/"([^"\\]|\\.)*["…]/g, '"..."')
    .replace(/[[{].*/s, '...')
    .replace(/(?<![\w-])-?\d+(\.\d+)?(e[+-]?\d+)?/g, 'N')
    .trim();
  return `${name}: ${rule.length > 110 ? `${rule.slice(0, 109)}…` : rule}`;
}

function ruleRows(rules: ReadonlyMap<string, number>): Row[] {
  const shown = [...rules].filter(([, files]) => files >= LEAST_SHOWN).sort(([, a], [, b]) => b - a);
  const others = [...rules].filter(([, files]) => files < LEAST_SHOWN);
  const rest = others.reduce((sum, [, files]) => sum + files, 0);
  return [
    ...shown.map(([rule, files]) => ({ rule, files })),
    { rule: `${others.length} rules that refused fewer than ${LEAST_SHOWN} each`, files: rest },
  ];
}

function totalOf(rows: readonly Row[]): Row {
  const sum = (column: string) => rows.reduce((total, row) => total + (row[column] as number), 0);
  const sums = ['altered', 'same', 'valid', 'refused', 'in use'].map((column) => [column, sum(column)]);
  const slowest = Math.max(...rows.map((row) => row['slowest ms'] as number));
  return { file: 'all', ...Object.fromEntries(sums), 'slowest ms': slowest };
}
