import { describe, expect, test } from 'vitest';
import { summarizeCurves } from '../../src/compare/curves.js';
import { comparisonCharts, reportHtml, reportText } from '../../src/compare/report.js';
import { type ComparedRun, summarize } from '../../src/compare/summary.js';
import { type ProgressRow, progressKey } from '../../src/logging/sink.js';
import { completeOptions } from '../../src/training/options.js';

/** A run whose rows have these returns, 100 steps apart; the other columns as a trust region's updates have them. */
function run(
  environment: string,
  algorithm: string,
  returns: readonly number[],
  more: { kl?: readonly (number | null)[]; accepted?: readonly boolean[]; evaluatedReturn?: number } = {},
): ComparedRun {
  const rows: ProgressRow[] = returns.map((meanReturn, i) => ({
    [progressKey.totalTimesteps]: 100 * (i + 1),
    [progressKey.meanReturn]: meanReturn,
    [progressKey.episodes]: 1,
    [progressKey.episodesMeanReturn]: meanReturn,
    [progressKey.updateMs]: 10 * (i + 1),
    [progressKey.collectMs]: 1,
    [progressKey.klOldNew]: more.kl === undefined ? 0.01 : more.kl[i],
    [progressKey.lineSearchAccepted]: more.accepted?.[i] ?? true,
  }));
  const options = completeOptions({ maxKl: 0.02 });
  return { environment, algorithm, options, rows, evaluatedReturn: more.evaluatedReturn };
}

describe('curves', () => {
  test('runs meet on a common grid, joined linearly, over the steps that all have', () => {
    const short = run('A', 'trpo', [0, 10, 20]).rows;
    const long = run('A', 'trpo', [20, 30, 40, 50]).rows.slice(1);
    const points = summarizeCurves([short, long], progressKey.meanReturn);
    expect([points[0].x, points.at(-1)?.x]).toEqual([200, 300]);
    expect(points[0]).toMatchObject({ y: 20, low: 10, high: 30 });
    expect(points[50]).toMatchObject({ x: 250, y: 25, low: 15, high: 35 });
  });

  test('are empty without numbers, and leave gaps of a run out', () => {
    const gaps = run('A', 'npg', [1, 2, 3], { kl: [0.01, null, 0.03] }).rows;
    expect(summarizeCurves([gaps], progressKey.klOldNew)[50].y).toBeCloseTo(0.02, 12);
    const none = run('A', 'cem', [1, 2, 3], { kl: [null, null, null] }).rows;
    expect(summarizeCurves([gaps, none], progressKey.klOldNew)).toEqual([]);
  });
});

