import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/** How a program ended. */
export interface Ended {
  /** As a shell counts: 128 + N after signal N. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly folder: string;
  /** Limits of the shell around it, such as "ulimit -f 20", or a redirection of its output. */
  readonly shell?: { readonly before?: string; readonly after?: string };
  /** Told when the program has started, to do something to it. */
  readonly onStart?: (child: ChildProcess) => void;
  readonly onOutput?: (stdout: string, child: ChildProcess) => void;
}

/** A file of the project, from build/bench/ where the bundle lies. */
export function projectFile(name: string): string {
  return fileURLToPath(new URL(`../../${name}`, import.meta.url));
}

/** Runs Node.js with these arguments to its end. */
export function runNode(args: readonly string[], options: ProgramOptions): Promise<Ended> {
  const { folder, shell, onStart, onOutput } = options;
  return new Promise((resolve, reject) => {
    const child =
      shell === undefined
        ? spawn(process.execPath, args, { cwd: folder })
        : spawn('bash', ['-c', shellLine(args, shell)], { cwd: folder });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      onOutput?.(stdout, child);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ exitCode: code ?? 128 + constants.signals[signal!], stdout, stderr });
    });
    onStart?.(child);
  });
}

function shellLine(
  args: readonly string[],
  { before = 'true', after = '' }: NonNullable<ProgramOptions['shell']>,
): string {
  const quoted = [process.execPath, ...args].map((arg) => `'${arg.replaceAll("'", "'\\''")}'`);
  return `${before}; ${quoted.join(' ')} ${after}`;
}
