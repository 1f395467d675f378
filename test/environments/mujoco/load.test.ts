import { expect, it } from 'vitest';
import { makeEnvironment } from '../../../src/environments/index.js';
import { instantiateMujoco, loadedMujoco, loadMujoco } from '../../../src/environments/mujoco/load.js';
import { EnvironmentError, PlatformError } from '../../../src/errors.js';

// in this order: a file's tests share the thread, in which nothing is loaded at first

it('is not loaded by classic control, nor by making a MuJoCo task', async () => {
  const environment = makeEnvironment('CartPole-v1');
  await environment.reset({ seed: 0 });
  environment.step(0);
  const robot = makeEnvironment('Hopper-v5');
  expect(robot.observationSpace.size).toBe(11);
  expect(loadedMujoco()).toBeUndefined();
});

it('must be loaded before a state is restored', () => {
  expect(() => makeEnvironment('Hopper-v5').restoreState!([0, 0])).toThrow(EnvironmentError);
  expect(loadedMujoco()).toBeUndefined();
});

it('is loaded once in a thread, by the first resets; later resets answer at once', async () => {
  const environments = [makeEnvironment('Hopper-v5'), makeEnvironment('Swimmer-v5')];
  const answers = environments.map((environment) => environment.reset({ seed: 0 }));
  for (const answer of answers) expect(answer).toBeInstanceOf(Promise);
  await Promise.all(answers);
  expect(await loadMujoco()).toBe(loadedMujoco());
  expect(environments[0].reset({ seed: 0 })).not.toBeInstanceOf(Promise);
  expect(makeEnvironment('Ant-v5').reset({ seed: 0 })).not.toBeInstanceOf(Promise);
});

it('says how to install the package when it is missing', async () => {
  const missing = instantiateMujoco(async () => {
    throw new Error("Cannot find package '@mujoco/mujoco' imported from here\nand more");
  });
  await expect(missing).rejects.toThrow(PlatformError);
  await expect(missing).rejects.toThrow(
    /Cannot find package '@mujoco\/mujoco' imported from here\); install it with: npm install @mujoco\/mujoco@3\.14\.0$/,
  );
});

it('says when the package is there but does not start', async () => {
  const broken = instantiateMujoco(async () => async () => {
    throw new Error('no wasm');
  });
  await expect(broken).rejects.toThrow(PlatformError);
  await expect(broken).rejects.toThrow(/does not start here: no wasm; check that/);
});
