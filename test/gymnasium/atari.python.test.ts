import { expect, test } from 'vitest';
import type { Box } from '../../src/environments/spaces.js';
import { GymnasiumVector } from '../../src/gymnasium/gymnasiumVector.js';
import { atari } from '../../src/node.js';
import { describeWithPython } from './python.js';

describeWithPython('a game of ale-py', () => {
  const open = (args: Parameters<typeof atari>[1] = {}, count = 1) =>
    GymnasiumVector.open('atari:Pong', atari('Pong', args).options, count);

  test('shows four grey frames as bytes, channels last, the newest last', async () => {
    const vector = await open();
    expect(vector.observationSpace).toMatchObject({ kind: 'Box', shape: [84, 84, 4], dtype: 'uint8' });
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

  test('takes the arguments of AtariVectorEnv, and says what is wrong with a game', async () => {
    const vector = await open({ args: { img_height: 52, img_width: 40, frameskip: 2 } }, 2);
    expect(vector.observationSpace).toMatchObject({ shape: [52, 40, 4] });
    await vector.close();
    await expect(GymnasiumVector.open('atari:Pang', atari('Pang').options, 1)).rejects.toThrow(/pang/i);
  });
});
