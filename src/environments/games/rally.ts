import { clamp } from '../../numbers/range.js';
import type { RandomStream } from '../../random/philox.js';
import { rectangle, type Scene, type Shape } from '../../render/scene.js';
import { Box, Discrete } from '../spaces.js';
import { StateTask } from '../stateTask.js';

const HEIGHT = 52;
const WIDTH = 40;
const FRAMES = 4;
/** Pixels of each paddle and of the ball. */
const [PADDLE_WIDTH, PADDLE_HEIGHT, BALL] = [8, 2, 2];
const OWN_ROW = HEIGHT - 4;
const OTHER_ROW = 2;
/** Pixels a step. */
const [OWN_SPEED, OTHER_SPEED, BALL_SPEED, MOST_SIDEWAYS] = [2, 1, 2, 2];
const POINTS = 5;
/** Grey levels. */
const [OWN_GREY, OTHER_GREY, BALL_GREY] = [200, 120, 255];
const [OWN, OTHER, X, Y, VX, VY, OWN_POINTS, OTHER_POINTS, FIRST_PAST] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
/** Of each earlier frame: both paddles and the ball. */
const PAST_NUMBERS = 4;

/**
 * Rally-v0: two paddles play a ball between them; ours is the lower one. Actions: stay (0), left (1), right (2). The place where
 * the ball hits a paddle decides how far sideways it leaves. The other paddle follows the ball at half our speed. A point is a reward of 1,
 * or of -1 for one of the other side; the game ends when a side has five. Observation: grey pixels, bytes [52, 40, 4], the last four frames, the
 * newest last; the first frame stands for those before it.
 */
export class Rally extends StateTask {
  constructor() {
    super({
      name: 'Rally',
      stateNames: [
        ...[
          'own paddle',
          'other paddle',
          'ball x',
          'ball y',
          'ball vx',
          'ball vy',
          'own points',
          'other points',
        ],
        ...Array.from({ length: FRAMES - 1 }, (_, i) =>
          ['own paddle', 'other paddle', 'ball x', 'ball y'].map((name) => `${name}, ${i + 1} frames ago`),
        ).flat(),
      ],
      observationSpace: new Box({
        low: 0,
        high: 255,
        shape: [HEIGHT, WIDTH, FRAMES],
        dtype: 'uint8',
        stackSize: FRAMES,
      }),
      actionSpace: new Discrete(3),
      stepsPerSecond: 30,
    });
  }

  protected drawStart(random: RandomStream): void {
    const state = this.dynamics;
    state.fill(0);
    for (const paddle of [OWN, OTHER]) {
      state[paddle] = Math.floor(random.uniform() * (WIDTH - PADDLE_WIDTH + 1));
    }
    this.serve(random, random.uniform() < 0.5 ? 1 : -1);
    for (let i = 1; i < FRAMES; i++) this.remember(i);
  }

  protected advance(action: number, random: RandomStream): void {
    const state = this.dynamics;
    const { outcome } = this;
    // the oldest frame is dropped
    const past = state.subarray(FIRST_PAST);
    past.copyWithin(PAST_NUMBERS, 0, past.length - PAST_NUMBERS);
    this.remember(1);
    const move = action === 1 ? -OWN_SPEED : action === 2 ? OWN_SPEED : 0;
    state[OWN] = clamp(state[OWN] + move, 0, WIDTH - PADDLE_WIDTH);
    const aim = state[X] + BALL / 2 - PADDLE_WIDTH / 2;
    const follow = clamp(aim - state[OTHER], -OTHER_SPEED, OTHER_SPEED);
    state[OTHER] = clamp(state[OTHER] + follow, 0, WIDTH - PADDLE_WIDTH);
    this.moveBall();
    if (state[Y] + BALL > HEIGHT) this.score(OTHER_POINTS, -1, random);
    else if (state[Y] < 0) this.score(OWN_POINTS, 1, random);
    outcome.terminated = Math.max(state[OWN_POINTS], state[OTHER_POINTS]) >= POINTS;
  }

