import { type ChildProcess, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { progressKey } from '../../src/logging/sink.js';
import { loadPolicy } from '../../src/node.js';
import type { Row, Table } from '../report/table.js';
import { type Ended, type ProgramOptions, projectFile, runNode } from './programs.js';
import { differences, rowCount } from './savedRuns.js';

const CLI = projectFile('dist/cli.js');
const PROGRAM = projectFile('test/faults/fixtures/program.mjs');
const YEAR_MS = 365 * 24 * 3600 * 1000;
/** Rows after which a run that is under way is disturbed. */
const DISTURBED_AFTER = 3;

/** Forty iterations with a step limit that a suspended process exceeds. */
const TRAINING = [
  ...['--environments', '2', '--steps', '256', '--timesteps', '20480', '--threads', '2', '--reproducible'],
  ...['--set', 'hiddenSizes=8', '--set', 'valueHiddenSizes=8', '--set', 'stepTimeoutMs=300'],
];
/** An update that takes long enough for two signals to come during it. */
const LONG_UPDATES = [
  ...[...TRAINING, '--timesteps', '2048'],
  ...['--set', 'valueEpochs=1000', '--set', 'valueMinibatch=1'],
];
/** Of the small file systems: the run needs about 80 kB. */
const SMALL_DISK = '40k';
const LARGE_DISK = '10m';
/** KiB. */
const SMALL_FILES = 20;
/** MB of JavaScript memory of the programs that fill it. */
const SMALL_HEAP_FLAG = '--max-old-space-size=64';

interface Fault {
  readonly fault: string;
  /** Why it cannot be made here. */
  readonly impossible?: string;
  /** Runs what goes wrong, into the folder `run`. */
  readonly make: (run: string) => Promise<Ended>;
  /** Takes the cause away. */
  readonly repair?: (run: string) => void;
  /** Goes on with the run, or begins it where nothing was begun. */
  readonly goOn: (run: string) => Promise<Ended>;
  /** Name of the run to which nothing happened. */
  readonly reference: string;
  /** Takes down what `make` set up. */
  readonly cleanUp?: (run: string) => void;
}

/** Every fault made for real, one row each: the message to the user, the exit code, and what is left on the disk. */
export async function faultRuns(folder: string, progress: (message: string) => void): Promise<Table> {
  const references: Record<string, readonly string[]> = {
    wholeProgram: [PROGRAM, 'train', 'wholeProgram', 'sound'],
    wholeTraining: [CLI, 'train', 'CartPole-v1', '--run-directory', 'wholeTraining', ...TRAINING],
    wholeLong: [CLI, 'train', 'CartPole-v1', '--run-directory', 'wholeLong', ...LONG_UPDATES],
  };
  for (const [name, args] of Object.entries(references)) {
    const { exitCode, stderr } = await runNode(args, { folder });
    if (exitCode !== 0) throw new Error(`${name} ended with ${exitCode}: ${stderr}`);
  }
  const rows: Row[] = [];
  for (const [index, fault] of [...environmentFaults(folder), ...processFaults(folder)].entries()) {
    progress(fault.fault);
    rows.push(await rowOf(fault, join(folder, `fault${index}`), folder));
  }
  return {
    title: 'Faults',
    notes: [
      'message: the first line that the user sees. left: policy and checkpoint on the disk, and what became of the run once the cause was gone.',
      '"same bits": gone on with to its end, it has the policy, checkpoint and rows of a run to which nothing happened.',
    ],
    rows,
  };
}

async function rowOf(fault: Fault, run: string, folder: string): Promise<Row> {
  if (fault.impossible !== undefined) return { fault: fault.fault, message: `skipped: ${fault.impossible}` };
  try {
    const ended = await fault.make(run);
    const saved = await savedIn(run);
    fault.repair?.(run);
    const after = await fault.goOn(run);
    if (after.exitCode !== 0) throw new Error(`${fault.fault}: cannot go on: ${after.stderr}`);
    const differing = differences(run, join(folder, fault.reference));
    const left = differing.length === 0 ? 'same bits' : `differs in ${differing.join(', ')}`;
    return {
      fault: fault.fault,
      message: messageOf(ended).replaceAll(`${folder}/`, ''),
      exit: ended.exitCode,
      left: `${saved}; ${left}`,
    };
  } finally {
    fault.cleanUp?.(run);
  }
}

/** What the user saw first: the error, or how the run ended where there was none. */
function messageOf({ stdout, stderr }: Ended): string {
  const errors = stderr.split('\n').filter((line) => /^(trpo: |\w*Error: |FATAL ERROR: )/.test(line));
  const results = stdout.split('\n').filter((line) => /^(stopped after|run folder) /.test(line));
  return errors[0] ?? results[0] ?? 'nothing';
}

/** Checks that what is on the disk can be read. */
async function savedIn(run: string): Promise<string> {
  if (!existsSync(join(run, 'policy.safetensors'))) return 'nothing saved yet';
  const { spec } = await loadPolicy(run);
  const iterations = existsSync(join(run, 'checkpoint.safetensors')) ? savedIterations(run) : 0;
  return `policy of ${spec.environmentName} loads, ${iterations} iterations saved`;
}

function savedIterations(run: string): number {
  const bytes = readFileSync(join(run, 'checkpoint.safetensors'));
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString());
  return JSON.parse(header.__metadata__.run).iteration;
}

