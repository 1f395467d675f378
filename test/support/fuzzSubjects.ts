import { createPolicy } from '../../src/edge/createPolicy.js';
import type { Environment, StepResult } from '../../src/environments/environment.js';
import { MultiBinary, MultiDiscrete } from '../../src/environments/spaces.js';
import { FileError, NonFiniteError, TrpoError } from '../../src/errors.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/files/safetensors.js';
import { diagnose } from '../../src/health/diagnosis.js';
import { fromStableBaselines3 } from '../../src/health/foreignRows.js';
import { reportHtml } from '../../src/health/report.js';
import { readCsvRows } from '../../src/logging/csvReader.js';
import { readProgress } from '../../src/logging/progressFile.js';
import type { ProgressRow } from '../../src/logging/sink.js';
import { TensorBoardSink } from '../../src/logging/tensorBoard.js';
import { readTensorBoardRows } from '../../src/logging/tensorBoardReader.js';
import { nodePlatform } from '../../src/platform/node.js';
import type { Platform } from '../../src/platform/platform.js';
import { RunDirectory } from '../../src/run/runDirectory.js';
import { PolicySearch } from '../../src/training/policySearch.js';
import { Trainer } from '../../src/training/trainer.js';
import type { TrainerRuntime } from '../../src/training/training.js';
import { planOf, type TrainerOptions } from '../../src/training/trainingPlan.js';
import { scriptedEnvironment } from './environments.js';
import { type FileFormat, isSealed, mutate } from './mutations.js';

/** What a parser made of an altered file. `used`: it was read, and what it says was refused where it was used. */
export type Outcome =
  | { readonly kind: 'same' | 'different' }
  | { readonly kind: 'refused' | 'used'; readonly error: TrpoError };

/** Sound files of one kind, and what to do with bytes in their place. */
export interface Subject {
  readonly name: string;
  readonly format: FileFormat;
  readonly file: Uint8Array;
  /** Reads it as a user's program does, and uses what it says. Any error but a TrpoError that names the file is thrown. */
  readonly read: (bytes: Uint8Array) => Promise<Outcome>;
}

/** The name that every refusal must tell. */
export const FILE_NAME = 'some/altered file';

const SMALL = {
  environments: 2,
  steps: 32,
  timesteps: 128,
  hiddenSizes: [8],
  valueHiddenSizes: [8],
  valueEpochs: 1,
} as const;
const SHORT_SOLVE = { ...SMALL, cgIterations: 3 } as const;
/** Tells figures in info, which checkpoints keep. */
const MULTI_BINARY = (): Environment => {
  const inner = scriptedEnvironment({ actionSpace: new MultiBinary(3) });
  const info = { success: true, distance: 0.5 };
  return { ...inner, step: (action) => ({ ...(inner.step(action) as StepResult), info }) };
};
const MULTI_DISCRETE = () => scriptedEnvironment({ actionSpace: new MultiDiscrete([2, 3]) });
const RUNS: Readonly<Record<string, TrainerOptions>> = {
  'TRPO, Discrete': { environment: 'CartPole-v1', ...SHORT_SOLVE },
  'TRPO, Box, 64-64': { environment: 'Pendulum-v1', ...SHORT_SOLVE, hiddenSizes: [64, 64] },
  'PPO, MultiBinary': { environment: MULTI_BINARY, ...SMALL, algorithm: 'ppo', activation: 'relu' },
  'vanilla, MultiDiscrete': {
    environment: MULTI_DISCRETE,
    ...SHORT_SOLVE,
    algorithm: 'vpg',
    hiddenSizes: [],
  },
};
const SEARCHES: Readonly<Record<string, TrainerOptions>> = {
  'CMA-ES': { environment: 'CartPole-v1', algorithm: 'cma-es', hiddenSizes: [], timesteps: 600 },
  'cross-entropy': { environment: 'CartPole-v1', algorithm: 'cem', hiddenSizes: [4], timesteps: 600 },
};

