import { describe, expect, test } from 'vitest';
import { EnvironmentError } from '../../src/errors.js';
import { createTrainer, resume, train } from '../../src/node.js';
import { movableSourceFrom, sourceFrom } from '../../src/vector/givenSource.js';
import { temporaryFolder } from '../support/cli.js';
import { scriptedEnvironment } from '../support/environments.js';
import { runToEnd } from '../support/runs.js';
import { task } from '../threads/fixtures/tasks.js';

const folder = temporaryFolder();
const SMALL = { environments: 4, steps: 32, timesteps: 4 * 32 * 2, hiddenSizes: [8], valueEpochs: 1 };

class Corridor {
  reset() {}
  step() {}
}

function OldCorridor() {}
OldCorridor.prototype.step = () => {};

describe('what is given in place of a factory', () => {
  test.each([
    [
      'a class',
      Corridor,
      /environment is the class Corridor; give a function that makes one: \(\) => new Corridor\(\)/,
    ],
    ['a class of old', OldCorridor, /the class OldCorridor;.*\(\) => new OldCorridor\(\)/],
    [
      'an instance',
      new Corridor(),
      /an environment itself, a Corridor,.*environment: \(\) => new Corridor\(\)/,
    ],
    ['an object', scriptedEnvironment(), /an environment itself, and.*give a function that makes them/],
    ['a list', [new Corridor()], /a list of 1; give a function.*in the option environments/],
    ['nothing', undefined, /environment is undefined; give a known name such as "CartPole-v1", a function/],
    ['null', null, /environment is null; give a known name/],
    ['a number', 3, /environment is 3; give a known name/],
    ['another object', { name: 'Corridor' }, /an object with name; give a known name/],
    [
      'a module without an export',
      { module: 'file:///corridor.js' },
      /environment.export is undefined; give the name/,
    ],
    [
      'a module that is no address',
      { module: 5, export: 'x' },
      /environment.module is 5; give the module's address/,
    ],
    ['no module', { module: undefined, export: 'x' }, /environment.module is undefined/],
  ])('%s is refused with what to write', async (_, given, message) => {
    expect(() => sourceFrom(given)).toThrow(EnvironmentError);
    expect(() => sourceFrom(given)).toThrow(message);
    const environment = given as never;
    await expect(train({ environment })).rejects.toThrow(message);
    await expect(createTrainer({ environment })).rejects.toThrow(message);
    await expect(train({ environment, algorithm: 'cem' })).rejects.toThrow(message);
  });

  test('no request at all', async () => {
    await expect(train(undefined as never)).rejects.toThrow(/environment is undefined; give a known name/);
    await expect(createTrainer(undefined as never)).rejects.toThrow(
      /environment is undefined; give a known name/,
    );
  });

  test('an unknown name is told with the nearest', async () => {
    await expect(train({ environment: 'CartPole-v0' })).rejects.toThrow(
      /"CartPole-v0" is unknown \(did you mean "CartPole-v1"\?\)/,
    );
  });

  test('an export that is missing is told with the nearest', async () => {
    await expect(train({ environment: task('cartpole') })).rejects.toThrow(/did you mean "cartPole"\?/);
  });

  test('a function is not sent to the worker of a page', () => {
    expect(() => movableSourceFrom(() => new Corridor())).toThrow(EnvironmentError);
    expect(() => movableSourceFrom(() => new Corridor())).toThrow(
      /is a function, which cannot be sent to the worker.*serveTraining\(.*train\({ environment: 'Corridor', worker: /,
    );
    expect(movableSourceFrom('CartPole-v1')).toBe('CartPole-v1');
  });
});

test.each([1, 2])('a URL object as module is its address, with %i threads', async (threads) => {
  const environmentName = 'CartPole-v1';
  const module = new URL('../threads/fixtures/tasks.mjs', import.meta.url);
  const run = async (environment: Parameters<typeof createTrainer>[0]['environment']) =>
    runToEnd(await createTrainer({ ...SMALL, environmentName, environment, threads }));
  expect(await run({ module, export: 'cartPole' })).toEqual(await run('CartPole-v1'));
});

describe('a run on an environment of its own', () => {
  test('goes on with the environment it needs, and says so without', async () => {
    const runDirectory = folder.path('corridor');
    const environment = () => scriptedEnvironment();
    await train({ ...SMALL, environment, environmentName: 'Corridor', threads: 1, runDirectory });
    const timesteps = 2 * SMALL.timesteps;
    const failure = resume({ runDirectory, timesteps });
    await expect(failure).rejects.toThrow(EnvironmentError);
    await expect(failure).rejects.toThrow(
      /corridor was trained on "Corridor", which is not a known name.*resume\({ runDirectory, environment: \(\) => new Corridor\(\) }\)/,
    );
    await expect(resume({ runDirectory, timesteps, environment: Corridor as never })).rejects.toThrow(
      /is the class/,
    );
    const { finished } = await resume({ runDirectory, timesteps, environment, threads: 1 });
    expect(finished).toBe(true);
  });
});
