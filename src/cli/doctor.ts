import { readdir } from 'node:fs/promises';
import { FileError, OptionError } from '../errors.js';
import { describeRows, diagnose, type Finding } from '../health/diagnosis.js';
import { fromStableBaselines3 } from '../health/foreignRows.js';
import { countFindings, type RunTitle, reportHtml, tableOf } from '../health/report.js';
import { readCsvRows } from '../logging/csvReader.js';
import type { ProgressRow } from '../logging/sink.js';
import { readTensorBoardRows } from '../logging/tensorBoardReader.js';
import { nodePlatform } from '../platform/node.js';
import { RunDirectory } from '../run/runDirectory.js';
import { describeFlags, type Flags, parseArguments } from './arguments.js';
import type { Command } from './command.js';

const flags = {
  output: {
    type: 'string',
    placeholder: 'FILE',
    help: 'where to write the report (default doctor.html in the folder)',
  },
  json: { type: 'boolean', help: 'one JSON object on standard output and nothing else there' },
} as const satisfies Flags;

const REPORT_FILE = 'doctor.html';
const CSV_FILE = 'progress.csv';
const EVENT_FILE = /tfevents/;

interface LoggedRun extends RunTitle {
  readonly rows: readonly ProgressRow[];
  readonly reportPath: string;
}

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'say what ails a run, and the way out',
  help: `trpo doctor RUN_FOLDER|FILE [flags]

Looks through the progress of a run, finished or not, for the ways in which training fails: a trust region that is too large,
conjugate gradient that does not converge, a value function that does not learn, stale batches, dead units and others. Each
finding names its cause, the rows that show it and the option to change. A report with the curves is written as one HTML page.

Takes a run folder of trpo train, or the progress.csv or TensorBoard event file of Stable-Baselines3 (or their folder).

${describeFlags(flags)}
`,
  async run(context) {
    const { values, positionals } = parseArguments(context.args, flags);
    if (positionals.length !== 1) throw new OptionError('trpo doctor needs one run folder or file');
    const run = await openRun(positionals[0]);
    const findings = diagnose(run.rows);
    const report = values.output ?? run.reportPath;
    await nodePlatform.replaceFile(report, reportHtml(run, run.rows, findings));
    if (values.json) {
      context.write(`${JSON.stringify(toJson(run, findings, report))}\n`);
      return;
    }
    context.write(`${run.title}, ${run.rows.length} updates: ${countFindings(findings)}\n`);
    for (const finding of findings) context.write(`\n${describeFinding(finding, run.options)}`);
    context.write(`\nreport with curves: ${report}\n`);
  },
};

async function openRun(path: string): Promise<LoggedRun> {
  const kind = await nodePlatform.fileKind(path);
  if (kind === 'missing') throw new FileError(`${path} does not exist; give a run folder or a log file`);
  if (kind === 'file') return openLog(path, `${path}.html`);
  if (await nodePlatform.exists(nodePlatform.joinPath(path, 'config.json'))) {
    const directory = await RunDirectory.open(nodePlatform, path);
    const { environment, options } = directory.config;
    return {
      ...{ title: `${options.algorithm} on ${environment}, seed ${options.seed}`, options: 'ours' },
      rows: await directory.readRows(),
      reportPath: nodePlatform.joinPath(path, REPORT_FILE),
    };
  }
  const names = await readdir(path);
  const name =
    names.find((candidate) => candidate === CSV_FILE) ??
    names.find((candidate) => EVENT_FILE.test(candidate));
  if (name === undefined) {
    throw new FileError(
      `${path} holds no run: neither config.json nor ${CSV_FILE} nor a TensorBoard event file; check the path`,
    );
  }
  return openLog(nodePlatform.joinPath(path, name), nodePlatform.joinPath(path, REPORT_FILE));
}

/** A log that another library wrote, known by its name. */
async function openLog(path: string, reportPath: string): Promise<LoggedRun> {
  const rows = EVENT_FILE.test(path)
    ? readTensorBoardRows(await nodePlatform.readFile(path), path)
    : readCsvRows(await nodePlatform.readTextFile(path), path);
  return { title: path, options: 'stableBaselines3', rows: fromStableBaselines3(rows), reportPath };
}

function describeFinding(finding: Finding, options: RunTitle['options']): string {
  const { rule, severity, cause, rows } = finding;
  const change = rule.options[options];
  const lines = [
    `${severity.toUpperCase()}: ${rule.title}, ${describeRows(rows)}`,
    `  ${cause}`,
    `  way out: ${rule.remedy}${change === '' ? '' : `; change ${change}`}`,
  ];
  // the cause already holds the text of the error
  if (rule.name !== 'stopped') lines.push(...tableLines(finding));
  return `${lines.join('\n')}\n`;
}

function tableLines(finding: Finding): string[] {
  const { columns, cells } = tableOf(finding);
  // the column's name is clear without the group before the slash
  const table = [columns.map((key) => key.replace(/^.*\//, '')), ...cells];
  const widths = columns.map((_, column) => Math.max(...table.map((row) => row[column].length)));
  return table.map((row) => `    ${row.map((cell, column) => cell.padStart(widths[column])).join('  ')}`);
}

function toJson(run: LoggedRun, findings: readonly Finding[], report: string) {
  return {
    run: run.title,
    updates: run.rows.length,
    report,
    findings: findings.map(({ rule, severity, cause, rows }) => ({
      ...{ name: rule.name, severity, title: rule.title, cause, remedy: rule.remedy },
      ...{ change: rule.options[run.options], rows },
    })),
  };
}
