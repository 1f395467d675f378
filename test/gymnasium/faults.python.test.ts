import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { EnvironmentError, NonFiniteError, OptionError, PlatformError, TrpoError } from '../../src/errors.js';
import { PROTOCOL } from '../../src/gymnasium/frames.js';
import { openLink } from '../../src/gymnasium/pythonLink.js';
import { createTrainer, type GymnasiumOptions, gymnasium, train } from '../../src/node.js';
import { temporaryFolder } from '../support/cli.js';
import { describeWithPython, PYTHON, programOf, REGISTER } from './python.js';

const folder = temporaryFolder();
const BRIDGE = fileURLToPath(new URL('../../dist/bridge.py', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

function failure(id: string, options: GymnasiumOptions = {}, extra: object = {}): Promise<Error> {
  return train({
    environment: gymnasium(id, { import: REGISTER, ...options }),
    ...{ steps: 64, environments: 2, timesteps: 128, hiddenSizes: [4], threads: 1, ...extra },
  }).then(
    () => expect.unreachable('nothing failed'),
    (error: Error) => error,
  );
}

const faulty = (mode: string, extra: object = {}) => failure('Fault-v0', { args: { mode } }, extra);

/** Whether a process is there still. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2] !== 'Z';
  } catch {
    return false;
  }
}

async function until(what: () => boolean, timeoutMs: number): Promise<boolean> {
  const end = Date.now() + timeoutMs;
  while (!what() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
  return what();
}

describeWithPython('a fault of an environment', () => {
  test.each([1, 2])('an exception is told with environment and step, on thread %i', async (threads) => {
    const error = await faulty('raise', { threads });
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toMatch(
      /^gym:Fault-v0 \(environment 0, step 19\) threw in step\(\): RuntimeError: the motor is broken\nTraceback/,
    );
    expect(error.message).toMatch(/environments\.py", line \d+, in step/);
    expect(error.message).not.toContain('bridge.py');
  });

  test.each([
    ['exit', /SystemExit: 3/],
    ['kill', /The Python process of gym:Fault-v0 was ended by SIGKILL/],
    [
      'shape',
      /environment 0, step 19\).*ValueError: an observation has the shape \(2,\), its space has \(1,\)/,
    ],
    ['init', /RuntimeError: .*cannot be made/],
    ['text', /the observation space is Text.*a space that wasm-trpo does not have; wrap/],
    ['whole actions', /the action space is Box.*whose numbers are whole/],
  ])('%s is told', async (mode, message) => {
    const error = await faulty(mode);
    expect(error).toBeInstanceOf(TrpoError);
    expect(error.message).toMatch(message);
  });

  test('NaN names the environment', async () => {
    const error = await faulty('nan');
    expect(error).toBeInstanceOf(NonFiniteError);
    expect(error.message).toMatch(/environment 0, step 19\) returned observation\[0\] = NaN/);
  });

  test('a step that does not end is cut by stepTimeoutMs, and no process stays', async () => {
    const error = await faulty('hang', { stepTimeoutMs: 500 });
    expect(error.message).toMatch(/did not answer from step\(\) within 500 ms/);
  });
});

describeWithPython('what is not there is one clear error', () => {
  test('Python', async () => {
    const error = await failure('CartPole-v1', { python: '/nowhere/python' });
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toMatch(
      /^gym:CartPole-v1 needs Python, and \/nowhere\/python cannot be run.*--python PATH/,
    );
  });

  test('gymnasium', async () => {
    const bare = folder.path('bare-python');
    // without the packages of its environment
    writeFileSync(bare, `#!/bin/sh\nexec "${PYTHON}" -S "$@"\n`);
    chmodSync(bare, 0o755);
    expect((await failure('CartPole-v1', { python: bare })).message).toMatch(
      /cannot import what the bridge needs: No module named '(gymnasium|numpy)'; pip install gymnasium/,
    );
  });

  test.each<[string, GymnasiumOptions, RegExp]>([
    ['LunarLandr-v3', {}, /Gymnasium has no environment 'LunarLandr-v3'; did you mean LunarLander-v3/],
    ['CartPole-v7', {}, /no environment 'CartPole-v7'; did you mean CartPole-v1/],
    ['CartPole-v1', { import: 'no_such_module' }, /ModuleNotFoundError: No module named 'no_such_module'/],
    ['CartPole-v1', { import: 'environments:nothing' }, /AttributeError: .*nothing/],
    [
      'CartPole-v1',
      { wrappers: ['TimeLimt'] },
      /gymnasium\.wrappers has no wrapper 'TimeLimt'; did you mean TimeLimit/,
    ],
    ['CartPole-v1', { args: { speed: 3 } }, /TypeError: .*unexpected keyword argument 'speed'/],
  ])('%s with %j', async (id, options, message) => {
    const error = await failure(id, options);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toMatch(message);
  });

  test('options of another form', () => {
    for (const [call, message] of [
      [() => gymnasium(''), /give its id/],
      [() => gymnasium('X', { args: [1] as never }), /args is a list of 1; give keyword arguments/],
      [() => gymnasium('X', { server: 'host' }), /give "host:port"/],
      [() => gymnasium('X', { server: 'a:1', python: 'p' }), /leave one of them out/],
      [
        () => gymnasium('X', { wrapper: [] } as never),
        /has no option wrapper; its options are args, wrappers/,
      ],
    ] as const) {
      expect(call).toThrow(OptionError);
      expect(call).toThrow(message);
    }
  });
});

const isLinuxWithPython = process.platform === 'linux' && existsSync(PYTHON);

test.skipIf(!isLinuxWithPython)('trainers that are closed leave no process', async () => {
  const bridges = () =>
    readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean);
  const before = bridges().length;
  for (let i = 0; i < 20; i++) {
    const trainer = await createTrainer({
      environment: gymnasium('Fault-v0', { import: REGISTER }),
      ...{ steps: 8, environments: 2, hiddenSizes: [4], threads: 1 },
    });
    expect(bridges().length).toBe(before + 1);
    // some in the middle of a step
    if (i % 2 === 0)
      void trainer
        .iterations()
        .next()
        .catch(() => {});
    await trainer.close();
  }
  expect(await until(() => bridges().length === before, 5000)).toBe(true);
});

describeWithPython('the bridge', () => {
  test('refuses a program of another version', async () => {
    const link = await openLink('gym:CartPole-v1', { python: PYTHON });
    await expect(link.begin('open', undefined, { protocol: PROTOCOL + 1, count: 1 })).rejects.toThrow(
      /this bridge speaks protocol 1, the program asks for 2; give both the same version of wasm-trpo/,
    );
    await link.close();
  });

  test('refuses to step what was not opened', async () => {
    const link = await openLink('gym:CartPole-v1', { python: PYTHON });
    await expect(link.request('step', new Uint8Array(8))).rejects.toThrow(/nothing was opened yet/);
    await link.close();
  });
});

describeWithPython('processes', () => {
  test('what environments print goes to standard error, marked, and disturbs nothing', async () => {
    const child = spawn(
      process.execPath,
      [
        ...[CLI, 'train', 'gym:Fault-v0', '--import', REGISTER, '--env-arg', 'mode="print"', '--json'],
        ...['--steps', '32', '--timesteps', '64', '--environments', '1', '--set', 'hiddenSizes=4'],
      ],
      { cwd: folder.path(), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ finished: true });
    expect(stderr).toContain('gym:Fault-v0: reset is printed\n');
    expect(stderr).toContain('gym:Fault-v0: by another program\n');
  });

  test.skipIf(process.platform !== 'linux')(
    'Python ends when its parent is killed, in the middle of a step too',
    async () => {
      const parent = spawn(
        process.execPath,
        [
          ...[CLI, 'train', 'gym:Fault-v0', '--import', REGISTER, '--env-arg', 'mode="hang"', '--quiet'],
          ...['--steps', '64', '--timesteps', '64', '--environments', '1', '--threads', '1'],
          ...['--run-directory', 'killed'],
        ],
        { cwd: folder.path(), stdio: 'ignore' },
      );
      const children = () =>
        readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8').trim().split(' ').map(Number);
      expect(await until(() => children()[0] > 0, 5000)).toBe(true);
      const [python] = children();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      parent.kill('SIGKILL');
      expect(await until(() => !isAlive(python), 5000)).toBe(true);
    },
  );
});

describeWithPython('a server', () => {
  const started = (address: string, env: Record<string, string> = {}): Promise<[ChildProcess, string]> =>
    new Promise((resolve, reject) => {
      const child = spawn(PYTHON, ['-u', BRIDGE, '--listen', address], {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child.stdout.once('data', (text) => resolve([child, /on (\S+)/.exec(String(text))![1]]));
      child.stderr.once('data', (text) => reject(new Error(String(text))));
    });

  test('lends environments, with the bits that one Python of its own gives', async () => {
    const [server, address] = await started('127.0.0.1:0');
    try {
      const run = (options: GymnasiumOptions, threads: number) =>
        train({
          environment: gymnasium('CartPole-v1', options),
          ...{ steps: 32, environments: 2, timesteps: 128, hiddenSizes: [8], threads },
        });
      const [own, lent] = [await run({}, 1), await run({ server: address }, 2)];
      expect(lent.trainer.encodePolicy()).toEqual(own.trainer.encodePolicy());
    } finally {
      server.kill();
    }
  });

  test('asks for its token, and does not listen to other hosts without one', async () => {
    await expect(started('0.0.0.0:0')).rejects.toThrow(/set TRPO_GYM_TOKEN to a secret/);
    const [server, address] = await started('127.0.0.1:0', { TRPO_GYM_TOKEN: 'secret' });
    const options = { server: address, import: [] };
    try {
      expect((await failure('CartPole-v1', options)).message).toMatch(/the token is not that of the server/);
      process.env.TRPO_GYM_TOKEN = 'secret';
      const { finished } = await train({
        environment: gymnasium('CartPole-v1', options),
        ...{ steps: 32, timesteps: 32, environments: 1, hiddenSizes: [4] },
      });
      expect(finished).toBe(true);
    } finally {
      delete process.env.TRPO_GYM_TOKEN;
      server.kill();
    }
  });

  test('that is not there, or goes away', async () => {
    expect((await failure('CartPole-v1', { server: '127.0.0.1:9' })).message).toMatch(
      /no server answers at 127\.0\.0\.1:9.*trpo gym-server --listen/,
    );
    const [server, address] = await started('127.0.0.1:0');
    const error = await failure('Fault-v0', { server: address, args: { mode: 'kill' } });
    expect(error.message).toMatch(/closed the connection/);
    server.kill();
  });
});

describeWithPython('the program in Python', () => {
  test.each([
    ['ruff', ['check', '--no-cache']],
    ['mypy', ['--strict', '--cache-dir', '/dev/null']],
  ])('passes %s', async (program, args) => {
    const source = fileURLToPath(new URL('../../src/gymnasium/bridge.py', import.meta.url));
    const child = spawn(programOf(program), [...args, source], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect([code, output]).toEqual([0, expect.any(String)]);
  });
});
