import { readFileSync } from 'node:fs';
import { TrpoError } from '../../src/errors.js';
import { decodeSafetensors } from '../../src/files/safetensors.js';
import { readCsvRows } from '../../src/logging/csvReader.js';
import { readProgress } from '../../src/logging/progressFile.js';
import { readTensorBoardRows } from '../../src/logging/tensorBoardReader.js';
import { nodePlatform } from '../../src/platform/node.js';
import { readPolicyFile } from '../../src/policy/policyFile.js';
import { RunDirectory } from '../../src/run/runDirectory.js';

/** What reading a file took, and what came of it. */
export interface ParserReport {
  readonly extraBytes: number;
  readonly ms: number;
  readonly outcome: string;
}

const PARSERS: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  safetensors: async (path) => decodeSafetensors(await nodePlatform.readFile(path), path),
  policy: async (path) => readPolicyFile(await nodePlatform.readFile(path), path),
  config: (path) => RunDirectory.open(nodePlatform, path),
  progress: (path) => readProgress(nodePlatform, path),
  csv: async (path) => readCsvRows(await nodePlatform.readTextFile(path), path),
  events: async (path) => readTensorBoardRows(await nodePlatform.readFile(path), path),
};

/** The program of a process that reads one file once, on Linux, which reports the peak of its memory. Arguments: parser, path. */
const [parser, path] = process.argv.slice(2);
const before = process.memoryUsage.rss();
const started = performance.now();
let outcome = 'read';
try {
  await PARSERS[parser](path);
} catch (error) {
  if (!(error instanceof TrpoError)) throw error;
  outcome = `refused: ${error.message.replace(path, '').replace(/;.*/s, '')}`.slice(0, 100);
}
const ms = performance.now() - started;
// of this process alone; getrusage may give the peak of the process that started it
const peakKilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
const peak = Number(peakKilobytes) * 1024;
const report: ParserReport = { extraBytes: Math.max(0, peak - before), ms, outcome };
process.stdout.write(JSON.stringify(report));
