import { describe, expect, test } from 'vitest';
import { Meteors, PearlDiver, Rally, WallBreaker } from '../../src/environments/index.js';
import type { Discrete } from '../../src/environments/spaces.js';
import type { StateTask } from '../../src/environments/stateTask.js';
import { RandomStream } from '../../src/random/philox.js';

/** What a player sees of the state by name, to choose an action. */
type Player = (state: readonly number[], random: RandomStream) => number;

const atRandom =
  (actions: number): Player =>
  (_, random) =>
    Math.floor(random.uniform() * actions);

/** Returns of whole episodes of at most 1000 steps; `watch` sees each step. */
function play(
  game: StateTask,
  player: Player,
  episodes: number,
  watch: (step: { before: number[]; after: number[]; reward: number; over: boolean }) => void = () => {},
): number[] {
  const random = new RandomStream(11);
  return Array.from({ length: episodes }, (_, seed) => {
    game.reset({ seed });
    let total = 0;
    for (let step = 0; step < 1000; step++) {
      const before = game.state;
      const { reward, terminated } = game.step(player(before, random));
      total += reward;
      watch({ before, after: game.state, reward, over: terminated });
      if (terminated) break;
    }
    return total;
  });
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const towards = (from: number, to: number, [stay, less, more] = [0, 1, 2]) =>
  to < from ? less : to > from ? more : stay;

describe.each([
  ['WallBreaker', () => new WallBreaker(), 4],
  ['Meteors', () => new Meteors(), 5],
  ['PearlDiver', () => new PearlDiver(), 6],
] as const)('%s', (_, create, channels) => {
  test('shows a byte for each cell and kind of object, and the diver, the ship or the paddle at any time', () => {
    const game = create();
    const random = new RandomStream(2);
    const seen = new Set<number>();
    for (let seed = 0; seed < 30; seed++) {
      let { observation } = game.reset({ seed }) as { observation: ArrayLike<number> };
      for (let step = 0, over = false; step < 200 && !over; step++) {
        expect(observation.length).toBe(100 * channels);
        for (let i = 0; i < observation.length; i++) seen.add(observation[i]);
        expect(Array.from(observation).some((value, i) => value === 255 && i % channels === 0)).toBe(true);
        const outcome = game.step(Math.floor(random.uniform() * (game.actionSpace as Discrete).n));
        observation = outcome.observation;
        over = outcome.terminated;
      }
    }
    expect([...seen].sort()).toEqual([0, 255]);
  });
});

describe('WallBreaker', () => {
  const [PADDLE, ROW, COLUMN, , , DOWN, RIGHT, FIRST_BRICK] = [0, 1, 2, 3, 4, 5, 6, 7];
  const bricks = (state: readonly number[]) =>
    state.slice(FIRST_BRICK).reduce((sum, brick) => sum + brick, 0);

  /** Goes where the ball will be in the row of the paddle, if nothing but side walls is in its way; chance says which half hits it. */
  function follower(): Player {
    let half = 0;
    return (state, random) => {
      if (state[DOWN] < 0) {
        half = random.uniform() < 0.5 ? 1 : 0;
        return towards(state[PADDLE], Math.min(8, state[COLUMN]));
      }
      let [column, right] = [state[COLUMN], state[RIGHT]];
      for (let row = state[ROW]; row < 9; row++) {
        if (column + right < 0 || column + right > 9) right = -right;
        column += right;
      }
      return towards(state[PADDLE], Math.min(8, Math.max(0, column - half)));
    };
  }

  test('a brick that goes is a reward, and a wall without bricks is built up again', () => {
    let rebuilt = 0;
    const returns = play(new WallBreaker(), follower(), 5, ({ before, after, reward }) => {
      const gone = bricks(before) - bricks(after);
      if (gone < 0) rebuilt++;
      expect(gone < 0 ? [bricks(before), bricks(after), reward] : gone).toEqual(
        gone < 0 ? [1, 30, 1] : reward,
      );
      expect(Math.abs(after[ROW] - before[ROW])).toBeLessThanOrEqual(1);
    });
    expect(rebuilt).toBeGreaterThan(0);
    expect(mean(returns)).toBeGreaterThan(30);
  });

  test('a random player breaks less than one brick', () => {
    expect(mean(play(new WallBreaker(), atRandom(3), 100))).toBeLessThan(1);
  });
});

describe('Meteors', () => {
  const count = (state: readonly number[]) => state.slice(4, 104).filter((kind) => kind !== 0).length;

  test('a meteor that is gone was shot or has landed', () => {
    play(new Meteors(), atRandom(4), 100, ({ before, after, reward }) => {
      const landed = after[2] - before[2];
      // at most one is new
      const appeared = count(after) - (count(before) - reward - landed);
      expect(appeared === 0 || appeared === 1, `${appeared}`).toBe(true);
    });
  });

  test('ends when five have landed or one meets the ship', () => {
    let ends = 0;
    play(new Meteors(), atRandom(4), 50, ({ after, over }) => {
      const isHit = after[4 + 90 + after[0]] !== 0;
      // one that appears after the end cannot be in the lowest row
      expect(over).toBe(after[2] >= 5 || isHit);
      if (over) ends++;
    });
    expect(ends).toBe(50);
  });

  test('who aims shoots more than who does not', () => {
    const aim: Player = (state) => {
      const columns = Array.from({ length: 10 }, (_, column) =>
        Array.from({ length: 10 }, (_, row) => (state[4 + 10 * row + column] !== 0 ? row + 1 : 0)),
      ).map((rows) => Math.max(...rows));
      const lowest = columns.indexOf(Math.max(...columns));
      // below a meteor that is about to land it steps aside
      if (columns[state[0]] >= 9) return state[0] > 0 ? 1 : 2;
      if (lowest === state[0]) return 3;
      return towards(state[0], lowest);
    };
    const [aimed, random] = [
      mean(play(new Meteors(), aim, 100)),
      mean(play(new Meteors(), atRandom(4), 100)),
    ];
    expect(random).toBeLessThan(3);
    expect(aimed).toBeGreaterThan(2 * random);
  });
});

describe('PearlDiver', () => {
  const [ROW, COLUMN, AIR, CARRIED, FIRST_PEARL] = [0, 1, 2, 3, 5];

  test('pearls are picked up and delivered, one reward each; air is filled at the surface and ends the game', () => {
    let delivered = 0;
    // down to the ground, towards a pearl, and up again: as the fish let him
    const fetch: Player = (state) => {
      if (state[CARRIED] > 0) return 1;
      const pearl = state.slice(FIRST_PEARL, FIRST_PEARL + 10).indexOf(1);
      return state[COLUMN] === pearl ? 2 : towards(state[COLUMN], pearl, [0, 3, 4]);
    };
    const returns = play(new PearlDiver(), fetch, 200, ({ before, after, reward, over }) => {
      const picked = after[ROW] === 9 && after[CARRIED] > before[CARRIED] ? 1 : 0;
      const brought = after[ROW] === 0 && !over ? before[CARRIED] : 0;
      if (!over) expect(reward).toBe(picked + brought);
      delivered += brought;
      expect(after[CARRIED]).toBeLessThanOrEqual(3);
      expect(after[AIR]).toBe(after[ROW] === 0 ? 60 : before[AIR] - 1);
      if (after[AIR] === 0) expect(over).toBe(true);
    });
    expect(delivered).toBeGreaterThan(20);
    expect(mean(returns)).toBeGreaterThan(0.3);
    expect(mean(play(new PearlDiver(), atRandom(5), 100))).toBeLessThan(0.3);
  });

  test('who waits at the surface lives on, and gets nothing', () => {
    const game = new PearlDiver();
    game.reset({ seed: 4 });
    for (let step = 0; step < 500; step++) {
      const { reward, terminated } = game.step(0);
      expect([reward, terminated]).toEqual([0, false]);
    }
  });
});

describe('Rally', () => {
  test('shows the last four frames, the newest last', () => {
    const game = new Rally();
    const random = new RandomStream(3);
    let before = Uint8Array.from(game.reset({ seed: 5 }).observation);
    const frame = (stack: Uint8Array, index: number) => stack.filter((_, i) => i % 4 === index);
    for (const index of [1, 2, 3]) expect(frame(before, index)).toEqual(frame(before, 0));
    for (let step = 0; step < 300; step++) {
      const { observation, terminated } = game.step(Math.floor(random.uniform() * 3));
      const after = Uint8Array.from(observation);
      for (const index of [0, 1, 2]) expect(frame(after, index)).toEqual(frame(before, index + 1));
      // two paddles and a ball
      expect(new Set(frame(after, 3))).toEqual(new Set([0, 120, 200, 255]));
      before = after;
      if (terminated) break;
    }
  });

  test('the first side with five points ends the game; who follows the ball wins, who moves at random loses', () => {
    // where the ball is, and hit with the end of the paddle, so that it leaves sideways
    const follow: Player = (state) => towards(state[0] + 1, state[2]);
    const returns = play(new Rally(), follow, 20, ({ after, over }) => {
      expect(over).toBe(Math.max(after[6], after[7]) === 5);
    });
    expect(mean(returns)).toBeGreaterThan(2);
    expect(mean(play(new Rally(), atRandom(3), 50))).toBeLessThan(-3);
  });
});
