import { clamp } from '../../numbers/range.js';
import type { RandomStream } from '../../random/philox.js';
import { GRID_SIZE, GridGame, numbered } from './gridGame.js';

const LAST = GRID_SIZE - 1;
const PADDLE_WIDTH = 2;
const FIRST_BRICK_ROW = 1;
const BRICK_ROWS = 3;
const BRICKS = BRICK_ROWS * GRID_SIZE;
/** Where the numbers of a state begin: paddle, ball, ball before, steps of the ball, bricks. */
const [PADDLE, ROW, COLUMN, OLD_ROW, OLD_COLUMN, DOWN, RIGHT, FIRST_BRICK] = [0, 1, 2, 3, 4, 5, 6, 7];
const [CHANNEL_PADDLE, CHANNEL_BALL, CHANNEL_TRAIL, CHANNEL_BRICK] = [0, 1, 2, 3];

/**
 * WallBreaker-v0: a ball moves diagonally, one cell a step, and a paddle of two cells in the lowest row keeps it from falling. Actions:
 * stay (0), left (1), right (2). A brick that the ball hits goes, for a reward of 1, and the ball turns back; it turns at the side walls
 * and the ceiling too. The half of the paddle that it hits decides to which side it leaves. A wall without bricks is built up again. The game
 * ends when the ball falls. Channels: paddle, ball, where the ball was, bricks.
 */
export class WallBreaker extends GridGame {
  constructor() {
    super({
      name: 'WallBreaker',
      stateNames: [
        ...['paddle', 'ball row', 'ball column', 'old row', 'old column', 'ball down', 'ball right'],
        ...numbered('brick', BRICKS),
      ],
      actions: 3,
      colors: ['#38bdf8', '#0f172a', '#64748b', '#f97316'],
    });
  }

  protected drawStart(random: RandomStream): void {
    const state = this.dynamics;
    // in the middle, from where every first ball can be reached
    state[PADDLE] = (GRID_SIZE - PADDLE_WIDTH) / 2;
    state[ROW] = FIRST_BRICK_ROW + BRICK_ROWS;
    state[COLUMN] = Math.floor(random.uniform() * GRID_SIZE);
    [state[OLD_ROW], state[OLD_COLUMN]] = [state[ROW], state[COLUMN]];
    state[DOWN] = 1;
    state[RIGHT] = random.uniform() < 0.5 ? -1 : 1;
    state.fill(1, FIRST_BRICK);
  }

  protected advance(action: number): void {
    const state = this.dynamics;
    const { outcome } = this;
    const move = action === 1 ? -1 : action === 2 ? 1 : 0;
    state[PADDLE] = clamp(state[PADDLE] + move, 0, GRID_SIZE - PADDLE_WIDTH);
    [state[OLD_ROW], state[OLD_COLUMN]] = [state[ROW], state[COLUMN]];
    if (state[COLUMN] + state[RIGHT] < 0 || state[COLUMN] + state[RIGHT] > LAST) state[RIGHT] *= -1;
    if (state[ROW] + state[DOWN] < 0) state[DOWN] = 1;
    const [row, column] = [state[ROW] + state[DOWN], state[COLUMN] + state[RIGHT]];
    const brick = FIRST_BRICK + (row - FIRST_BRICK_ROW) * GRID_SIZE + column;
    const isBrick = row >= FIRST_BRICK_ROW && row < FIRST_BRICK_ROW + BRICK_ROWS && state[brick] === 1;
    if (isBrick) {
      state[brick] = 0;
      outcome.reward = 1;
      state[DOWN] *= -1;
      if (!state.subarray(FIRST_BRICK).includes(1)) state.fill(1, FIRST_BRICK);
      return;
    }
    if (row === LAST) {
      const hit = column - state[PADDLE];
      if (hit < 0 || hit >= PADDLE_WIDTH) {
        outcome.terminated = true;
      } else {
        // sideways only: diagonal moves keep row + column even or odd, and would reach only half of the bricks
        state[COLUMN] = column;
        state[DOWN] = -1;
        state[RIGHT] = hit === 0 ? -1 : 1;
        return;
      }
    }
    [state[ROW], state[COLUMN]] = [row, column];
  }

  protected showObjects(show: (channel: number, row: number, column: number) => void): void {
    const state = this.dynamics;
    for (let i = 0; i < BRICKS; i++) {
      if (state[FIRST_BRICK + i] === 1) {
        show(CHANNEL_BRICK, FIRST_BRICK_ROW + Math.floor(i / GRID_SIZE), i % GRID_SIZE);
      }
    }
    for (let i = 0; i < PADDLE_WIDTH; i++) show(CHANNEL_PADDLE, LAST, state[PADDLE] + i);
    show(CHANNEL_TRAIL, state[OLD_ROW], state[OLD_COLUMN]);
    show(CHANNEL_BALL, state[ROW], state[COLUMN]);
  }
}
