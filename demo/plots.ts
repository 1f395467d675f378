import { type ProgressRow, progressKey } from 'wasm-trpo/browser';
import type { Update } from './state.js';

type Value = number | null;

/** Where the plotted share of explained variance is cut; 0 is a constant guess, 1 all. */
export const LEAST_EXPLAINED = -1;

export interface Line {
  readonly label: string;
  /** Name of its colour in the style sheet. */
  readonly color: string;
  readonly valueOf: (update: Update) => Value;
  /** 'line' when absent. hidden: only an edge of the band. */
  readonly drawn?: 'bars' | 'steps' | 'hidden';
  /** On the right axis, with a scale of its own. */
  readonly isRight?: boolean;
}

/** A plot over the updates of a run. */
export interface Plot {
  readonly title: string;
  /** What to look for, in a line. */
  readonly hint: string;
  readonly lines: readonly Line[];
  /** Lines between which the plot is tinted. */
  readonly band?: readonly [upper: number, lower: number];
  readonly isLogarithmic?: boolean;
  readonly startsAtZero?: boolean;
  /** Whether the left scale needs whole numbers alone. */
  readonly isCount?: boolean;
}

export const plots: readonly Plot[] = [
  {
    title: 'Return',
    hint: 'Mean of 100 episodes, ± their deviation',
    lines: [
      { label: 'mean', color: '--accent', valueOf: ({ row }) => number(row, 'meanReturn') },
      { label: 'mean + deviation', color: '--accent', valueOf: ({ row }) => edge(row, 1), drawn: 'hidden' },
      { label: 'mean − deviation', color: '--accent', valueOf: ({ row }) => edge(row, -1), drawn: 'hidden' },
    ],
    band: [1, 2],
  },
  {
    title: 'KL of the update',
    hint: 'How far it moved, and how far it may',
    lines: [
      { label: 'KL', color: '--accent', valueOf: ({ row }) => number(row, 'klOldNew') },
      { label: 'δ', color: '--limit', valueOf: ({ row }) => number(row, 'maxKl'), drawn: 'steps' },
    ],
    startsAtZero: true,
  },
  {
    title: 'Entropy',
    hint: 'How undecided the policy is',
    lines: [{ label: 'entropy', color: '--accent', valueOf: ({ row }) => number(row, 'entropy') }],
  },
  {
    title: 'Value fit',
    hint: 'Loss (left); share of returns explained (right)',
    lines: [
      { label: 'loss', color: '--accent', valueOf: ({ row }) => number(row, 'valueLoss') },
      {
        label: 'explained',
        color: '--limit',
        valueOf: ({ row }) => explained(row),
        isRight: true,
      },
    ],
  },
  {
    title: 'Conjugate gradient',
    hint: 'What is left of the equation for the step',
    lines: [{ label: 'residual', color: '--accent', valueOf: ({ row }) => positive(row, 'cgResidual') }],
    isLogarithmic: true,
  },
  {
    title: 'Line search',
    hint: 'Tries until a step was good; red: none was',
    lines: [
      { label: 'taken at try', color: '--good', valueOf: ({ row }) => trials(row, true), drawn: 'bars' },
      { label: 'rejected, tries', color: '--bad', valueOf: ({ row }) => trials(row, false), drawn: 'bars' },
    ],
    startsAtZero: true,
    isCount: true,
  },
];

function number(row: ProgressRow, name: keyof typeof progressKey): Value {
  const value = row[progressKey[name]];
  return typeof value === 'number' ? value : null;
}

/** A batch without variance, or a value function far off, gives numbers that would hide all others. */
function explained(row: ProgressRow): Value {
  const value = number(row, 'explainedVariance');
  return value === null ? null : Math.max(LEAST_EXPLAINED, value);
}

/** A logarithmic scale has no place for 0. */
function positive(row: ProgressRow, name: keyof typeof progressKey): Value {
  const value = number(row, name);
  return value !== null && value > 0 ? value : null;
}

function edge(row: ProgressRow, side: 1 | -1): Value {
  const mean = number(row, 'meanReturn');
  return mean === null ? null : mean + side * (number(row, 'returnStd') ?? 0);
}

/** Steps that the line search tried, where it ended so. */
function trials(row: ProgressRow, accepted: boolean): Value {
  if (row[progressKey.lineSearchAccepted] !== accepted) return null;
  const backtracks = number(row, 'lineSearchBacktracks');
  if (backtracks === null) return null;
  return accepted ? backtracks + 1 : Math.max(1, backtracks);
}
