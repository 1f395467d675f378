import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { FileError, MismatchError, OptionError } from '../../src/errors.js';
import { loadPolicy, type Policy, resume, train } from '../../src/node.js';
import { temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();
const observations = [
  [0.02, -0.1, 0.03, 0.2],
  [-1, 2, 0.1, -3],
];
let trained: Policy;

beforeAll(async () => {
  const { trainer } = await train({
    environment: 'CartPole-v1',
    ...{ timesteps: 1024, steps: 128, environments: 4, seed: 3 },
    runDirectory: folder.path('run'),
    reproducible: true,
  });
  trained = trainer.policy;
  await train({
    environment: 'CartPole-v1',
    algorithm: 'cem',
    timesteps: 500,
    runDirectory: folder.path('search'),
  });
});

const told = (policy: Policy) =>
  observations.map((observation) => [policy.distribution(observation), policy.entropy(observation)]);

describe('the policy of a checkpoint', () => {
  const path = () => folder.path('run/checkpoint.safetensors');

  test('acts, and has the values that the trainer had, to the bit', async () => {
    const policy = await loadPolicy(path(), { reproducible: true });
    expect(told(policy)).toEqual(told(trained));
    for (const observation of observations) {
      expect(policy.value(observation)).toBe(trained.value(observation));
      expect(policy.value(observation)).not.toBe(0);
    }
    expect(policy.getParameters()).toEqual(trained.getParameters());
  });

  test('is refused when a byte was altered, and when it is one of a search, which has no networks', async () => {
    const altered = readFileSync(path());
    altered[altered.length - 5] ^= 1;
    await expect(loadPolicy(altered)).rejects.toThrow(FileError);
    await expect(loadPolicy(folder.path('search/checkpoint.safetensors'))).rejects.toThrow(
      /search-checkpoint.*"wasm-trpo\/policy" is needed/,
    );
  });
});

test('bytes are taken as the file that they are', async () => {
  for (const name of ['policy', 'checkpoint']) {
    const bytes = readFileSync(folder.path(`run/${name}.safetensors`));
    for (const given of [bytes, new Uint8Array(bytes), new Uint8Array(bytes).buffer]) {
      expect(told(await loadPolicy(given, { reproducible: true }))).toEqual(told(trained));
    }
  }
  await expect(loadPolicy(new Uint8Array(40))).rejects.toThrow(/^policy is not a sound safetensors file/);
});

test('an action space that is asked for is checked', async () => {
  const policy = await loadPolicy(folder.path('run'), { actionSpace: 'Discrete' });
  expect(policy.act(observations[0]) satisfies number).toBeLessThan(2);
  const asked = loadPolicy(folder.path('run'), { actionSpace: 'Box' });
  await expect(asked).rejects.toThrow(MismatchError);
  await expect(asked).rejects.toThrow(
    /policy\.safetensors has actions of kind Discrete, actionSpace is "Box"/,
  );
});

describe('what is no path is told by its kind, not by what it holds', () => {
  test.each([
    [
      'loadPolicy',
      () => loadPolicy({ path: 'x' } as never),
      /loadPolicy was given an object with path; give/,
    ],
    ['loadPolicy', () => loadPolicy(undefined as never), /loadPolicy was given undefined; give the path/],
    ['loadPolicy', () => loadPolicy([1, 2] as never), /loadPolicy was given a list of 2; give/],
    [
      'resume',
      () => resume({ runDirectory: new Uint8Array(9) as never }),
      /runDirectory is a Uint8Array of 9 bytes; give/,
    ],
    [
      'train',
      () => train({ environment: 'CartPole-v1', runDirectory: 7 as never }),
      /runDirectory is 7; give the path of a folder/,
    ],
  ])('%s', async (_, call, message) => {
    await expect(call()).rejects.toThrow(OptionError);
    await expect(call()).rejects.toThrow(message);
  });
});
