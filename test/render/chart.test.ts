import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lineChartPng, lineChartSvg } from '../../src/render/chart.js';
import { colorAt, readPng } from '../support/pngReader.js';

const options = { title: 'Return <of> "runs"', xLabel: 'steps', yLabel: 'return' };

function pathsOf(svg: string): string[] {
  return [...svg.matchAll(/<path d="([^"]*)"/g)].map((match) => match[1]);
}

function coordinates(path: string): [number, number][] {
  return [...path.matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)].map((match) => [Number(match[1]), Number(match[2])]);
}

describe('lineChartSvg', () => {
  test('points keep their order and proportions, y upwards', () => {
    const points = [
      { x: 0, y: 0 },
      { x: 50, y: 50 },
      { x: 100, y: 100 },
    ];
    const [[x0, y0], [x1, y1], [x2, y2]] = coordinates(
      pathsOf(lineChartSvg([{ name: 'a', points }], options))[0],
    );
    expect(x1 - x0).toBeCloseTo(x2 - x1, 0);
    expect(y0 - y1).toBeCloseTo(y1 - y2, 0);
    expect(x2).toBeGreaterThan(x0);
    expect(y2).toBeLessThan(y0);
  });

  test('a missing value is a gap, not a zero', () => {
    const points = [1, 2, null, 4, 5].map((y, x) => ({ x, y }));
    const paths = pathsOf(lineChartSvg([{ name: 'a', points }], options));
    expect(paths.map((path) => coordinates(path).length)).toEqual([2, 2]);
  });

  test('ticks are round numbers around all values', () => {
    const svg = lineChartSvg(
      [
        {
          name: 'a',
          points: [
            { x: 1000, y: 20.4 },
            { x: 60_000, y: 497 },
          ],
        },
      ],
      options,
    );
    const labels = [...svg.matchAll(/fill="#495057">([^<]+)</g)].map((match) => match[1]);
    expect(labels).toEqual(expect.arrayContaining(['0', '100', '500', '60k']));
  });

  test('several curves get a legend; text is escaped; constant and empty curves do not fail', () => {
    const constant = {
      name: 'a & b',
      points: [
        { x: 0, y: 5 },
        { x: 1, y: 5 },
      ],
    };
    const svg = lineChartSvg([constant, { name: 'empty', points: [] }], options);
    expect(svg).toContain('a &amp; b');
    expect(svg).toContain('Return &lt;of&gt; &quot;runs&quot;');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(lineChartSvg([], options)).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('bands and logarithmic charts', () => {
  const points = [0, 1, 2].map((x) => ({ x, y: 10 ** x }));
  const band = points.map(({ x, y }) => ({ x, low: y / 2, high: 2 * y }));

  test('a band lies around its curve, and the scale has room for it', () => {
    const svg = lineChartSvg([{ name: 'a', points, band }], options);
    const [area, curve] = pathsOf(svg).map(coordinates);
    expect(area).toHaveLength(6);
    curve.forEach(([x, y], i) => {
      expect(area[i][0]).toBe(x);
      expect(area[i][1]).toBeLessThan(y);
      expect(area[5 - i][1]).toBeGreaterThan(y);
    });
  });

  test('equal ratios have equal heights, and what has no logarithm is a gap', () => {
    const svg = lineChartSvg([{ name: 'a', points: [...points, { x: 3, y: 0 }, { x: 4, y: 5 }] }], {
      ...options,
      logarithmic: true,
    });
    const [[[, first], [, second], [, third]], alone] = pathsOf(svg).map(coordinates);
    expect(first - second).toBeCloseTo(second - third, 0);
    expect(alone).toHaveLength(1);
    expect(svg).toContain('>100</text>');
    expect(lineChartSvg([], { ...options, logarithmic: true })).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('whatever the numbers, the drawing has finite ones only', async () => {
    const number = fc.oneof(fc.double(), fc.constantFrom(1e308, -1e308, 5e-324, 1e17));
    const points = fc.array(fc.record({ x: number, y: fc.option(number) }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(points, fc.boolean(), async (drawn, logarithmic) => {
        const curves = [{ name: 'a', points: drawn }];
        expect(lineChartSvg(curves, { ...options, logarithmic })).not.toMatch(/NaN|Infinity|undefined/);
      }),
      { seed: 1, numRuns: 500 },
    );
    const far = [1e308, Number.NaN, -1e308, 3e17, 3e17].map((y, x) => ({ x, y }));
    expect((await lineChartPng([{ name: 'a', points: far }], options)).length).toBeGreaterThan(1000);
  });

  test('the picture of pixels shows what the SVG shows', async () => {
    const curves = [{ name: 'a', points, band }];
    const png = readPng(await lineChartPng(curves, options));
    expect([png.widthPx, png.heightPx]).toEqual([1440, 800]);
    const { canvas } = png.frames[0];
    const [area, curve] = pathsOf(lineChartSvg(curves, options)).map(coordinates);
    const at = (x: number, y: number) => colorAt(png, canvas, Math.round(2 * x), Math.round(2 * y));
    expect(at(...curve[1])).toBe('#1f6feb');
    // 18 % of the curve's colour on white
    expect(at(area[1][0] - 5, (area[1][1] + curve[1][1]) / 2)).toMatch(/^#d[67]e[45]fb$/);
    expect(at(700, 60)).toBe('#ffffff');
    const dark = canvas.reduce((count, value) => count + (value < 60 ? 1 : 0), 0);
    // letters of title and labels
    expect(dark).toBeGreaterThan(3000);
  });
});
