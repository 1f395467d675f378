#!/usr/bin/env node
import { nearestName, OptionError, TrpoError } from '../errors.js';
import { fileError } from '../platform/node.js';
import { VERSION } from '../version.js';
import { checkCommand } from './check.js';
import type { Command } from './command.js';
import { compareCommand } from './compare.js';
import { doctorCommand } from './doctor.js';
import { evaluateCommand } from './evaluate.js';
import { exportCommand } from './export.js';
import { gymServerCommand } from './gymServer.js';
import { environmentsCommand, optionsCommand } from './lists.js';
import { playCommand } from './play.js';
import { plotCommand } from './plot.js';
import { trainCommand } from './train.js';

/** The commands: this list is the registration. */
const commands: readonly Command[] = [
  trainCommand,
  evaluateCommand,
  playCommand,
  exportCommand,
  plotCommand,
  compareCommand,
  doctorCommand,
  checkCommand,
  environmentsCommand,
  optionsCommand,
  gymServerCommand,
];

const EXIT_FAILED = 1;
const EXIT_STOPPED_TWICE = 130;

const EXIT_CODES = `Exit codes:
    0  done; or stopped by Ctrl-C or SIGTERM, after saving; or the reader of the output has closed the pipe
  ${String(EXIT_FAILED).padStart(3)}  an error, told on standard error
  ${String(EXIT_STOPPED_TWICE).padStart(3)}  Ctrl-C twice: ended at once
  134  out of JavaScript memory
  137  killed (128 + N: ended by signal N)
After any of them "trpo train --resume DIR" goes on from the last whole iteration.
`;

function overview(): string {
  const lines = commands.map(({ name, summary }) => `  trpo ${name.padEnd(14)}${summary}`);
  return `wasm-trpo ${VERSION}: Trust Region Policy Optimization in WebAssembly\n\n${lines.join('\n')}\n\n"trpo COMMAND --help" tells more.\n\n${EXIT_CODES}`;
}

/** A Ctrl-C at a terminal reaches a process that a launcher started twice: from the terminal and from the launcher. */
const ONE_REQUEST_MS = 300;

/** The first request to stop aborts the signal, so that work can end well; the second ends the process. */
function stopSignal(hasLauncher: boolean): AbortSignal {
  const controller = new AbortController();
  let requestedMs = 0;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      const isAgain = controller.signal.aborted;
      if (isAgain && hasLauncher && performance.now() - requestedMs < ONE_REQUEST_MS) return;
      if (isAgain) process.exit(EXIT_STOPPED_TWICE);
      requestedMs = performance.now();
      controller.abort();
    });
  }
  // the process of a run in a comparison stops when that of the comparison is gone
  process.channel?.unref();
  process.once('disconnect', () => controller.abort());
  return controller.signal;
}

async function main(args: readonly string[]): Promise<void> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help') {
    process.stdout.write(overview());
    return;
  }
  if (name === '--version' || name === 'version') {
    process.stdout.write(`${VERSION}\n`);
    return;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const names = commands.map((known) => known.name);
    throw new OptionError(
      `There is no command "${name}"${nearestName(name, names)}; the commands are ${names.join(', ')}`,
    );
  }
  if (rest.includes('--help')) {
    process.stdout.write(command.help);
    return;
  }
  await command.run({
    args: rest,
    write: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
    adviseOnFailure: (text) => {
      advice = text;
    },
    failSilently: () => {
      process.exitCode = EXIT_FAILED;
    },
    isTerminal: process.stdout.isTTY === true,
    columns: () => process.stdout.columns,
    signal: stopSignal(rest.includes('--mpi')),
  });
}

/** Text of the running command to print after an error. */
let advice: string | undefined;

/** A TrpoError is complete in its message; any other error is unexpected, and its stack may help to report it. */
function printError(error: unknown, withStack: boolean): void {
  const expected = error instanceof TrpoError;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`trpo: ${expected ? '' : 'unexpected error: '}${message}\n`);
  if (withStack && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  else if (!expected) process.stderr.write('trpo: run again with --stack to see where, and report it\n');
  if (advice !== undefined) process.stderr.write(`trpo: ${advice}\n`);
}

// a reader that has seen enough (such as head) closes the pipe: no reason to fail
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  printError(fileError('write to', 'standard output', error), false);
  process.exit(EXIT_FAILED);
});
// there is no stream left to report it on, and progress and warnings are in the run folder too
process.stderr.on('error', () => {});

main(process.argv.slice(2)).catch((error: unknown) => {
  printError(error, process.argv.includes('--stack'));
  process.exitCode = EXIT_FAILED;
});
