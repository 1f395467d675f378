import { NonFiniteError, OptionError } from '../errors.js';
import { CHANNELS, type Image, type Place } from './image.js';
import type { Point, Scene, Shape } from './scene.js';

/** Lines, across a pixel's height, whose parts inside a polygon are measured. */
const LINES_PER_PIXEL = 8;

/** Pixels onto which scenes are drawn, edges anti-aliased: lines and circles by each pixel's distance from them. */
export class Raster implements Image {
  readonly rgb: Uint8Array;
  /** How much of each pixel the shape being drawn covers, 0 to 1; zero between shapes. [height x width] */
  private readonly coverage: Float32Array;

  constructor(
    readonly widthPx: number,
    readonly heightPx: number,
  ) {
    this.rgb = new Uint8Array(CHANNELS * widthPx * heightPx);
    this.coverage = new Float32Array(widthPx * heightPx);
  }

  /** color: #rgb or #rrggbb. */
  fill(place: Place, color: string): void {
    const [red, green, blue] = parseColor(color);
    forEachPixel(place, this.widthPx, (pixel) => {
      this.rgb[CHANNELS * pixel] = red;
      this.rgb[CHANNELS * pixel + 1] = green;
      this.rgb[CHANNELS * pixel + 2] = blue;
    });
  }

  /**
   * Draws a scene's view as large as it fits into the place, in its middle, and clips to the place, as SVG does.
   * NonFiniteError: a shape's place or size is not finite. OptionError: a colour that is not #rgb or #rrggbb.
   */
  drawScene({ view, shapes }: Scene, place: Place): void {
    const scale = Math.min(
      place.widthPx / (view.right - view.left),
      place.heightPx / (view.top - view.bottom),
    );
    const toPixels = ([x, y]: Point): Point => [
      place.xPx + place.widthPx / 2 + scale * (x - (view.left + view.right) / 2),
      place.yPx + place.heightPx / 2 - scale * (y - (view.bottom + view.top) / 2),
    ];
    for (const shape of shapes) {
      requireFinite(shape);
      if (shape.kind === 'picture') {
        this.drawPicture(shape.image, shape.points.map(toPixels) as [Point, Point], place);
        continue;
      }
      const touched = this.cover(shape, toPixels, scale, place);
      const opacity = shape.kind === 'polygon' ? (shape.opacity ?? 1) : 1;
      this.blend(touched, shape.kind === 'line' ? shape.stroke : shape.fill, opacity);
    }
  }

  /** Each pixel becomes the mean of those of the image that it covers, or the one that covers it. */
  private drawPicture(
    { widthPx, heightPx, rgb }: Image,
    [[left, bottom], [right, top]]: [Point, Point],
    clip: Place,
  ): void {
    const area = clipped(
      [
        [left, top],
        [right, bottom],
      ],
      0,
      clip,
    );
    const columns = widthPx / (right - left);
    const rows = heightPx / (bottom - top);
    forEachPixel(area, this.widthPx, (pixel, x, y) => {
      const [fromX, toX] = stretch((x - 0.5 - left) * columns, columns, widthPx);
      const [fromY, toY] = stretch((y - 0.5 - top) * rows, rows, heightPx);
      for (let channel = 0; channel < CHANNELS; channel++) {
        let sum = 0;
        for (let row = fromY; row < toY; row++) {
          for (let column = fromX; column < toX; column++)
            sum += rgb[CHANNELS * (row * widthPx + column) + channel];
        }
        this.rgb[CHANNELS * pixel + channel] = Math.round(sum / ((toX - fromX) * (toY - fromY)));
      }
    });
  }

  /** Writes `coverage`; returns where it did. */
  private cover(
    shape: Exclude<Shape, { kind: 'picture' }>,
    toPixels: (point: Point) => Point,
    scale: number,
    clip: Place,
  ): Place {
    if (shape.kind === 'polygon') {
      const corners = shape.points.map(toPixels);
      const area = clipped(corners, 0, clip);
      this.coverPolygon(corners, area);
      return area;
    }
    const points = (shape.kind === 'circle' ? [shape.center] : shape.points).map(toPixels);
    const radius = scale * (shape.kind === 'circle' ? shape.radius : shape.width / 2);
    // a line thinner than a pixel never covers a whole one
    const most = Math.min(1, 2 * radius);
    for (let i = 0; i < Math.max(1, points.length - 1); i++) {
      const from = points[i];
      const to = points[i + 1] ?? from;
      forEachPixel(clipped([from, to], radius + 1, clip), this.widthPx, (pixel, x, y) => {
        const covered = Math.min(most, radius + 0.5 - distanceToSegment(from, to, x, y));
        if (covered > this.coverage[pixel]) this.coverage[pixel] = covered;
      });
    }
    return clipped(points, radius + 1, clip);
  }

