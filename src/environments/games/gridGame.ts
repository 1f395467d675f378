import type { Scene, Shape } from '../../render/scene.js';
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
 * A game on a grid of 10 x 10 cells. Observation: bytes [10, 10, channels], a channel for each kind of object, 255 where one is. Rows count
 * from the top.
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
      shapes.push(square(column + 0.05, GRID_SIZE - 1 - row + 0.05, 0.9, this.colors[channel]));
    });
    return { view: { left: 0, right: GRID_SIZE, bottom: 0, top: GRID_SIZE }, shapes };
  }
}

/** A square from its corner bottom left on. */
function square(left: number, bottom: number, size: number, fill: string): Shape {
  const [right, top] = [left + size, bottom + size];
  return {
    kind: 'polygon',
    points: [
      [left, bottom],
      [right, bottom],
      [right, top],
      [left, top],
    ],
    fill,
  };
}

/** Names of the numbers of a row or a grid in a state: "brick 0", "brick 1", ... */
export function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name} ${i}`);
}
