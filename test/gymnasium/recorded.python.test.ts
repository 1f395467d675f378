import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { numbersOf, sampleAction } from '../../src/check/actions.js';
import { gymnasium } from '../../src/gymnasium/gymnasiumSource.js';
import { GymnasiumVector } from '../../src/gymnasium/gymnasiumVector.js';
import { RandomStream } from '../../src/random/philox.js';
import { describeWithPython, FOLDER, PYTHON, REGISTER } from './python.js';

interface Step {
  readonly observation: string;
  readonly reward?: string;
  readonly terminated?: boolean;
  readonly truncated?: boolean;
}

const hex = (numbers: ArrayLike<number>) => Buffer.from(Float64Array.from(numbers).buffer).toString('hex');

describeWithPython('episodes through the bridge are those of Gymnasium, to the bit', () => {
  test.each([
    'CartPole-v1',
    'Pendulum-v1',
    'LunarLander-v3',
    'LunarLanderContinuous-v3',
    'BipedalWalker-v3',
    'Hopper-v5',
    'Ant-v5',
    'FrozenLake-v1',
    'Blackjack-v1',
    'Rooms-v0',
  ])('%s', async (id) => {
    const SEEDS = [0, 7, 2 ** 31 - 1];
    const { options } = gymnasium(id, { import: REGISTER });
    const vector = await GymnasiumVector.open(id, options, SEEDS.length);
    const random = new RandomStream(3);
    // float32, as the environments take them
    const actions = Array.from({ length: 300 }, () =>
      numbersOf(sampleAction(vector.actionSpace, random)).map(Math.fround),
    );
    const recorded: Step[][] = JSON.parse(
      execFileSync(PYTHON, ['record.py', JSON.stringify({ id, seeds: SEEDS, actions })], {
        cwd: FOLDER,
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    const episodes: Step[][] = SEEDS.map(() => []);
    const rowsOf = (numbers: ArrayLike<number>, count: number) => {
      const all = Array.from(numbers);
      const width = all.length / count;
      return Array.from({ length: count }, (_, row) => hex(all.slice(row * width, (row + 1) * width)));
    };
    let acting = SEEDS.map((_, i) => i);
    const { observations } = await vector.reset(acting, SEEDS);
    rowsOf(observations, SEEDS.length).forEach((observation, row) => {
      episodes[row].push({ observation });
    });
    for (let step = 0; step < actions.length && acting.length > 0; step++) {
      const outcome = await vector.step(
        acting,
        acting.flatMap(() => actions[step]),
      );
      const rows = rowsOf(outcome.observations, acting.length);
      acting.forEach((index, row) => {
        episodes[index].push({
          observation: rows[row],
          reward: hex([outcome.rewards[row]]),
          terminated: outcome.terminated[row] === 1,
          truncated: outcome.truncated[row] === 1,
        });
      });
      acting = acting.filter((index) => {
        const { terminated, truncated } = episodes[index].at(-1)!;
        return !terminated && !truncated;
      });
    }
    await vector.close();
    expect(episodes.map(({ length }) => length)).toEqual(recorded.map(({ length }) => length));
    expect(episodes).toEqual(recorded);
  });
});
