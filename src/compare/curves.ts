import { type ProgressRow, progressKey } from '../logging/sink.js';
import { bootstrapChoices, bootstrapInterval, interquartileMean } from './statistics.js';

/** A point of a curve over several runs. */
export interface CurvePoint {
  /** Environment steps. */
  readonly x: number;
  /** Interquartile mean over runs. */
  readonly y: number;
  /** Bootstrap interval of 95 %. */
  readonly low: number;
  readonly high: number;
}

const GRID_POINTS = 100;

/**
 * A column over steps, summed up over runs: each run's rows are joined linearly, and every grid point has the interquartile
 * mean over runs with its interval. The curve covers the steps that all runs cover; empty when a run has no number there.
 */
export function summarizeCurves(runs: readonly (readonly ProgressRow[])[], key: string): CurvePoint[] {
  const curves = runs.map((rows) => pointsOf(rows, key));
  if (curves.some((points) => points.length === 0)) return [];
  const first = Math.max(...curves.map((points) => points[0].x));
  const last = Math.min(...curves.map((points) => points[points.length - 1].x));
  if (!(last > first)) return [];
  const choices = bootstrapChoices([runs.length]);
  return Array.from({ length: GRID_POINTS + 1 }, (_, i) => {
    const x = first + ((last - first) * i) / GRID_POINTS;
    const values = curves.map((points) => valueAt(points, x));
    const band = bootstrapInterval([values], ([drawn]) => interquartileMean(drawn), choices);
    return { x, y: interquartileMean(values), ...band };
  });
}

/** Steps and value of every row that has a number. */
export function pointsOf(rows: readonly ProgressRow[], key: string): { x: number; y: number }[] {
  return rows.flatMap((row) => {
    const y = row[key];
    return typeof y === 'number' ? [{ x: Number(row[progressKey.totalTimesteps]), y }] : [];
  });
}

/** x within the curve. */
function valueAt(points: readonly { x: number; y: number }[], x: number): number {
  const next = points.findIndex((point) => point.x >= x);
  const { x: right, y: above } = points[next === -1 ? points.length - 1 : next];
  if (next <= 0) return above;
  const { x: left, y: below } = points[next - 1];
  return below + ((above - below) * (x - left)) / (right - left);
}
