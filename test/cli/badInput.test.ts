import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Command } from '../../src/cli/command.js';
import { evaluateCommand } from '../../src/cli/evaluate.js';
import { exportCommand } from '../../src/cli/export.js';
import { playCommand } from '../../src/cli/play.js';
import { plotCommand } from '../../src/cli/plot.js';
import { trainCommand } from '../../src/cli/train.js';
import { TrpoError } from '../../src/errors.js';
import { startCli, temporaryFolder } from '../support/cli.js';

const COMMANDS: readonly Command[] = [trainCommand, evaluateCommand, exportCommand, playCommand, plotCommand];
const folder = temporaryFolder();
const QUICK = [
  '--set',
  'environments=1',
  '--steps',
  '64',
  '--timesteps',
  '128',
  '--set',
  'hiddenSizes=8',
  '--set',
  'valueEpochs=1',
  '--quiet',
];

/** The command throws an error of ours, which the program tells, and has written nothing before. */
async function expectRefused([name, ...args]: readonly string[], ...patterns: RegExp[]): Promise<void> {
  let written = '';
  const command = COMMANDS.find((candidate) => candidate.name === name)!;
  const error = await command
    .run({
      args,
      write: (text) => {
        written += text;
      },
      writeError: (text) => {
        written += text;
      },
      adviseOnFailure: () => {},
      failSilently: () => {},
      isTerminal: false,
      columns: () => undefined,
      signal: new AbortController().signal,
    })
    .then(
      () => expect.unreachable('nothing was refused'),
      (cause: unknown) => cause,
    );
  expect(error).toBeInstanceOf(TrpoError);
  for (const pattern of patterns) expect((error as TrpoError).message).toMatch(pattern);
  expect(written).toBe('');
}

/** The same of the program as it is built, with its exit code. */
async function expectProgramRefuses(args: readonly string[], ...patterns: RegExp[]): Promise<void> {
  const { code, stdout, stderr } = await startCli(args, folder.path());
  for (const pattern of patterns) expect(stderr).toMatch(pattern);
  expect(stderr).toMatch(/^trpo: /);
  expect(stderr).not.toMatch(/unexpected error|\n\s+at /);
  expect(stdout).toBe('');
  expect(code).toBe(1);
}

let formerFolder: string;
beforeAll(async () => {
  expect(
    (await startCli(['train', 'CartPole-v1', '--run-directory', 'run', ...QUICK], folder.path())).code,
  ).toBe(0);
  formerFolder = process.cwd();
  process.chdir(folder.path());
});
afterAll(() => process.chdir(formerFolder));

describe('the program ends with exit code 1', () => {
  test.each([
    ['unknown command', ['trian'], /no command "trian" \(did you mean "train"\?\)/],
    ['unknown environment', ['train', 'CartPole-v2'], /CartPole-v2.*did you mean "CartPole-v1"/],
    ['flag without value', ['train', 'CartPole-v1', '--seed'], /seed/],
    [
      'more memory than there is',
      ['train', 'CartPole-v1', '--steps', '100000000', '--environments', '10'],
      /memory cannot grow/,
    ],
    ['no run to resume', ['train', '--resume', 'nowhere'], /nowhere holds no run/],
    ['missing policy', ['evaluate', 'nowhere'], /nowhere does not exist/],
  ])('%s', async (_, args, message) => expectProgramRefuses(args, message));

  test('a damaged checkpoint', async () => {
    cpSync(folder.path('run'), folder.path('damaged'), { recursive: true });
    writeFileSync(folder.path('damaged/checkpoint.safetensors'), 'GIF89a');
    await expectProgramRefuses(
      ['train', '--resume', 'damaged', '--timesteps', '256'],
      /checkpoint\.safetensors/,
    );
  });

  test('the stack is shown only when asked for', async () => {
    const { stderr } = await startCli(['train', 'CartPole-v2', '--stack'], folder.path());
    expect(stderr).toMatch(/\n\s+at /);
  });
});

