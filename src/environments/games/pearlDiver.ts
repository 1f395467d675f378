import { clamp } from '../../numbers/range.js';
import type { RandomStream } from '../../random/philox.js';
import { GRID_SIZE, GridGame, numbered } from './gridGame.js';

const LAST = GRID_SIZE - 1;
const FIRST_FISH_ROW = 2;
const FISH_ROWS = 7;
const MOST_AIR = 60;
const MOST_CARRIED = 3;
/** Pearls that lie on the ground at the start, and again once all are gone. */
const PEARLS = 3;
const LONGEST_REST = 3;
const [ROW, COLUMN, AIR, CARRIED, STEPS, FIRST_PEARL] = [0, 1, 2, 3, 4, 5];
const FIRST_FISH = FIRST_PEARL + GRID_SIZE;
/** Of each fish: column, direction, steps from one move to the next. */
const FISH_NUMBERS = 3;
const [CHANNEL_DIVER, CHANNEL_LEFT, CHANNEL_RIGHT, CHANNEL_PEARL, CHANNEL_AIR, CHANNEL_CARRIED] = [
  0, 1, 2, 3, 4, 5,
];

/**
 * PearlDiver-v0: a diver carries pearls from the lowest row (the ground) to the top row (the surface). Fish cross the rows between them, one
 * a row. Actions: stay (0), up (1), down (2), left (3), right (4). The diver carries up to three pearls. Each gives a reward of 1 when it
 * is picked up, and of 1 when it reaches the surface. Air lasts 60 steps, and is filled up at the surface. The game ends when a fish meets
 * the diver, or without air. Channels: diver, fish that swim left, fish that swim right, pearls, air (a bar in the leftmost column), carried
 * pearls (a bar in the top row).
 */
export class PearlDiver extends GridGame {
  constructor() {
    super({
      name: 'PearlDiver',
      stateNames: [
        ...['row', 'column', 'air', 'carried', 'steps'],
        ...numbered('pearl', GRID_SIZE),
        ...Array.from({ length: FISH_ROWS }, (_, i) => [
          `fish ${i} column`,
          `fish ${i} direction`,
          `fish ${i} rest`,
        ]).flat(),
      ],
      actions: 5,
      colors: ['#ca8a04', '#f97316', '#fb7185', '#0f172a', '#38bdf8', '#a78bfa'],
    });
  }

  protected drawStart(random: RandomStream): void {
    const state = this.dynamics;
    state.fill(0);
    state[COLUMN] = Math.floor(random.uniform() * GRID_SIZE);
    state[AIR] = MOST_AIR;
    for (let i = 0; i < FISH_ROWS; i++) {
      const fish = FIRST_FISH + FISH_NUMBERS * i;
      state[fish] = Math.floor(random.uniform() * GRID_SIZE);
      state[fish + 1] = random.uniform() < 0.5 ? -1 : 1;
      state[fish + 2] = 1 + Math.floor(random.uniform() * LONGEST_REST);
    }
    this.dropPearls(random);
  }

  protected advance(action: number, random: RandomStream): void {
    const state = this.dynamics;
    const { outcome } = this;
    state[STEPS]++;
    if (action === 1 || action === 2) state[ROW] = clamp(state[ROW] + (action === 1 ? -1 : 1), 0, LAST);
    if (action === 3 || action === 4) state[COLUMN] = clamp(state[COLUMN] + (action === 3 ? -1 : 1), 0, LAST);
    if (this.meetsFish()) outcome.terminated = true;
    this.moveFish();
    if (this.meetsFish()) outcome.terminated = true;
    state[AIR]--;
    if (state[ROW] === 0) {
      outcome.reward = outcome.terminated ? 0 : state[CARRIED];
      state[CARRIED] = 0;
      state[AIR] = MOST_AIR;
    }
    if (state[AIR] === 0) outcome.terminated = true;
    const pearl = FIRST_PEARL + state[COLUMN];
    if (state[ROW] === LAST && state[pearl] === 1 && state[CARRIED] < MOST_CARRIED) {
      state[pearl] = 0;
      state[CARRIED]++;
      outcome.reward = 1;
      if (!state.subarray(FIRST_PEARL, FIRST_PEARL + GRID_SIZE).includes(1)) this.dropPearls(random);
    }
  }

  private dropPearls(random: RandomStream): void {
    const state = this.dynamics;
    for (let dropped = 0; dropped < PEARLS; ) {
      const place = FIRST_PEARL + Math.floor(random.uniform() * GRID_SIZE);
      if (state[place] === 1) continue;
      state[place] = 1;
      dropped++;
    }
  }

  private moveFish(): void {
    const state = this.dynamics;
    for (let i = 0; i < FISH_ROWS; i++) {
      const fish = FIRST_FISH + FISH_NUMBERS * i;
      if (state[STEPS] % state[fish + 2] !== 0) continue;
      // a fish that leaves at one side comes back at the other
      state[fish] = (state[fish] + state[fish + 1] + GRID_SIZE) % GRID_SIZE;
    }
  }

  private meetsFish(): boolean {
    const state = this.dynamics;
    const row = state[ROW] - FIRST_FISH_ROW;
    return row >= 0 && row < FISH_ROWS && state[FIRST_FISH + FISH_NUMBERS * row] === state[COLUMN];
  }

  protected showObjects(show: (channel: number, row: number, column: number) => void): void {
    const state = this.dynamics;
    for (let i = 0; i < FISH_ROWS; i++) {
      const fish = FIRST_FISH + FISH_NUMBERS * i;
      show(state[fish + 1] < 0 ? CHANNEL_LEFT : CHANNEL_RIGHT, FIRST_FISH_ROW + i, state[fish]);
    }
    for (let column = 0; column < GRID_SIZE; column++) {
      if (state[FIRST_PEARL + column] === 1) show(CHANNEL_PEARL, LAST, column);
    }
    const bar = Math.ceil((GRID_SIZE * state[AIR]) / MOST_AIR);
    for (let row = GRID_SIZE - bar; row < GRID_SIZE; row++) show(CHANNEL_AIR, row, 0);
    for (let i = 0; i < state[CARRIED]; i++) show(CHANNEL_CARRIED, 0, LAST - i);
    show(CHANNEL_DIVER, state[ROW], state[COLUMN]);
  }
}
