import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { EnvironmentError, PlatformError } from '../errors.js';
import { bridgeFile } from '../platform/nodePackageFile.js';
import { DONE, type Frame, FrameReader, headerOf, jsonIn, PROTOCOL, type RequestKind } from './frames.js';
import { addressOfServer, type GymnasiumSpec } from './gymnasiumSource.js';

/** How long Python may take to end once it is told to. */
const ENDING_MS = 2000;
/** Lines of standard error that the message about its death has. */
const LAST_LINES = 5;

/** What Python says of something that failed. */
interface PythonFailure {
  /** What the user can mend; absent for an exception. */
  readonly refusal?: string;
  readonly class: string;
  readonly message: string;
  readonly traceback: string;
  /** Whose exception it was. */
  readonly environment: number | null;
}

/** An exception in Python. */
export class PythonError extends EnvironmentError {
  /** Number of the environment that raised it, among those of its vector. */
  readonly environmentIndex?: number;

  constructor({ class: name, message, traceback, environment }: PythonFailure) {
    super(`${name}: ${message}\n${traceback.trimEnd()}`);
    if (environment !== null) this.environmentIndex = environment;
  }
}

interface Waiting {
  resolve(frame: Frame): void;
  reject(error: Error): void;
}

/** Two streams to a bridge, on which each request has one answer, in their order. */
export class PythonLink {
  private readonly waiting: Waiting[] = [];
  private readonly reader = new FrameReader((frame) => this.answer(frame));
  private ending: Error | undefined;

  /**
   * name: for messages. end: ends what is behind the streams, at once if it must not be waited for.
   */
  constructor(
    private readonly name: string,
    private readonly sink: Writable,
    source: Readable,
    private readonly end: (atOnce: boolean) => Promise<void>,
  ) {
    source.on('data', (piece: Uint8Array) => this.take(piece));
    // who made the streams tells what happened to the other side
    sink.on('error', () => {});
    source.on('error', () => {});
  }

  /** The answer to a request, whose bytes the next answer overwrites. Throws PythonError, or EnvironmentError once the link is broken. */
  request(kind: RequestKind, content: Uint8Array): Promise<Frame> {
    if (this.ending !== undefined) return Promise.reject(this.ending);
    const answer = new Promise<Frame>((resolve, reject) => this.waiting.push({ resolve, reject }));
    const { sink } = this;
    sink.cork();
    sink.write(headerOf(kind, content.length));
    sink.write(content);
    sink.uncork();
    return answer;
  }

  /** What the answer to the first request says. It names the protocol, and to a server its token, which is in no file. */
  async begin<Answer>(
    kind: 'open' | 'list',
    server: string | undefined,
    asked: Readonly<Record<string, unknown>>,
  ): Promise<Answer> {
    const token = server === undefined ? undefined : process.env.TRPO_GYM_TOKEN;
    const request = JSON.stringify({ protocol: PROTOCOL, token, ...asked });
    const answer = await this.request(kind, new TextEncoder().encode(request));
    return jsonIn(answer, 0, answer.length) as Answer;
  }

  /** All requests, the waiting ones too, fail with this error from now on; the first error counts. */
  breakWith(error: Error): void {
    this.ending ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(this.ending);
  }

  async close(): Promise<void> {
    const isBusy = this.waiting.length > 0;
    this.breakWith(new EnvironmentError(`${this.name} was closed; make new environments`));
    await this.end(isBusy);
  }

  private take(piece: Uint8Array): void {
    try {
      this.reader.take(piece);
    } catch (cause) {
      const fault = cause instanceof RangeError ? cause.message : String(cause);
      this.breakWith(
        new EnvironmentError(
          `${this.name} sent ${fault}; give it and this program the same version of wasm-trpo`,
        ),
      );
      void this.end(true);
    }
  }

  private answer(frame: Frame): void {
    const next = this.waiting.shift();
    if (frame.kind === DONE) {
      next?.resolve(frame);
      return;
    }
    const failure = jsonIn(frame, 0, frame.length) as PythonFailure;
    next?.reject(
      failure.refusal === undefined ? new PythonError(failure) : new EnvironmentError(failure.refusal),
    );
  }
}