/** Files of short real runs, with their parsers. edge: the module that policies act on. */
export async function fuzzSubjects(runtime: TrainerRuntime, edge: WebAssembly.Module): Promise<Subject[]> {
  const subjects: Subject[] = [];
  const rows: ProgressRow[] = [];
  const training = async (name: string, trainer: Trainer | PolicySearch) => {
    for await (const { row } of trainer.iterations()) if (name === 'TRPO, Discrete') rows.push(row);
    const policy = trainer.encodePolicy();
    subjects.push(
      { name: `policy (${name})`, format: 'safetensors', file: policy, read: policyReader(policy, edge) },
      {
        ...{ name: `checkpoint (${name})`, format: 'safetensors' },
        ...{ file: trainer.encodeCheckpoint(), read: checkpointReader(trainer) },
      },
    );
  };
  for (const [name, options] of Object.entries(RUNS))
    await training(name, await Trainer.create(runtime, options));
  for (const [name, options] of Object.entries(SEARCHES)) {
    await training(name, await PolicySearch.ofPlan(runtime, planOf(options)));
  }
  return [...subjects, ...(await logSubjects(rows))];
}

/** The altered file of this number, what was done to it, and what became of it. */
export async function fuzz(
  subject: Subject,
  number: number,
): Promise<{ readonly alteration: string; readonly outcome: Outcome; readonly ms: number }> {
  const { kind, bytes } = mutate(subject.file, subject.format, number);
  const started = performance.now();
  try {
    const outcome = await subject.read(bytes);
    if (outcome.kind === 'different' && subject.format === 'safetensors' && !isSealed(kind)) {
      throw new Error('a content that the checksum does not fit was read');
    }
    return { alteration: kind, outcome, ms: performance.now() - started };
  } catch (cause) {
    throw new Error(
      `${subject.name}, number ${number} (${kind}): ${cause instanceof Error ? cause.stack : String(cause)}`,
      { cause },
    );
  }
}

/** The outcome of reading; only refusals with the file's name pass. */
async function refusedOr(read: () => Outcome | Promise<Outcome>): Promise<Outcome> {
  try {
    return await read();
  } catch (error) {
    // a refusal names the file, tells the fault, and after a semicolon the way out
    if (!(error instanceof TrpoError && /; \w/.test(error.message) && error.message.includes(FILE_NAME)))
      throw error;
    return { kind: 'refused', error };
  }
}

function policyReader(file: Uint8Array, edge: WebAssembly.Module): Subject['read'] {
  const read = (bytes: Uint8Array): Outcome => {
    const policy = createPolicy(edge, bytes, { name: FILE_NAME });
    if (!policy.getParameters().every(Number.isFinite)) throw new Error('parameters that are not finite');
    const { tensors, metadata } = decodeSafetensors(bytes, FILE_NAME);
    if (Buffer.compare(encodeSafetensors(tensors, metadata), file) === 0) return { kind: 'same' };
    const { observationSize, actionSpace } = policy.spec;
    for (const scale of [0, 1, -1e6]) {
      const observation = new Float64Array(observationSize).fill(scale);
      for (const deterministic of [true, false]) {
        try {
          const action = policy.act(observation, { deterministic });
          if (!actionSpace.contains(action)) throw new Error(`the action ${JSON.stringify(action)}`);
        } catch (error) {
          if (error instanceof NonFiniteError) return { kind: 'used', error };
          throw error;
        }
      }
    }
    return { kind: 'different' };
  };
  return (bytes) => refusedOr(() => read(bytes));
}

function checkpointReader(trainer: Trainer | PolicySearch): Subject['read'] {
  const file = trainer.encodeCheckpoint();
  const read = async (bytes: Uint8Array): Promise<Outcome> => {
    await trainer.restoreCheckpoint(bytes, FILE_NAME);
    if (Buffer.compare(trainer.encodeCheckpoint(), file) === 0) return { kind: 'same' };
    try {
      for await (const _ of trainer.iterations()) break;
    } catch (error) {
      if (error instanceof TrpoError) return { kind: 'used', error };
      throw error;
    }
    return { kind: 'different' };
  };
  return (bytes) => refusedOr(() => read(bytes));
}

