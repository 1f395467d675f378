import { OptionError } from '../errors.js';
import type { Place } from './image.js';
import type { Scene } from './scene.js';

export interface FilmstripOptions {
  /** Frames per row. */
  readonly columns: number;
  readonly frameWidthPx: number;
}

export interface FilmstripLayout {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Of each frame. */
  readonly places: readonly Place[];
}

const GAP_PX = 8;
// own colours, so that a strip looks the same on light and on dark pages
export const BACKGROUND = '#ffffff';
export const FRAME_BACKGROUND = '#f8fafc';
export const FRAME_BORDER = '#cbd5e1';

/**
 * Where the frames of a film strip lie: in rows from left to right, with gaps. All have the shape of the first scene's
 * view. OptionError: no scenes, columns or frame width below 1, a view without area.
 */
export function layOutFilmstrip(
  scenes: readonly Scene[],
  { columns, frameWidthPx }: FilmstripOptions,
): FilmstripLayout {
  if (scenes.length === 0) throw new OptionError('a film strip of no scenes: give at least one scene');
  requireCount('columns', columns);
  const frameHeightPx = frameHeight(scenes[0], frameWidthPx);
  const usedColumns = Math.min(columns, scenes.length);
  const rows = Math.ceil(scenes.length / columns);
  return {
    widthPx: GAP_PX + usedColumns * (frameWidthPx + GAP_PX),
    heightPx: GAP_PX + rows * (frameHeightPx + GAP_PX),
    places: scenes.map((_, number) => ({
      xPx: GAP_PX + (number % columns) * (frameWidthPx + GAP_PX),
      yPx: GAP_PX + Math.floor(number / columns) * (frameHeightPx + GAP_PX),
      widthPx: frameWidthPx,
      heightPx: frameHeightPx,
    })),
  };
}

/** At most `count` (2 or more) of the scenes, evenly spaced, the first and the last among them. */
export function evenlySpaced(scenes: readonly Scene[], count: number): Scene[] {
  if (scenes.length <= count) return [...scenes];
  return Array.from({ length: count }, (_, i) => scenes[Math.round((i * (scenes.length - 1)) / (count - 1))]);
}

/** Pixels that a scene's view is high when it is so wide. OptionError: width below 1, a view without area. */
export function frameHeight({ view: { left, right, bottom, top } }: Scene, frameWidthPx: number): number {
  requireCount('frameWidthPx', frameWidthPx);
  if (!(right > left && top > bottom && Number.isFinite(right - left + (top - bottom)))) {
    throw new OptionError(
      `a scene's view is ${left} to ${right}, ${bottom} to ${top}: give finite numbers with left < right and bottom < top`,
    );
  }
  return Math.ceil((frameWidthPx * (top - bottom)) / (right - left));
}

function requireCount(what: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new OptionError(`${what} is ${value}; give a whole number of 1 or more`);
  }
}
