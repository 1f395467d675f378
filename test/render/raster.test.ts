import { describe, expect, it } from 'vitest';
import { NonFiniteError, OptionError } from '../../src/errors.js';
import type { Place } from '../../src/render/image.js';
import { Raster } from '../../src/render/raster.js';
import type { Point, Scene, Shape } from '../../src/render/scene.js';
import { colorAt } from '../support/pngReader.js';

const WHITE = '#ffffff';
const BLACK = '#000000';

/** A raster of a view of the same size, so that a unit is a pixel, white at first. */
function draw(shapes: readonly Shape[], widthPx = 40, heightPx = 40): Raster {
  const raster = new Raster(widthPx, heightPx);
  const place: Place = { xPx: 0, yPx: 0, widthPx, heightPx };
  raster.fill(place, WHITE);
  raster.drawScene({ view: { left: 0, right: widthPx, bottom: 0, top: heightPx }, shapes }, place);
  return raster;
}

/** Pixels' worth of black on white. */
function darkArea({ rgb }: Raster): number {
  return rgb.reduce((sum, value) => sum + (255 - value) / 255, 0) / 3;
}

function polygon(points: readonly Point[]): Shape {
  return { kind: 'polygon', points, fill: BLACK };
}

describe('the area that a shape darkens', () => {
  it.each([2, 5.5, 12])('of a circle of radius %d is pi r^2', (radius) => {
    const area = darkArea(draw([{ kind: 'circle', center: [20.3, 19.6], radius, fill: BLACK }]));
    // as if its edge were at most 0.04 pixels off
    expect(Math.abs(area - Math.PI * radius * radius)).toBeLessThan(0.04 * 2 * Math.PI * radius);
  });

  it.each([3, 1, 0.4])('of a line of width %d is its length times its width, with round ends', (width) => {
    const line: Shape = {
      kind: 'line',
      points: [
        [8, 5],
        [32, 23],
      ],
      width,
      stroke: BLACK,
    };
    const expected = 30 * width + (Math.PI * width * width) / 4;
    // below a pixel coverage is an estimate
    expect(Math.abs(darkArea(draw([line])) / expected - 1)).toBeLessThan(width < 1 ? 0.6 : 0.05);
  });

  it('of a triangle is half its base times its height', () => {
    const triangle = polygon([
      [3.3, 4.1],
      [30.7, 9.4],
      [12.2, 35.8],
    ]);
    const area = Math.abs((30.7 - 3.3) * (35.8 - 4.1) - (12.2 - 3.3) * (9.4 - 4.1)) / 2;
    expect(darkArea(draw([triangle]))).toBeCloseTo(area, 0);
  });

  it('of a polygon that winds twice around its middle is filled there, as in SVG', () => {
    const star = Array.from({ length: 5 }, (_, i): Point => {
      const angle = (4 * Math.PI * i) / 5;
      return [20 + 18 * Math.sin(angle), 20 + 18 * Math.cos(angle)];
    });
    const raster = draw([polygon(star)]);
    expect(colorAt(raster, raster.rgb, 20, 20)).toBe(BLACK);
    expect(colorAt(raster, raster.rgb, 20, 38)).toBe(WHITE);
  });

  it('of a square in half a pixel is half grey', () => {
    const raster = draw([
      polygon([
        [10, 10],
        [12.5, 10],
        [12.5, 12],
        [10, 12],
      ]),
    ]);
    expect(colorAt(raster, raster.rgb, 11, 28)).toBe(BLACK);
    expect(colorAt(raster, raster.rgb, 12, 28)).toBe('#808080');
    expect(colorAt(raster, raster.rgb, 13, 28)).toBe(WHITE);
  });
});

describe('drawScene', () => {
  const red: Shape = { kind: 'circle', center: [1, 1], radius: 0.5, fill: '#f00' };

  it('turns y upwards, draws later shapes on top, and reads both forms of colours', () => {
    const raster = draw([
      { kind: 'circle', center: [10, 30], radius: 5, fill: '#0a0B0c' },
      { kind: 'circle', center: [10, 30], radius: 2, fill: '#f80' },
    ]);
    expect(colorAt(raster, raster.rgb, 10, 10)).toBe('#ff8800');
    expect(colorAt(raster, raster.rgb, 13, 10)).toBe('#0a0b0c');
    expect(colorAt(raster, raster.rgb, 10, 30)).toBe(WHITE);
  });

  it('fits the view into the middle of the place, and leaves all around it alone', () => {
    const raster = new Raster(60, 40);
    const place = { xPx: 10, yPx: 10, widthPx: 40, heightPx: 20 };
    // a square view in a wide place: 10 pixels a unit, from x = 20 to 40
    const scene: Scene = {
      view: { left: 0, right: 2, bottom: 0, top: 2 },
      shapes: [
        red,
        {
          kind: 'line',
          points: [
            [-9, 0.1],
            [9, 0.1],
          ],
          width: 2,
          stroke: '#00f',
        },
      ],
    };
    raster.drawScene({ ...scene, shapes: [red] }, place);
    expect(colorAt(raster, raster.rgb, 30, 20)).toBe('#ff0000');
    expect(colorAt(raster, raster.rgb, 23, 20)).toBe(BLACK);
    raster.drawScene(scene, place);
    for (const [x, y, color] of [
      [10, 29, '#0000ff'],
      [49, 29, '#0000ff'],
      [9, 29, BLACK],
      [50, 29, BLACK],
      [30, 30, BLACK],
    ] as const) {
      expect(colorAt(raster, raster.rgb, x, y)).toBe(color);
    }
  });

  it('refuses numbers that are not finite, and colours it does not know', () => {
    expect(() => draw([{ ...red, radius: Number.NaN } as Shape])).toThrow(NonFiniteError);
    expect(() => draw([polygon([[0, Infinity]])])).toThrow(NonFiniteError);
    expect(() => draw([{ ...red, fill: 'red' } as Shape])).toThrow(OptionError);
  });
});
