import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { nodePlatform } from '../src/platform/node.js';
import { compileKernels } from '../src/wasm/load.js';
import { kernelFile, supportsVariant, VARIANTS } from '../src/wasm/variant.js';
import { actionUnits } from './learning/actionUnits.js';
import { guard } from './learning/guard.js';
import { learning } from './learning/learning.js';
import { monotonicity } from './learning/monotonicity.js';
import { paper } from './learning/paper.js';
import { rivals } from './learning/rivals.js';
import { robots } from './learning/robots.js';
import type { Section } from './report/section.js';
import { renderTable, type Table } from './report/table.js';
import { faults } from './robustness/faults.js';
import { fuzz } from './robustness/fuzz.js';
import { killedRanks } from './robustness/killedRanks.js';
import { soak } from './robustness/soak.js';
import { conjugateGradient } from './speed/conjugateGradient.js';
import { edge } from './speed/edge.js';
import { gymnasium } from './speed/gymnasium.js';
import { health } from './speed/health.js';
import { inference } from './speed/inference.js';
import { kernels } from './speed/kernels.js';
import { machines } from './speed/machines.js';
import { physics } from './speed/physics.js';
import { pixels } from './speed/pixels.js';
import { pixelsBesideTorch } from './speed/pixelsBesideTorch.js';
import { rollout } from './speed/rollout.js';
import { scaling } from './speed/scaling.js';
import { threads } from './speed/threads.js';
import { vectors } from './speed/vectors.js';

/** All sections, in the order in which they run. A new one is a file of its own and a line here. */
const SECTIONS: Readonly<Record<string, Section>> = {
  kernels,
  conjugateGradient,
  health,
  scaling,
  threads,
  rollout,
  vectors,
  physics,
  pixels,
  pixelsBesideTorch,
  gymnasium,
  machines,
  inference,
  edge,
  faults,
  killedRanks,
  learning,
  robots,
  monotonicity,
  guard,
  actionUnits,
  paper,
  rivals,
  fuzz,
  soak,
};

/** Sections that take minutes, or start other runtimes or Python: they run only when asked for by name. */
const ON_REQUEST: readonly string[] = [
  'physics',
  'pixels',
  'gymnasium',
  'machines',
  'learning',
  'robots',
  'monotonicity',
  'guard',
  'actionUnits',
  'paper',
  'rivals',
  'edge',
  'fuzz',
  'soak',
  'faults',
  'killedRanks',
];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    variant: { type: 'string', default: 'simd' },
    threads: { type: 'string', default: '2' },
    environments: { type: 'string' },
    seeds: { type: 'string' },
    results: { type: 'string' },
  },
});

const names =
  positionals.length > 0 ? positionals : Object.keys(SECTIONS).filter((name) => !ON_REQUEST.includes(name));
for (const name of names) {
  if (!(name in SECTIONS)) {
    throw new Error(`There is no section "${name}"; the sections are ${Object.keys(SECTIONS).join(', ')}`);
  }
}

const variant = VARIANTS.find((known) => known === options.variant);
if (variant === undefined || !supportsVariant(variant)) {
  const runnable = VARIANTS.filter(supportsVariant).join(', ');
  throw new Error(`${process.version} runs no build "${options.variant}"; it runs ${runnable}`);
}
const load = async (shared: boolean) =>
  compileKernels(await nodePlatform.readKernels(kernelFile(variant, shared)));
const module = await load(false);
const threading = { ...nodePlatform.threading!, module: await load(true) };
const machine = {
  cpu: cpus()[0].model,
  cores: cpus().length,
  node: process.version,
  wasm: options.variant,
  date: new Date().toISOString(),
};
console.log(
  Object.entries(machine)
    .map(([key, value]) => `${key} ${value}`)
    .join(', '),
);

const sections: Record<string, Table[]> = {};
for (const name of names) {
  const progress = (message: string) => process.stderr.write(`${name}: ${message}\n`);
  const context = {
    ...{ module, variant, threading, threads: Number(options.threads), progress },
    environments: options.environments?.split(','),
    seeds: options.seeds?.split(',').map(Number),
    results: options.results,
  };
  sections[name] = await SECTIONS[name](context);
  for (const table of sections[name]) console.log(`\n${renderTable(table)}`);
}
if (options.json !== undefined) {
  await writeFile(options.json, `${JSON.stringify({ machine, sections }, null, 2)}\n`);
}
