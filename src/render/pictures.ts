import { OptionError } from '../errors.js';
import {
  BACKGROUND,
  type FilmstripOptions,
  FRAME_BACKGROUND,
  FRAME_BORDER,
  frameHeight,
  layOutFilmstrip,
} from './filmstripLayout.js';
import type { Place } from './image.js';
import { encodeAnimatedPng, encodePng } from './png.js';
import { Raster } from './raster.js';
import type { Scene } from './scene.js';

export interface AnimationOptions {
  readonly frameWidthPx: number;
  /** 1/s: scenes that pass in a second, 1 to 1000. */
  readonly scenesPerSecond: number;
}

/** Browsers slow animations down whose frames are shown for less than 0.02 s. */
const MOST_FRAMES_PER_SECOND = 50;
const MOST_SCENES_PER_SECOND = 1000;

/**
 * The scenes as one PNG file, in rows from left to right, each in a thin border. All frames have the shape of the
 * first scene's view; other views are fitted into it. OptionError: no scenes, columns or frame width below 1.
 */
export async function filmstripPng(scenes: readonly Scene[], options: FilmstripOptions): Promise<Uint8Array> {
  const { widthPx, heightPx, places } = layOutFilmstrip(scenes, options);
  const raster = new Raster(widthPx, heightPx);
  raster.fill({ xPx: 0, yPx: 0, widthPx, heightPx }, BACKGROUND);
  places.forEach((place, number) => {
    raster.fill(grown(place), FRAME_BORDER);
    raster.fill(place, FRAME_BACKGROUND);
    raster.drawScene(scenes[number], place);
  });
  return encodePng(raster);
}

/**
 * The scenes as an animated PNG file that repeats for ever. Above 50 scenes per second it shows only every second or
 * third and so on, and its speed is the one asked for. OptionError: no scenes, frame width or rate out of range.
 */
export async function animationPng(
  scenes: readonly Scene[],
  { frameWidthPx, scenesPerSecond }: AnimationOptions,
): Promise<Uint8Array> {
  if (scenes.length === 0) throw new OptionError('an animation of no scenes: give at least one scene');
  if (!Number.isInteger(scenesPerSecond) || scenesPerSecond < 1 || scenesPerSecond > MOST_SCENES_PER_SECOND) {
    throw new OptionError(
      `scenesPerSecond is ${scenesPerSecond}; give a whole number from 1 to ${MOST_SCENES_PER_SECOND}`,
    );
  }
  const stride = Math.ceil(scenesPerSecond / MOST_FRAMES_PER_SECOND);
  // the last scene shows how the episode ended
  const shown = scenes.filter((_, i) => i % stride === 0 || i === scenes.length - 1);
  return encodeAnimatedPng(frames(shown, frameWidthPx), {
    delayNumerator: stride,
    delayDenominator: scenesPerSecond,
  });
}

function* frames(scenes: readonly Scene[], widthPx: number): Generator<Raster> {
  const heightPx = frameHeight(scenes[0], widthPx);
  const place = { xPx: 0, yPx: 0, widthPx, heightPx };
  for (const scene of scenes) {
    const raster = new Raster(widthPx, heightPx);
    raster.fill(place, FRAME_BACKGROUND);
    raster.drawScene(scene, place);
    yield raster;
  }
}

/** By a pixel on each side. */
function grown({ xPx, yPx, widthPx, heightPx }: Place): Place {
  return { xPx: xPx - 1, yPx: yPx - 1, widthPx: widthPx + 2, heightPx: heightPx + 2 };
}
