import { OptionError } from '../errors.js';
import {
  BACKGROUND,
  type FilmstripOptions,
  FRAME_BACKGROUND,
  FRAME_BORDER,
  layOutFilmstrip,
} from './filmstripLayout.js';
import type { Scene, Shape } from './scene.js';

const LABEL_SIZE_PX = 11;
const LABEL_COLOR = '#64748b';

/**
 * The scenes as one SVG, in rows from left to right, each in a thin border with its number (from 0).
 * All frames have the shape of the first scene's view; other views are fitted into it.
 * OptionError: no scenes, or columns or frame width below 1.
 */
export function filmstripSvg(scenes: readonly Scene[], options: FilmstripOptions): string {
  const { widthPx, heightPx, places } = layOutFilmstrip(scenes, options);
  const frames = scenes.map((scene, number) => {
    const { xPx, yPx, widthPx: frameWidthPx, heightPx: frameHeightPx } = places[number];
    const place = `x="${xPx}" y="${yPx}" width="${frameWidthPx}" height="${frameHeightPx}"`;
    return [
      `<rect ${place} fill="${FRAME_BACKGROUND}"/>`,
      sceneSvg(scene, place),
      `<text x="${xPx + 6}" y="${yPx + 4 + LABEL_SIZE_PX}" fill="${LABEL_COLOR}">${number}</text>`,
      `<rect ${place} fill="none" stroke="${FRAME_BORDER}"/>`,
    ].join('\n');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}" viewBox="0 0 ${widthPx} ${heightPx}" font-family="sans-serif" font-size="${LABEL_SIZE_PX}">`,
    `<rect width="${widthPx}" height="${heightPx}" fill="${BACKGROUND}"/>`,
    ...frames,
    '</svg>',
  ].join('\n');
}

/** A nested svg that clips to its frame and turns y upwards. */
function sceneSvg({ view, shapes }: Scene, place: string): string {
  const viewBox = numbers([view.left, -view.top, view.right - view.left, view.top - view.bottom]);
  return `<svg ${place} viewBox="${viewBox}"><g transform="scale(1,-1)">${shapes.map(shapeSvg).join('')}</g></svg>`;
}

function shapeSvg(shape: Shape): string {
  if (shape.kind === 'picture') {
    throw new OptionError(
      'a film strip as SVG takes shapes, and the environment draws pixels; write a .png or an .apng',
    );
  }
  if (shape.kind === 'circle') {
    const [cx, cy] = shape.center.map(short);
    return `<circle cx="${cx}" cy="${cy}" r="${short(shape.radius)}" fill="${shape.fill}"/>`;
  }
  const points = shape.points.map(numbers).join(' ');
  if (shape.kind === 'polygon') {
    const opacity = shape.opacity === undefined ? '' : ` fill-opacity="${short(shape.opacity)}"`;
    return `<polygon points="${points}" fill="${shape.fill}"${opacity}/>`;
  }
  return `<polyline points="${points}" fill="none" stroke="${shape.stroke}" stroke-width="${short(shape.width)}" stroke-linecap="round" stroke-linejoin="round"/>`;
}

function numbers(values: readonly number[]): string {
  return values.map(short).join(' ');
}

/** Six digits are finer than any pixel, and keep the file small. */
function short(value: number): number {
  return Number(value.toPrecision(6));
}
