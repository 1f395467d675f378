import { type ProgressRow, progressKey } from 'wasm-trpo/browser';
import type { State, Update } from './state.js';

/** The last update in words, or what is about to happen. */
export function tellStory({ updates, settings, phase }: State): string {
  const last = updates.at(-1);
  if (last !== undefined) return tellUpdate(last, updates.at(-2));
  if (phase === 'preparing') return 'The run is being set up…';
  const { batch, timesteps } = settings;
  return `Press Start: each update collects ${batch.toLocaleString('en')} steps and learns from them, ${Math.ceil(timesteps / batch).toLocaleString('en')} times in all.`;
}

function tellUpdate({ row, maxKl, trustRegion }: Update, before: Update | undefined): string {
  const value = (name: keyof typeof progressKey) => Number(row[progressKey[name]]);
  const stepsBefore = Number(before?.row[progressKey.totalTimesteps] ?? 0);
  const collected = `Update ${value('iterations')}: ${(value('totalTimesteps') - stepsBefore).toLocaleString('en')} steps collected in ${milliseconds(value('collectMs'))}, ${milliseconds(value('updateMs'))} to learn from them.`;
  const residual = row[progressKey.cgResidual];
  const solved =
    typeof residual === 'number' && value('cgIterations') > 0
      ? ` Conjugate gradient left ${residual.toExponential(0)} of the equation after ${value('cgIterations')} products.`
      : '';
  const kl = value('klOldNew');
  const moved = `The policy moved by KL ${Number(kl.toPrecision(2))}${kl > maxKl ? `, ${Math.round(kl / maxKl)} times as far as δ = ${maxKl} would allow` : ` of at most ${maxKl}`}.`;
  const step = trustRegion
    ? tellStep(row)
    : 'A step of the same length went straight up the gradient, unchecked.';
  return `${collected}${solved} ${step} ${moved}`;
}

function tellStep(row: ProgressRow): string {
  if (row[progressKey.lineSearchAccepted] !== true) {
    return `No step was good enough (${row[progressKey.lineSearchReason]}), so the policy stayed.`;
  }
  const backtracks = Number(row[progressKey.lineSearchBacktracks]);
  if (backtracks === 0) return 'The full step was taken.';
  return `The step was shortened ${backtracks === 1 ? 'once' : `${backtracks} times`}.`;
}

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}