/** A link to the bridge that a spec names. name: for messages. Throws PlatformError where there is none. */
export function openLink(name: string, spec: Pick<GymnasiumSpec, 'python' | 'server'>): Promise<PythonLink> {
  return spec.server === undefined ? startPython(name, spec.python) : connect(name, spec.server);
}

/** The Python to run: the given one, else that of the environment. */
export function pythonProgram(given?: string): string {
  const { TRPO_PYTHON, VIRTUAL_ENV } = process.env;
  if (given !== undefined) return given;
  if (TRPO_PYTHON) return TRPO_PYTHON;
  const isWindows = process.platform === 'win32';
  if (VIRTUAL_ENV) return join(VIRTUAL_ENV, isWindows ? 'Scripts/python.exe' : 'bin/python');
  return isWindows ? 'python' : 'python3';
}

/** Starts bridge.py once Python runs. name: for messages; given: the Python. Throws PlatformError where it cannot be run. */
export async function spawnBridge(
  name: string,
  given: string | undefined,
  args: readonly string[],
  stdio: StdioOptions,
): Promise<ChildProcess> {
  const program = pythonProgram(given);
  const child = spawn(program, ['-u', fileURLToPath(bridgeFile()), ...args], { stdio });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      reject(
        new PlatformError(
          `${name} needs Python, and ${program} cannot be run (${cause.message}); install Python 3.10 or later with "pip install gymnasium", or say where it is: --python PATH, python of gymnasium(), or the environment variable TRPO_PYTHON`,
          { cause },
        ),
      );
    });
  });
  return child;
}

async function startPython(name: string, given: string | undefined): Promise<PythonLink> {
  const child = await spawnBridge(name, given, [], 'pipe');
  const lastLines = markLines(child.stderr!, name);
  const link = new PythonLink(name, child.stdin!, child.stdout!, (atOnce) => endProcess(child, atOnce));
  child.on('exit', (code, signal) => {
    const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
    const said = lastLines.length === 0 ? '' : `; it last said: ${lastLines.join(' | ')}`;
    link.breakWith(
      new EnvironmentError(
        `The Python process of ${name} ${how}${said}; what was saved stands: go on from there once the cause is gone`,
      ),
    );
  });
  return link;
}

/** Ends a process by the end of its input; kills it where it does not end by itself. */
async function endProcess(child: ChildProcess, atOnce: boolean): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = () => child.kill('SIGKILL');
  if (atOnce) kill();
  else child.stdin?.end();
  const timer = setTimeout(kill, ENDING_MS);
  await ended;
  clearTimeout(timer);
}

/** Writes what environments print to standard error, marked with a name. The answer holds the last lines at any time. */
function markLines(source: Readable, name: string): string[] {
  const last: string[] = [];
  let rest = '';
  source.setEncoding('utf8');
  source.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      process.stderr.write(`${name}: ${line}\n`);
      last.push(line);
      if (last.length > LAST_LINES) last.shift();
    }
  });
  source.on('end', () => {
    if (rest !== '') process.stderr.write(`${name}: ${rest}\n`);
  });
  return last;
}

function connect(name: string, server: string): Promise<PythonLink> {
  const { host, port } = addressOfServer(server);
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port, noDelay: true });
    socket.once('error', (cause) => {
      reject(
        new PlatformError(
          `${name}: no server answers at ${server} (${cause.message}); start one there with "trpo gym-server --listen ${server}", or correct the address`,
          { cause },
        ),
      );
    });
    socket.once('connect', () => {
      const link = new PythonLink(name, socket, socket, async () => {
        socket.destroy();
      });
      socket.on('close', () => {
        link.breakWith(
          new EnvironmentError(
            `The server of ${name} at ${server} closed the connection; what was saved stands: go on from there once it runs again`,
          ),
        );
      });
      resolve(link);
    });
  });
}
