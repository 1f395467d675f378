import { type ChartElement, type ChartOptions, type Curve, layOutChart } from './chartLayout.js';
import { escapeMarkup } from './markup.js';
import { encodePng } from './png.js';
import { Raster } from './raster.js';
import type { Point, Scene, Shape } from './scene.js';
import { textStrokes } from './strokeFont.js';

const BACKGROUND = '#ffffff';
const BAND_OPACITY = 0.18;
/** Pixels of a picture for each of the layout, so that it is sharp on dense screens. */
const PIXEL_SCALE = 2;
const STROKE_SHARE = 0.09;
const BOLD_STROKE_SHARE = 0.13;

/** A line chart as SVG text: no scripts, no fonts of its own, readable on light and dark pages. */
export function lineChartSvg(curves: readonly Curve[], options: ChartOptions): string {
  const { widthPx, heightPx, elements } = layOutChart(curves, options);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${widthPx} ${heightPx}" width="${widthPx}" height="${heightPx}" role="img">`,
    `<title>${escapeMarkup(options.title)}</title>`,
    `<rect width="${widthPx}" height="${heightPx}" fill="${BACKGROUND}"/>`,
    ...elements.map(toSvg),
    '</svg>',
    '',
  ].join('\n');
}

/** The same chart as a PNG file, twice as large for dense screens. */
export async function lineChartPng(curves: readonly Curve[], options: ChartOptions): Promise<Uint8Array> {
  const { widthPx, heightPx, elements } = layOutChart(curves, options);
  const place = { xPx: 0, yPx: 0, widthPx: PIXEL_SCALE * widthPx, heightPx: PIXEL_SCALE * heightPx };
  const raster = new Raster(place.widthPx, place.heightPx);
  raster.fill(place, BACKGROUND);
  // scenes have y upwards
  const view = { left: 0, right: widthPx, bottom: -heightPx, top: 0 };
  const scene: Scene = { view, shapes: elements.flatMap(toShapes) };
  raster.drawScene(scene, place);
  return encodePng(raster);
}

function toSvg(element: ChartElement): string {
  if (element.kind === 'text') {
    const { at, text, sizePx, color, anchor, bold, upwards } = element;
    const [x, y] = at.map(fixed);
    const turned = upwards ? ` transform="rotate(-90 ${x} ${y})"` : '';
    const weight = bold ? ' font-weight="600"' : '';
    return `<text x="${x}" y="${y}" text-anchor="${anchor}"${turned} font-family="system-ui, sans-serif" font-size="${sizePx}"${weight} fill="${color}">${escapeMarkup(text)}</text>`;
  }
  if (element.kind === 'rule') {
    const [x1, y1] = element.from.map(fixed);
    const [x2, y2] = element.to.map(fixed);
    return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${element.color}" stroke-width="${element.widthPx}"/>`;
  }
  const path = element.points.map((point, i) => `${i === 0 ? 'M' : 'L'}${point.map(fixed).join(' ')}`);
  if (element.kind === 'area') {
    return `<path d="${path.join('')}Z" fill="${element.color}" fill-opacity="${BAND_OPACITY}"/>`;
  }
  return `<path d="${path.join('')}" fill="none" stroke="${element.color}" stroke-width="${element.widthPx}" stroke-linejoin="round" stroke-linecap="round"/>`;
}

function toShapes(element: ChartElement): Shape[] {
  const upright = ([x, y]: Point): Point => [x, -y];
  switch (element.kind) {
    case 'rule': {
      const { from, to, widthPx, color } = element;
      return [{ kind: 'line', points: [from, to].map(upright), width: widthPx, stroke: color }];
    }
    case 'curve': {
      const { points, widthPx, color } = element;
      return [{ kind: 'line', points: points.map(upright), width: widthPx, stroke: color }];
    }
    case 'area': {
      const { points, color } = element;
      return [{ kind: 'polygon', points: points.map(upright), fill: color, opacity: BAND_OPACITY }];
    }
    case 'text': {
      const { at, text, sizePx, color, anchor, bold, upwards } = element;
      const { strokes, widthPx } = textStrokes(text, sizePx);
      const start = { start: 0, middle: -widthPx / 2, end: -widthPx }[anchor];
      const toPage = ([x, y]: Point): Point =>
        upwards ? [at[0] + y, at[1] - (start + x)] : [at[0] + start + x, at[1] + y];
      const width = sizePx * (bold ? BOLD_STROKE_SHARE : STROKE_SHARE);
      return strokes.map((points) => ({
        kind: 'line',
        points: points.map((point) => upright(toPage(point))),
        width,
        stroke: color,
      }));
    }
  }
}

function fixed(value: number): string {
  return value.toFixed(1);
}