  /** Along x each line is exact, along y a pixel is the mean of its lines. */
  private coverPolygon(corners: readonly Point[], { xPx, yPx, widthPx, heightPx }: Place): void {
    for (let line = 0; line < heightPx * LINES_PER_PIXEL; line++) {
      const y = yPx + (line + 0.5) / LINES_PER_PIXEL;
      const row = Math.floor(y) * this.widthPx;
      for (const [from, to] of insideStretches(corners, y)) {
        const start = Math.max(xPx, from);
        const end = Math.min(xPx + widthPx, to);
        for (let x = Math.floor(start); x < end; x++) {
          this.coverage[row + x] += (Math.min(end, x + 1) - Math.max(start, x)) / LINES_PER_PIXEL;
        }
      }
    }
  }

  /** Mixes the colour into the pixels by `coverage`, which is zero afterwards. */
  private blend(area: Place, color: string, opacity: number): void {
    const channels = parseColor(color);
    forEachPixel(area, this.widthPx, (pixel) => {
      // sums of eighths, each rounded, may pass 1 a little
      const covered = opacity * Math.min(1, this.coverage[pixel]);
      if (covered <= 0) return;
      for (let channel = 0; channel < CHANNELS; channel++) {
        const old = this.rgb[CHANNELS * pixel + channel];
        this.rgb[CHANNELS * pixel + channel] = Math.round(old + covered * (channels[channel] - old));
      }
      this.coverage[pixel] = 0;
    });
  }
}

/** Whole pixels of an image, of `count`, from a place on for `length`: one at least. */
function stretch(start: number, length: number, count: number): [from: number, to: number] {
  const from = Math.min(count - 1, Math.max(0, Math.floor(start)));
  return [from, Math.min(count, Math.max(from + 1, Math.floor(start + length)))];
}

/** Calls with the index of each pixel and the place of its middle. */
function forEachPixel(
  { xPx, yPx, widthPx, heightPx }: Place,
  rowPixels: number,
  visit: (pixel: number, x: number, y: number) => void,
): void {
  for (let y = yPx; y < yPx + heightPx; y++) {
    for (let x = xPx; x < xPx + widthPx; x++) visit(y * rowPixels + x, x + 0.5, y + 0.5);
  }
}

/** The whole pixels around the points, `margin` pixels on, within `clip`; empty when there are none. */
function clipped(points: readonly Point[], margin: number, clip: Place): Place {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const xPx = Math.max(clip.xPx, Math.floor(Math.min(...xs) - margin));
  const yPx = Math.max(clip.yPx, Math.floor(Math.min(...ys) - margin));
  const right = Math.min(clip.xPx + clip.widthPx, Math.ceil(Math.max(...xs) + margin));
  const bottom = Math.min(clip.yPx + clip.heightPx, Math.ceil(Math.max(...ys) + margin));
  return { xPx, yPx, widthPx: Math.max(0, right - xPx), heightPx: Math.max(0, bottom - yPx) };
}

function distanceToSegment([fromX, fromY]: Point, [toX, toY]: Point, x: number, y: number): number {
  const [dx, dy] = [toX - fromX, toY - fromY];
  const lengthSquared = dx * dx + dy * dy;
  const along = lengthSquared === 0 ? 0 : ((x - fromX) * dx + (y - fromY) * dy) / lengthSquared;
  const nearest = Math.min(1, Math.max(0, along));
  const [awayX, awayY] = [x - fromX - nearest * dx, y - fromY - nearest * dy];
  return Math.sqrt(awayX * awayX + awayY * awayY);
}

/** The parts of the horizontal line at y around which the outline winds: SVG's fill rule "nonzero". */
function insideStretches(corners: readonly Point[], y: number): Point[] {
  const crossings: { x: number; turn: number }[] = [];
  corners.forEach(([fromX, fromY], i) => {
    const [toX, toY] = corners[(i + 1) % corners.length];
    if (fromY <= y === toY <= y) return;
    crossings.push({ x: fromX + ((y - fromY) / (toY - fromY)) * (toX - fromX), turn: fromY <= y ? 1 : -1 });
  });
  crossings.sort((left, right) => left.x - right.x);
  const stretches: Point[] = [];
  let turns = 0;
  for (const [i, { x, turn }] of crossings.entries()) {
    if (turns !== 0) stretches.push([crossings[i - 1].x, x]);
    turns += turn;
  }
  return stretches;
}

function requireFinite(shape: Shape): void {
  const numbers =
    shape.kind === 'circle'
      ? [...shape.center, shape.radius]
      : [...shape.points.flat(), shape.kind === 'line' ? shape.width : 0];
  const wrong = numbers.find((number) => !Number.isFinite(number));
  if (wrong === undefined) return;
  throw new NonFiniteError(
    `a ${shape.kind} of the scene has the number ${wrong}; check what render() returns: all must be finite`,
  );
}

/** Red, green, blue, 0 to 255. */
function parseColor(color: string): readonly number[] {
  const digits = /^#(?:([0-9a-f]{3})|([0-9a-f]{6}))$/i.exec(color);
  if (digits === null) {
    throw new OptionError(`colour "${color}" of the scene: pictures of pixels take #rgb and #rrggbb`);
  }
  const [, short, long = short.replace(/./g, '$&$&')] = digits;
  return [0, 2, 4].map((start) => Number.parseInt(long.slice(start, start + 2), 16));
}
