import { expect, test } from 'vitest';
import type { Box } from '../../src/environments/spaces.js';
import { GymnasiumVector } from '../../src/gymnasium/gymnasiumVector.js';
import { atari, gymnasium, train } from '../../src/node.js';
import { describeWithPython, REGISTER } from './python.js';

describeWithPython('a game of ale-py', () => {
  const open = (args: Parameters<typeof atari>[1] = {}, count = 1) =>
    GymnasiumVector.open('atari:Pong', atari('Pong', args).options, count);

  test('shows four grey frames as bytes, channels last, the newest last', async () => {
    const vector = await open();
    expect(vector.observationSpace).toMatchObject({
      kind: 'Box',
      shape: [84, 84, 4],
      dtype: 'uint8',
      stackSize: 4,
    });
    expect((vector.observationSpace as Box).size).toBe(84 * 84 * 4);
    expect(vector.actionSpace).toMatchObject({ kind: 'Discrete', n: 6 });
    await vector.reset([0], [1]);
    const before = Uint8Array.from((await vector.step([0], [2])).observations as Uint8Array);
    const after = (await vector.step([0], [2])).observations as Uint8Array;
    expect(after).toBeInstanceOf(Uint8Array);
    const frame = (stack: Uint8Array, index: number) => stack.filter((_, i) => i % 4 === index);
    for (const index of [0, 1, 2]) expect(frame(after, index)).toEqual(frame(before, index + 1));
    expect(new Set(after).size).toBeGreaterThan(2);
    await vector.close();
  });

  test('an episode ends with its own last frames, and the next begins where the game does', async () => {
    const vector = await open({ args: { max_num_frames_per_episode: 200, noop_max: 1 } });
    const first = Uint8Array.from((await vector.reset([0], [3])).observations as Uint8Array);
    let steps = 0;
    let last: Uint8Array = first;
    for (let isOver = false; !isOver && steps < 100; steps++) {
      const outcome = await vector.step([0], [0]);
      isOver = outcome.truncated[0] === 1 || outcome.terminated[0] === 1;
      last = Uint8Array.from(outcome.observations as Uint8Array);
    }
    expect(steps).toBeLessThan(100);
    const next = (await vector.reset([0])).observations as Uint8Array;
    const differing = (one: Uint8Array, other: Uint8Array) =>
      one.filter((pixel, i) => pixel !== other[i]).length;
    expect(differing(next, last)).toBeGreaterThan(0);
    // the same seed, the same start
    expect(Uint8Array.from((await vector.reset([0], [3])).observations as Uint8Array)).toEqual(first);
    await vector.close();
  });

  test('fills a batch with its frames', async () => {
    const { trainer } = await train({
      environment: atari('Pong', { args: { img_height: 52, img_width: 40 } }),
      ...{ network: '8x8/8', hiddenSizes: [8], valueHiddenSizes: [8], valueEpochs: 1 },
      ...{ environments: 2, steps: 20, timesteps: 80 },
    });
    const frames = trainer.memory.reservations.find(({ name }) => name === 'batch frames');
    expect(frames?.bytes).toBe((1 + 2 * (20 + 3)) * 52 * 40);
  });

  test('takes the arguments of AtariVectorEnv, and says what is wrong with a game', async () => {
    const vector = await open({ args: { img_height: 52, img_width: 40, frameskip: 2 } }, 2);
    expect(vector.observationSpace).toMatchObject({ shape: [52, 40, 4] });
    await vector.close();
    await expect(GymnasiumVector.open('atari:Pang', atari('Pang').options, 1)).rejects.toThrow(/pang/i);
  });
});

describeWithPython('pictures of FrameStackObservation', () => {
  test('have channels last, those of the oldest frame first', async () => {
    const { options } = gymnasium('Camera-v0', {
      import: REGISTER,
      wrappers: [{ name: 'FrameStackObservation', args: { stack_size: 4 } }],
    });
    const vector = await GymnasiumVector.open('gym:Camera-v0', options, 1);
    expect(vector.observationSpace).toMatchObject({ shape: [6, 5, 12], dtype: 'uint8', stackSize: 4 });
    await vector.reset([0], [1]);
    await vector.step([0], [0]);
    const stack = (await vector.step([0], [0])).observations as Uint8Array;
    // an episode begins with copies of its first frame
    const pixel = [1, 1, 2, 3].flatMap((grey) => [grey, grey + 100, grey + 200]);
    expect([...stack]).toEqual(Array.from({ length: 30 }, () => pixel).flat());
    await vector.close();
  });
});