describe('summaries', () => {
  test('of one setting: last returns, times, KL, refused and bad updates, drops', () => {
    const rising = Array.from({ length: 20 }, (_, i) => 10 * i);
    const falling = [...rising.slice(0, 10), ...new Array<number>(10).fill(0)];
    const { cells } = summarize([
      run('A', 'trpo', rising, { kl: rising.map((_, i) => (i === 0 ? 0.05 : 0.01)) }),
      run('A', 'trpo', falling, { accepted: rising.map((_, i) => i % 4 !== 0) }),
    ]);
    expect(cells).toHaveLength(1);
    expect(cells[0]).toMatchObject({
      runs: 2,
      trainingReturn: { value: 95, low: 0, high: 190 },
      evaluatedReturn: null,
      updateMs: 105,
      collectMs: 1,
      medianKl: 0.01,
      largestKl: 0.05,
      refused: 5 / 40,
      beyondTrustRegion: 1 / 40,
      // one update of each run has ten iterations on either side; it was bad in the second run
      drops: 0.5,
      // from 90 to 0, where returns were between 0 and 190
      worstDrop: 90 / 190,
    });
  });

  test('over environments: scores between the worst and the best run of each, and who beats the first', () => {
    const { overall, scoredBy } = summarize([
      run('A', 'trpo', [1, 1], { evaluatedReturn: 500 }),
      run('A', 'vpg', [1, 9], { evaluatedReturn: 300 }),
      run('A', 'cem', [1, 9], { evaluatedReturn: 100 }),
      run('B', 'trpo', [1, 1], { evaluatedReturn: -200 }),
      run('B', 'vpg', [1, 9], { evaluatedReturn: -100 }),
      run('B', 'cem', [1, 9], { evaluatedReturn: -300 }),
    ]);
    expect(scoredBy).toBe('evaluation');
    expect(overall.map(({ normalizedScore }) => normalizedScore.value)).toEqual([0.75, 0.75, 0]);
    expect(overall.map(({ betterThanFirst }) => betterThanFirst?.value)).toEqual([undefined, 0.5, 0]);
  });

  test('without an evaluation of every run training returns count; without every pair there is no overall score', () => {
    const runs = [run('A', 'trpo', [1, 2], { evaluatedReturn: 3 }), run('A', 'vpg', [1, 9])];
    expect(summarize(runs).scoredBy).toBe('training');
    expect(summarize(runs).overall.map(({ normalizedScore }) => normalizedScore.value)).toEqual([0, 1]);
    expect(summarize([...runs, run('B', 'trpo', [1, 2])]).overall).toEqual([]);
  });
});

describe('the report', () => {
  const runs = [
    run('A', 'trpo', [1, 2, 3], { evaluatedReturn: 3 }),
    run('A', 'trpo:lambda=<0.9>', [2, 3, 4], { evaluatedReturn: 4 }),
    run('A', 'cem', [1, 1, 1], { kl: [null, null, null], evaluatedReturn: 1 }),
  ];
  const summary = summarize(runs);
  const charts = comparisonCharts(runs, summary);
  const html = reportHtml(summary, runs, charts);

  test('needs nothing else: no scripts, no other files, and whatever was named is text', () => {
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(/);
    const addresses = [...html.matchAll(/https?:\/\/[^"\s)]+/g)].map(([address]) => address);
    expect(new Set(addresses)).toEqual(new Set(['http://www.w3.org/2000/svg']));
    expect(html).toContain('trpo:lambda=&lt;0.9&gt;');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
    expect(html.match(/<svg /g)).toHaveLength(2);
  });

  test('cells are narrow enough for a window of 1200 px: an interval is a line of its own, an option of a setting too', () => {
    const far = ['trpo:lambda=0.9:normalizeObservations=false', 'ppo'].flatMap((algorithm) =>
      [-1153.1, -1203.4].map((last) => run('A', algorithm, [-1228.2, last], { evaluatedReturn: last })),
    );
    const farSummary = summarize(far);
    const page = reportHtml(farSummary, far, comparisonCharts(far, farSummary));
    const cells = [...page.matchAll(/<t[dh]>(.*?)<\/t[dh]>/g)].map(([, cell]) => cell);
    const lines = cells.flatMap((cell) => cell.split(/<wbr>| (?!$)/));
    expect(lines).toContain('[-1203.4,\u00a0-1153.1]');
    expect(lines).toContain('normalizeObservations=false');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(30);
    // where that is not narrow enough, as in a phone, tables scroll
    expect(page.match(/<table>/g)).toHaveLength(page.match(/<div class="scroll"><table>/g)!.length);
  });

  test('a setting keeps its place, and so its colour, in every chart', () => {
    for (const { curves } of charts) {
      expect(curves.map(({ name }) => name)).toEqual(['trpo', 'trpo:lambda=<0.9>', 'cem']);
    }
    expect(charts[1].curves[2].points).toEqual([]);
  });

  test('for a terminal every line of a table is as long as its head', () => {
    const lines = reportText(summary).trimEnd().split('\n').slice(1);
    expect(new Set(lines.map(({ length }) => length)).size).toBe(1);
    expect(lines).toHaveLength(4);
  });
});