describe('a command refuses, with the way out', () => {
  test.each([
    ['no environment', ['train'], /needs an environment/],
    ['two environments', ['train', 'CartPole-v1', 'Acrobot-v1'], /takes one environment/],
    [
      'unknown flag',
      ['train', 'CartPole-v1', '--timestep', '5'],
      /no flag --timestep \(did you mean "--timesteps"\?\)/,
    ],
    [
      'unknown option',
      ['train', 'CartPole-v1', '--set', 'maxKL2=1'],
      /no option "maxKL2" \(did you mean "maxKl"\?\)/,
    ],
    ['option without =', ['train', 'CartPole-v1', '--set', 'maxKl'], /must be NAME=VALUE/],
    [
      'value out of range',
      ['train', 'CartPole-v1', '--set', 'gamma=1.5'],
      /gamma = 1\.5: it must be a number from 0 to 1/,
    ],
    [
      'value that is no number',
      ['train', 'CartPole-v1', '--timesteps', 'many'],
      /timesteps = "many": it must be a whole number/,
    ],
    [
      'fraction for a count',
      ['train', 'CartPole-v1', '--steps', '1.5'],
      /steps = 1\.5: it must be a whole number/,
    ],
    ['zero trust region', ['train', 'CartPole-v1', '--set', 'maxKl=0'], /above 0/],
    ['unknown activation', ['train', 'CartPole-v1', '--set', 'activation=gelu'], /one of tanh, relu/],
    ['layer of size 0', ['train', 'CartPole-v1', '--set', 'hiddenSizes=64,0'], /whole numbers from 1/],
    ['missing config file', ['train', 'CartPole-v1', '--config', 'none.json'], /none\.json.*does not exist/],
    ['options with --resume', ['train', '--resume', 'run', '--seed', '3'], /--seed with --resume/],
    ['fewer timesteps than made', ['train', '--resume', 'run', '--timesteps', '10'], /has made 128 already/],
    ['no policy given', ['evaluate'], /takes one run folder/],
    ['no episodes', ['evaluate', 'run', '--episodes', '0'], /whole number of 1 or more/],
    ['negative seed', ['evaluate', 'run', '--seed', '-1'], /seed/],
    ['nothing to play', ['play'], /takes one run folder/],
    ['a picture of unknown kind', ['play', 'run', '--output', 'a.gif'], /a\.gif.*\.apng, \.png, \.svg/],
    ['a picture without a kind', ['play', 'run', '--output', 'folder.png/a'], /must end in \.apng/],
    ['a picture too small', ['play', 'run', '--size', '15'], /--size 15.*from 16 to 4096/],
    ['a strip of one frame', ['play', 'run', '--output', 'a.png', '--frames', '1'], /of 2 or more/],
    ['a rate for a strip', ['play', 'run', '--output', 'a.png', '--fps', '10'], /has no speed/],
    ['a rate that is too high', ['play', 'run', '--fps', '1001'], /from 1 to 1000/],
    ['a picture into no folder', ['play', 'run', '--output', 'none/a.png'], /none\/a\.png.*does not exist/],
    ['unknown column', ['plot', 'run', '--key', 'train/entropie'], /did you mean "train\/entropy"/],
  ])('%s', async (_, args, message) => expectRefused(args, message));

  test('a run folder that is in use', async () => {
    const before = readFileSync(folder.path('run/checkpoint.safetensors'));
    await expectRefused(
      ['train', 'CartPole-v1', '--run-directory', 'run', ...QUICK],
      /holds a run already/,
      /--resume run/,
    );
    expect(readFileSync(folder.path('run/checkpoint.safetensors')).equals(before)).toBe(true);
  });

  test('a run folder that cannot be made', async () => {
    writeFileSync(folder.path('file'), '');
    await expectRefused(['train', 'CartPole-v1', '--run-directory', 'file/run', ...QUICK], /file\/run/);
  });

  test('a config file that is not JSON, or no object', async () => {
    writeFileSync(folder.path('bad.json'), '{maxKl: 1}');
    await expectRefused(['train', 'CartPole-v1', '--config', 'bad.json'], /bad\.json: it is not JSON/);
    writeFileSync(folder.path('list.json'), '[1]');
    await expectRefused(['train', 'CartPole-v1', '--config', 'list.json'], /must be a JSON object/);
  });
});