  private moveBall(): void {
    const state = this.dynamics;
    state[X] += state[VX];
    state[Y] += state[VY];
    if (state[X] < 0 || state[X] > WIDTH - BALL) {
      state[X] = state[X] < 0 ? -state[X] : 2 * (WIDTH - BALL) - state[X];
      state[VX] *= -1;
    }
    const [paddle, isAtPaddle] =
      state[VY] > 0
        ? [state[OWN], state[Y] + BALL > OWN_ROW && state[Y] < OWN_ROW + PADDLE_HEIGHT]
        : [state[OTHER], state[Y] < OTHER_ROW + PADDLE_HEIGHT && state[Y] + BALL > OTHER_ROW];
    if (!isAtPaddle || state[X] + BALL <= paddle || state[X] >= paddle + PADDLE_WIDTH) return;
    // from -1 at the left end to 1 at the right one
    const place = (state[X] + BALL / 2 - paddle - PADDLE_WIDTH / 2) / ((PADDLE_WIDTH + BALL) / 2);
    state[VX] = MOST_SIDEWAYS * place;
    state[Y] = state[VY] > 0 ? OWN_ROW - BALL : OTHER_ROW + PADDLE_HEIGHT;
    state[VY] *= -1;
  }

  private score(points: number, reward: number, random: RandomStream): void {
    this.dynamics[points]++;
    this.outcome.reward = reward;
    // to the side that lost the point
    this.serve(random, reward < 0 ? 1 : -1);
  }

  private serve(random: RandomStream, down: number): void {
    const state = this.dynamics;
    state[X] = Math.floor(random.uniform() * (WIDTH - BALL));
    state[Y] = HEIGHT / 2;
    state[VX] = random.uniformBetween(-1, 1);
    state[VY] = BALL_SPEED * down;
  }

  /** The frame that is shown now becomes that of `framesAgo`. */
  private remember(framesAgo: number): void {
    const state = this.dynamics;
    const first = FIRST_PAST + PAST_NUMBERS * (framesAgo - 1);
    [state[first], state[first + 1], state[first + 2], state[first + 3]] = [
      state[OWN],
      state[OTHER],
      state[X],
      state[Y],
    ];
  }

  protected observe(observation: Uint8Array): void {
    observation.fill(0);
    for (let framesAgo = 0; framesAgo < FRAMES; framesAgo++) {
      const channel = FRAMES - 1 - framesAgo;
      this.drawFrame(framesAgo, (row, column, grey) => {
        observation[(row * WIDTH + column) * FRAMES + channel] = grey;
      });
    }
  }

  /** Calls paint(row, column, grey) for every pixel that is not black. */
  private drawFrame(framesAgo: number, paint: (row: number, column: number, grey: number) => void): void {
    const [own, other, x, y] = this.frame(framesAgo);
    const fill = (left: number, top: number, width: number, height: number, grey: number) => {
      for (let row = Math.max(0, top); row < Math.min(HEIGHT, top + height); row++) {
        for (let column = left; column < left + width; column++) paint(row, column, grey);
      }
    };
    fill(own, OWN_ROW, PADDLE_WIDTH, PADDLE_HEIGHT, OWN_GREY);
    fill(Math.round(other), OTHER_ROW, PADDLE_WIDTH, PADDLE_HEIGHT, OTHER_GREY);
    fill(Math.round(x), Math.round(y), BALL, BALL, BALL_GREY);
  }

  private frame(framesAgo: number): Iterable<number> {
    const state = this.dynamics;
    if (framesAgo === 0) return [state[OWN], state[OTHER], state[X], state[Y]];
    const first = FIRST_PAST + PAST_NUMBERS * (framesAgo - 1);
    return state.subarray(first, first + PAST_NUMBERS);
  }

  render(): Scene {
    const [own, other, x, y] = this.frame(0);
    const bar = (left: number, row: number, width: number, height: number, fill: string): Shape => {
      const top = HEIGHT - row;
      return rectangle({ left, right: left + width, bottom: top - height, top }, fill);
    };
    return {
      view: { left: 0, right: WIDTH, bottom: 0, top: HEIGHT },
      shapes: [
        bar(own, OWN_ROW, PADDLE_WIDTH, PADDLE_HEIGHT, '#38bdf8'),
        bar(other, OTHER_ROW, PADDLE_WIDTH, PADDLE_HEIGHT, '#94a3b8'),
        bar(x, y, BALL, BALL, '#0f172a'),
      ],
    };
  }
}
