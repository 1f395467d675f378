import { rectangle, type Scene, type Shape } from '../../render/scene.js';
import { Box, Discrete } from '../spaces.js';
import { StateTask } from '../stateTask.js';

export const GRID_SIZE = 10;
/** What a cell shows where there is something, and 0 elsewhere: bytes, as of an image. */
export const PRESENT = 255;

interface GridGameSpec {
  readonly name: string;
  readonly stateNames: readonly string[];
  readonly actions: number;
  /** Colours of the kinds of objects, one for each channel. */
  readonly colors: readonly string[];
}

/**
 * A game on a grid of 10 x 10 cells. Observation: bytes [10, 10, channels], a channel for each kind of object, 255 where one is. Row 0 is
 * the top.
 */
export abstract class GridGame extends StateTask {
  private readonly colors: readonly string[];

  protected constructor({ name, stateNames, actions, colors }: GridGameSpec) {
    super({
      ...{ name, stateNames, stepsPerSecond: 15 },
      observationSpace: new Box({
        low: 0,
        high: 255,
        shape: [GRID_SIZE, GRID_SIZE, colors.length],
        dtype: 'uint8',
      }),
      actionSpace: new Discrete(actions),
    });
    this.colors = colors;
  }

  /** Calls show(channel, row, column) for every object. */
  protected abstract showObjects(show: (channel: number, row: number, column: number) => void): void;

  protected observe(observation: Uint8Array): void {
    observation.fill(0);
    this.showObjects((channel, row, column) => {
      observation[(row * GRID_SIZE + column) * this.colors.length + channel] = PRESENT;
    });
  }

  render(): Scene {
    const shapes: Shape[] = [];
    this.showObjects((channel, row, column) => {
      const [left, bottom] = [column + 0.05, GRID_SIZE - 1 - row + 0.05];
      shapes.push(rectangle({ left, right: left + 0.9, bottom, top: bottom + 0.9 }, this.colors[channel]));
    });
    return { view: { left: 0, right: GRID_SIZE, bottom: 0, top: GRID_SIZE }, shapes };
  }
}

/** Names of the numbers of a row or a grid in a state: "brick 0", "brick 1", ... */
export function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name} ${i}`);
}
