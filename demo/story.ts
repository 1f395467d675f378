import { progressKey } from 'wasm-trpo/browser';
import type { State, Update } from './state.js';

/** The last update in words, or what is about to happen. */
export function tellStory({ updates, settings, phase }: State): string {
  const last = updates.at(-1);
  if (last !== undefined) return tellUpdate(last, updates.at(-2));
  if (phase === 'preparing') return 'The run is being set up…';
  const { batch, timesteps } = settings;
  return `Press Start: each update collects ${batch.toLocaleString('en')} steps and learns from them, ${Math.ceil(timesteps / batch).toLocaleString('en')} times in all.`;
}

function tellUpdate({ row, maxKl }: Update, before: Update | undefined): string {
  const value = (name: keyof typeof progressKey) => Number(row[progressKey[name]]);
  const stepsBefore = Number(before?.row[progressKey.totalTimesteps] ?? 0);
  const collected = `Update ${value('iterations')}: ${(value('totalTimesteps') - stepsBefore).toLocaleString('en')} steps collected in ${milliseconds(value('collectMs'))}, ${milliseconds(value('updateMs'))} to learn from them.`;
  const residual = row[progressKey.cgResidual];
  const solved =
    typeof residual === 'number' && value('cgIterations') > 0
      ? ` Conjugate gradient left ${residual.toExponential(0)} of the equation after ${value('cgIterations')} products.`
      : '';
  return `${collected}${solved} ${tellStep(row[progressKey.lineSearchAccepted] === true, value('lineSearchBacktracks'), row[progressKey.lineSearchReason])} The policy moved by KL ${value('klOldNew').toPrecision(2)}; δ is ${maxKl}.`;
}

function tellStep(isAccepted: boolean, backtracks: number, reason: unknown): string {
  if (!isAccepted) return `No step was good enough (${reason}), so the policy stayed.`;
  if (backtracks === 0) return 'The full step was taken.';
  return `The step was shortened ${backtracks === 1 ? 'once' : `${backtracks} times`}.`;
}

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}