async function logSubjects(rows: readonly ProgressRow[]): Promise<Subject[]> {
  const events = new MemoryLog();
  const sink = new TensorBoardSink(events.platform, '.');
  for (const row of rows) await sink.write(row);
  const columns = Object.keys(rows[0]);
  const csv = [columns, ...rows.map((row) => columns.map((key) => row[key] ?? ''))];
  const config = {
    format: 'wasm-trpo/run',
    ...{
      environment: 'CartPole-v1',
      options: { seed: 3, maxKl: 0.02, hiddenSizes: [64, 64], activation: 'tanh' },
    },
    ...{ variant: 'simd', version: '0.1.0', platform: 'Node.js 20.20.2' },
  };
  const encoder = new TextEncoder();
  const subject = (
    name: string,
    format: FileFormat,
    file: Uint8Array,
    read: (bytes: Uint8Array) => Promise<unknown>,
  ): Subject => {
    const expected = read(file).then((content) => JSON.stringify(content));
    const outcome = async (bytes: Uint8Array): Promise<Outcome> => {
      const content = JSON.stringify(await read(bytes));
      return { kind: content === (await expected) ? 'same' : 'different' };
    };
    return { name, format, file, read: (bytes) => refusedOr(() => outcome(bytes)) };
  };
  return [
    subject('config.json', 'json', encoder.encode(JSON.stringify(config, null, 2)), async (bytes) => {
      const directory = await RunDirectory.open(platformOf(bytes), FILE_NAME);
      return directory.config;
    }),
    subject(
      'progress.jsonl',
      'jsonl',
      encoder.encode(rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
      async (bytes) => examined(await readProgress(platformOf(bytes), FILE_NAME)),
    ),
    subject(
      'progress.csv',
      'csv',
      encoder.encode(csv.map((cells) => `${cells.join(',')}\n`).join('')),
      async (bytes) =>
        examined(fromStableBaselines3(readCsvRows(new TextDecoder().decode(bytes), FILE_NAME))),
    ),
    subject('TensorBoard events', 'events', events.content, async (bytes) =>
      examined(fromStableBaselines3(readTensorBoardRows(bytes, FILE_NAME))),
    ),
  ];
}

/** Rows as `trpo doctor` uses them. */
function examined(rows: readonly ProgressRow[]): readonly ProgressRow[] {
  for (const row of rows) {
    for (const [key, value] of Object.entries(row)) {
      const isCell = typeof value === 'number' ? Number.isFinite(value) : typeof value !== 'object';
      if (value !== null && !isCell) throw new Error(`${key} holds ${String(value)}`);
    }
  }
  const page = reportHtml({ title: 'altered', options: 'ours' }, rows, diagnose(rows));
  if (!page.endsWith('</html>\n')) throw new Error('no whole report');
  return rows;
}

/** Files whose content is always these bytes. */
function platformOf(bytes: Uint8Array): Platform {
  return {
    ...nodePlatform,
    exists: async () => true,
    readFile: async () => bytes,
    readTextFile: async (path) => {
      try {
        return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      } catch (cause) {
        throw new FileError(`cannot read ${path}: it is not UTF-8; give a text file`, { cause });
      }
    },
  };
}

/** A log that is kept in memory. */
class MemoryLog {
  content: Uint8Array = new Uint8Array(0);
  readonly platform: Platform = {
    ...nodePlatform,
    makeDirectory: async () => {},
    appendFile: async (_path, added) => {
      const bytes = typeof added === 'string' ? new TextEncoder().encode(added) : added;
      this.content = Uint8Array.from([...this.content, ...bytes]);
    },
  };
}
