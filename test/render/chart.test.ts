import { describe, expect, test } from 'vitest';
import { lineChartSvg } from '../../src/render/chart.js';

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