describe('damaged files are refused, and nothing saved is lost', () => {
  const damages: [string, (bytes: Buffer) => Buffer][] = [
    ['empty', () => Buffer.alloc(0)],
    ['truncated', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['with a byte altered in the header', (bytes) => flipped(bytes, 40)],
    ['with a byte altered in the data', (bytes) => flipped(bytes, bytes.length - 5)],
    ['foreign', () => Buffer.from('GIF89a this is a picture, not a checkpoint')],
    ['with bytes after its end', (bytes) => Buffer.concat([bytes, Buffer.from('more')])],
  ];

  function flipped(bytes: Buffer, index: number): Buffer {
    const copy = Buffer.from(bytes);
    copy[index] ^= 0x10;
    return copy;
  }

  test.each(damages)('a checkpoint that is %s', async (name, damage) => {
    const run = `damaged-${name.replaceAll(' ', '-')}`;
    cpSync(folder.path('run'), folder.path(run), { recursive: true });
    const path = folder.path(run, 'checkpoint.safetensors');
    const damaged = damage(readFileSync(path));
    writeFileSync(path, damaged);
    const progress = readFileSync(folder.path(run, 'progress.jsonl'));
    await expectRefused(
      ['train', '--resume', run, '--timesteps', '256', '--quiet'],
      /checkpoint\.safetensors/,
    );
    expect(readFileSync(path).equals(damaged)).toBe(true);
    expect(readFileSync(folder.path(run, 'progress.jsonl')).equals(progress)).toBe(true);
  });

  test.each(damages)('a policy file that is %s', async (name, damage) => {
    const path = folder.path(`${name.replaceAll(' ', '-')}.safetensors`);
    writeFileSync(path, damage(readFileSync(folder.path('run/policy.safetensors'))));
    await expectRefused(['evaluate', path], /\.safetensors/);
  });

  test('a checkpoint where a policy is needed, and the other way round', async () => {
    await expectRefused(
      ['export', 'run/checkpoint.safetensors', '--format', 'js', '--output', 'p.mjs'],
      /format "wasm-trpo\/checkpoint"/,
    );
    cpSync(folder.path('run'), folder.path('swapped'), { recursive: true });
    cpSync(folder.path('run/policy.safetensors'), folder.path('swapped/checkpoint.safetensors'));
    await expectRefused(['train', '--resume', 'swapped', '--timesteps', '256'], /format "wasm-trpo\/policy"/);
  });

  test('a config.json that is damaged', async () => {
    mkdirSync(folder.path('config'));
    for (const text of [
      '',
      '{',
      '[]',
      '{"format": "wasm-trpo/run"}',
      '{"format": "wasm-trpo/run", "environment": "CartPole-v1", "options": {"gamma": 7}}',
    ]) {
      writeFileSync(folder.path('config/config.json'), text);
      await expectRefused(['train', '--resume', 'config'], /config\.json|gamma/);
    }
  });

  test('a checkpoint of another environment', async () => {
    cpSync(folder.path('run'), folder.path('mixed'), { recursive: true });
    const path = folder.path('mixed/config.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('CartPole-v1', 'Acrobot-v1'));
    await expectRefused(
      ['train', '--resume', 'mixed', '--timesteps', '256'],
      /belongs to CartPole-v1/,
      /trains Acrobot-v1/,
    );
  });
});