function environmentFaults(folder: string): Fault[] {
  const faults: [string, string, string[]?][] = [
    ['environment throws, calling thread', 'throwsHere'],
    ['environment throws, worker thread', 'throwsInWorker'],
    ['its promise is rejected', 'rejects'],
    ['step() returns nothing', 'answersNothing'],
    ['NaN in an observation', 'observesNaN'],
    ['observation of wrong length', 'observesTooLittle'],
    ['reward that is not a number', 'rewardsText'],
    ['reward NaN', 'rewardsNaN'],
    ['reward 1e39, beyond float32', 'rewardsTooMuch'],
    ['saveState() returns NaN', 'savesNaN'],
    ['close() throws at the end', 'failsToClose'],
    ['endless loop in step(), calling thread', 'hangsHere'],
    ['endless loop in step(), worker thread', 'hangsInWorker'],
    ['Atomics.wait without end in step()', 'waitsForever'],
    ['step() waits in the system, calling thread', 'waitsInSystem'],
    ['step() waits in the system, worker thread', 'waitsInSystemInWorker'],
    ['promise that never settles', 'neverAnswers'],
    ['worker thread ended', 'endsWorker'],
    ['worker thread out of memory', 'leaksInWorker', [SMALL_HEAP_FLAG]],
    ['process out of JavaScript memory', 'leaksHere', [SMALL_HEAP_FLAG]],
  ];
  return faults.map(([fault, name, flags = []]) => ({
    fault,
    make: (run) => runNode([...flags, PROGRAM, 'train', run, name], { folder }),
    goOn: (run) => runNode([PROGRAM, 'resume', run, 'sound'], { folder }),
    reference: 'wholeProgram',
  }));
}

