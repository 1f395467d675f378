import type { ProgressRow } from '../logging/sink.js';
import type { RunHistory } from './history.js';

/** From worst to mildest: wrong numbers, training that cannot work as it is, and what may be meant so. */
export const SEVERITIES = ['error', 'warning', 'note'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** 0 for the worst. */
export function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** A sign of trouble at the last row of a history. */
export interface Symptom {
  readonly severity: Severity;
  /** The figures, in words. */
  readonly cause: string;
}

/** One way in which a run can fail, how it shows, and the way out. */
export interface Rule {
  readonly name: string;
  readonly title: string;
  /** Columns that show it. */
  readonly columns: (row: ProgressRow) => readonly string[];
  readonly remedy: string;
  /** Options to change: ours, and what plays their part in Stable-Baselines3. */
  readonly options: { readonly ours: string; readonly stableBaselines3: string };
  /** Whether every row that shows it is an event of its own, shown even right after another. */
  readonly isEvent?: boolean;
  readonly check: (history: RunHistory) => Symptom | undefined;
}

/** Rows whose median is judged, so that one odd batch raises no alarm. */
export const FEW = 3;
export const SOME = 5;
export const MANY = 10;

/** The same columns for every row. */
export const only =
  (...keys: string[]) =>
  () =>
    keys;

export function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
