import { OptionError } from '../errors.js';
import type { Scene, Shape } from './scene.js';

export interface FilmstripOptions {
  /** Frames per row. */
  readonly columns: number;
  readonly frameWidthPx: number;
}

const GAP_PX = 8;
const LABEL_SIZE_PX = 11;
// own colours, so that the strip looks the same on light and on dark pages
const BACKGROUND = '#ffffff';
const FRAME_BACKGROUND = '#f8fafc';
const FRAME_BORDER = '#cbd5e1';
const LABEL_COLOR = '#64748b';

/**
 * The scenes as one SVG, in rows from left to right, each in a thin border with its number (from 0).
 * All frames have the shape of the first scene's view; other views are fitted into it.
 * OptionError: no scenes, or columns or frame width below 1.
 */
export function filmstripSvg(scenes: readonly Scene[], { columns, frameWidthPx }: FilmstripOptions): string {
  if (scenes.length === 0) throw new OptionError('filmstripSvg: scenes is empty; give at least one scene');
  requireCount('columns', columns);
  requireCount('frameWidthPx', frameWidthPx);
  const { left, right, bottom, top } = scenes[0].view;
  const frameHeightPx = Math.ceil((frameWidthPx * (top - bottom)) / (right - left));
  const usedColumns = Math.min(columns, scenes.length);
  const rows = Math.ceil(scenes.length / columns);
  const widthPx = GAP_PX + usedColumns * (frameWidthPx + GAP_PX);
  const heightPx = GAP_PX + rows * (frameHeightPx + GAP_PX);

  const frames = scenes.map((scene, number) => {
    const xPx = GAP_PX + (number % columns) * (frameWidthPx + GAP_PX);
    const yPx = GAP_PX + Math.floor(number / columns) * (frameHeightPx + GAP_PX);
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
  if (shape.kind === 'circle') {
    const [cx, cy] = shape.center.map(short);
    return `<circle cx="${cx}" cy="${cy}" r="${short(shape.radius)}" fill="${shape.fill}"/>`;
  }
  const points = shape.points.map(numbers).join(' ');
  if (shape.kind === 'polygon') return `<polygon points="${points}" fill="${shape.fill}"/>`;
  return `<polyline points="${points}" fill="none" stroke="${shape.stroke}" stroke-width="${short(shape.width)}" stroke-linecap="round" stroke-linejoin="round"/>`;
}

function numbers(values: readonly number[]): string {
  return values.map(short).join(' ');
}

/** Six digits are finer than any pixel, and keep the file small. */
function short(value: number): number {
  return Number(value.toPrecision(6));
}

function requireCount(what: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new OptionError(`filmstripSvg: ${what} is ${value}; give a whole number of 1 or more`);
  }
}