function processFaults(folder: string): Fault[] {
  const train = (
    run: string,
    options: Partial<ProgramOptions> = {},
    flags: { readonly node?: readonly string[]; readonly trpo?: readonly string[] } = {},
  ) => {
    const { node = [], trpo = [] } = flags;
    const what = ['train', 'CartPole-v1', '--run-directory', run];
    return runNode([...node, CLI, ...what, ...TRAINING, ...trpo], { folder, ...options });
  };
  const resume = (run: string) =>
    runNode([CLI, 'train', '--resume', run, '--threads', '2', '--quiet'], { folder });
  const goOn = (run: string) => (existsSync(join(run, 'config.json')) ? resume(run) : train(run));
  const common = { goOn, reference: 'wholeTraining' };
  const mounting = process.getuid?.() === 0 ? {} : { impossible: 'mounting a file system needs root' };
  const linux = process.platform === 'linux' ? {} : { impossible: 'needs Linux' };
  const onDisk = (size: string, options: Partial<ProgramOptions>) => async (run: string) => {
    mkdirSync(run);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', run]);
    return train(run, options);
  };
  const remounted = (how: string) => (run: string) => {
    execFileSync('mount', ['-o', `remount,${how}`, run]);
  };
  return [
    {
      fault: 'disk full',
      ...mounting,
      make: onDisk(SMALL_DISK, {}),
      repair: remounted(`size=${LARGE_DISK}`),
      cleanUp: (run) => void execFileSync('umount', [run]),
      ...common,
    },
    {
      fault: 'run folder made read-only',
      ...mounting,
      make: (run) =>
        onDisk(LARGE_DISK, { onStart: (child) => void onceUnderWay(child, run, () => remountReadOnly(run)) })(
          run,
        ),
      repair: remounted('rw'),
      cleanUp: (run) => void execFileSync('umount', [run]),
      ...common,
    },
    {
      fault: `files limited to ${SMALL_FILES} KiB (ulimit -f)`,
      ...linux,
      make: (run) => train(run, { shell: { before: `ulimit -f ${SMALL_FILES}` } }),
      ...common,
    },
    {
      fault: 'standard output on a full disk',
      ...linux,
      make: (run) => train(run, { shell: { after: '> /dev/full' } }),
      ...common,
    },
    {
      fault: 'reader of the output gone (| head -3)',
      ...linux,
      make: (run) => train(run, { shell: { before: 'set -o pipefail', after: '| head -3' } }),
      ...common,
    },
    {
      fault: 'more memory asked for than WebAssembly has',
      make: (run) =>
        runNode([CLI, 'train', 'CartPole-v1', '--run-directory', run, '--steps', '100000000'], { folder }),
      ...common,
    },
    {
      fault: 'no address space for WebAssembly (ulimit -v)',
      ...linux,
      make: (run) => train(run, { shell: { before: 'ulimit -v 4000000' } }),
      ...common,
    },
    {
      fault: 'SIGTERM, or Ctrl-C',
      make: (run) =>
        train(run, { onStart: (child) => void onceUnderWay(child, run, () => child.kill('SIGTERM')) }),
      ...common,
    },
    {
      fault: 'Ctrl-C twice',
      make: (run) =>
        runNode([CLI, 'train', 'CartPole-v1', '--run-directory', run, ...LONG_UPDATES], {
          folder,
          onStart: (child) =>
            void onceUnderWay(child, run, async () => {
              // both during the next update
              await setTimeout(100);
              child.kill('SIGINT');
              await setTimeout(50);
              child.kill('SIGINT');
            }),
        }),
      goOn: resume,
      reference: 'wholeLong',
    },
    {
      fault: 'SIGKILL',
      make: (run) =>
        train(run, { onStart: (child) => void onceUnderWay(child, run, () => child.kill('SIGKILL')) }),
      ...common,
    },
    {
      fault: 'suspended for 2 s (SIGSTOP), stepTimeoutMs 300',
      ...linux,
      make: (run) =>
        train(run, {
          onStart: (child) =>
            void onceUnderWay(child, run, async () => {
              child.kill('SIGSTOP');
              await setTimeout(2000);
              child.kill('SIGCONT');
            }),
        }),
      ...common,
    },
    {
      fault: 'clock set back by a year',
      make: async (run) => {
        const ended = await train(run, {}, { node: ['--import', clockSetBack()], trpo: ['--tensorboard'] });
        requireSteadyTimes(run);
        return ended;
      },
      ...common,
    },
  ];
}

/** Does it to a process whose run has made some iterations. */
async function onceUnderWay(child: ChildProcess, run: string, disturb: () => unknown): Promise<void> {
  while (rowCount(run) < DISTURBED_AFTER && child.exitCode === null) await setTimeout(5);
  await disturb();
}

/** Tries until no file of it happens to be open for writing. */
async function remountReadOnly(run: string): Promise<void> {
  for (;;) {
    try {
      execFileSync('mount', ['-o', 'remount,ro', run], { stdio: 'ignore' });
      return;
    } catch {
      await setTimeout(1);
    }
  }
}

/** A module before the program: after some calls the time of day is a year earlier. */
function clockSetBack(): string {
  const code = `const now = Date.now; let calls = 0; Date.now = () => now() - (++calls > 5 ? ${YEAR_MS} : 0);`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

function requireSteadyTimes(run: string): void {
  const lines = readFileSync(join(run, 'progress.jsonl'), 'utf8').trimEnd().split('\n');
  let elapsed = 0;
  for (const line of lines) {
    const row = JSON.parse(line);
    if (!(row[progressKey.timeElapsed] > elapsed && row[progressKey.stepsPerSecond] > 0)) {
      throw new Error(`${run}: time went from ${elapsed} s to ${row[progressKey.timeElapsed]} s`);
    }
    elapsed = row[progressKey.timeElapsed];
  }
}
