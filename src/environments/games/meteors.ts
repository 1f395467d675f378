import { clamp } from '../../numbers/range.js';
import type { RandomStream } from '../../random/philox.js';
import { GRID_SIZE, GridGame, numbered } from './gridGame.js';

const LAST = GRID_SIZE - 1;
const CELLS = GRID_SIZE * GRID_SIZE;
const MOST_LANDED = 5;
/** Steps from one shot to the next. */
const RELOAD_STEPS = 3;
const SHOT_CELLS = 2;
/** Chance of a new meteor in a step: at first, in each further step, and at most. */
const [CHANCE, CHANCE_GROWTH, MOST_CHANCE] = [0.15, 0.0003, 0.45];
const FAST_CHANCE = 0.3;
/** Rows that have a slow meteor at the start. */
const FIRST_ROWS = 3;
const [SLOW, FAST] = [1, 2];
const [SHIP, RELOAD, LANDED, STEPS, FIRST_METEOR] = [0, 1, 2, 3, 4];
const FIRST_SHOT = FIRST_METEOR + CELLS;
const [CHANNEL_SHIP, CHANNEL_SLOW, CHANNEL_FAST, CHANNEL_SHOT, CHANNEL_LANDED] = [0, 1, 2, 3, 4];

/**
 * Meteors-v0: meteors fall from the top, ever more of them, some a cell a step, the others a cell every second step. A ship in the lowest
 * row moves and shoots: stay (0), left (1), right (2), shoot (3), at most every third step; shots rise two cells a step. A meteor that is
 * shot gives a reward of 1. The game ends when one hits the ship, or the fifth has landed. Channels: ship, slow meteors, fast meteors,
 * shots, and in the top row one cell for each meteor that has landed.
 */
export class Meteors extends GridGame {
  constructor() {
    super({
      name: 'Meteors',
      stateNames: [
        ...['ship', 'reload', 'landed', 'steps'],
        ...numbered('meteor', CELLS),
        ...numbered('shot', CELLS),
      ],
      actions: 4,
      colors: ['#38bdf8', '#a8a29e', '#f97316', '#ca8a04', '#dc2626'],
    });
  }

  protected drawStart(random: RandomStream): void {
    this.dynamics.fill(0);
    this.dynamics[SHIP] = Math.floor(random.uniform() * GRID_SIZE);
    for (let row = 0; row < FIRST_ROWS; row++) {
      this.dynamics[FIRST_METEOR + row * GRID_SIZE + Math.floor(random.uniform() * GRID_SIZE)] = SLOW;
    }
  }

  protected advance(action: number, random: RandomStream): void {
    const state = this.dynamics;
    const { outcome } = this;
    state[STEPS]++;
    const move = action === 1 ? -1 : action === 2 ? 1 : 0;
    state[SHIP] = clamp(state[SHIP] + move, 0, LAST);
    state[RELOAD] = Math.max(0, state[RELOAD] - 1);
    if (action === 3 && state[RELOAD] === 0) {
      state[FIRST_SHOT + LAST * GRID_SIZE + state[SHIP]] = 1;
      state[RELOAD] = RELOAD_STEPS;
    }
    for (let cell = 0; cell < SHOT_CELLS; cell++) this.raiseShots();
    this.dropMeteors();
    if (state[FIRST_METEOR + LAST * GRID_SIZE + state[SHIP]] !== 0) outcome.terminated = true;
    if (state[LANDED] >= MOST_LANDED) outcome.terminated = true;
    const chance = Math.min(MOST_CHANCE, CHANCE + CHANCE_GROWTH * state[STEPS]);
    if (random.uniform() < chance) {
      const column = Math.floor(random.uniform() * GRID_SIZE);
      state[FIRST_METEOR + column] = random.uniform() < FAST_CHANCE ? FAST : SLOW;
    }
  }

  /** Moves shots one cell up, from the top row on, so that none moves twice. */
  private raiseShots(): void {
    const state = this.dynamics;
    for (let cell = 0; cell < CELLS; cell++) {
      if (state[FIRST_SHOT + cell] === 0) continue;
      state[FIRST_SHOT + cell] = 0;
      const above = cell - GRID_SIZE;
      if (above < 0) continue;
      if (state[FIRST_METEOR + above] === 0) state[FIRST_SHOT + above] = 1;
      else this.shoot(above);
    }
  }

  /** Moves meteors one cell down, slow ones every second step, from the lowest row on; those of the lowest row land. */
  private dropMeteors(): void {
    const state = this.dynamics;
    for (let cell = CELLS - 1; cell >= 0; cell--) {
      const kind = state[FIRST_METEOR + cell];
      if (kind === 0) continue;
      if (cell >= CELLS - GRID_SIZE) {
        state[FIRST_METEOR + cell] = 0;
        state[LANDED]++;
        continue;
      }
      if (kind === SLOW && state[STEPS] % 2 === 0) continue;
      const below = cell + GRID_SIZE;
      // a fast one waits behind a slow one
      if (state[FIRST_METEOR + below] !== 0) continue;
      state[FIRST_METEOR + cell] = 0;
      state[FIRST_METEOR + below] = kind;
      if (state[FIRST_SHOT + below] === 0) continue;
      state[FIRST_SHOT + below] = 0;
      this.shoot(below);
    }
  }

  private shoot(cell: number): void {
    this.dynamics[FIRST_METEOR + cell] = 0;
    this.outcome.reward++;
  }

  protected showObjects(show: (channel: number, row: number, column: number) => void): void {
    const state = this.dynamics;
    for (let cell = 0; cell < CELLS; cell++) {
      const [row, column] = [Math.floor(cell / GRID_SIZE), cell % GRID_SIZE];
      const kind = state[FIRST_METEOR + cell];
      if (kind !== 0) show(kind === SLOW ? CHANNEL_SLOW : CHANNEL_FAST, row, column);
      if (state[FIRST_SHOT + cell] !== 0) show(CHANNEL_SHOT, row, column);
    }
    for (let i = 0; i < state[LANDED]; i++) show(CHANNEL_LANDED, 0, i);
    show(CHANNEL_SHIP, LAST, state[SHIP]);
  }
}
