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

function tellUpdate({ row, trustRegion }: Update, before: Update | undefined): string {
  const value = (name: keyof typeof progressKey) => Number(row[progressKey[name]]);
  const stepsBefore = Number(before?.row[progressKey.totalTimesteps] ?? 0);
  const collected = `Update ${value('iterations')}: ${(value('totalTimesteps') - stepsBefore).toLocaleString('en')} steps collected in ${milliseconds(value('collectMs'))}, ${milliseconds(value('updateMs'))} to learn from them.`;
  const residual = row[progressKey.cgResidual];
  const solved =
    typeof residual === 'number' && value('cgIterations') > 0
      ? ` Conjugate gradient left ${residual.toExponential(0)} of the equation after ${value('cgIterations')} products.`
      : '';
  const step = trustRegion
    ? tellStep(row)
    : 'A step of the same length went straight up the gradient, unchecked.';
  return `${collected}${solved} ${step} ${tellDistance(value('klOldNew'), value('maxKl'))}`;
}

/** delta: the trust region that the update had, or would have had. */
function tellDistance(kl: number, delta: number): string {
  const [moved, limit] = [kl, delta].map((distance) => Number(distance.toPrecision(2)));
  if (kl <= delta) return `The policy moved by KL ${moved} of at most ${limit}.`;
  const ratio = kl / delta;
  const times = ratio < 2 ? 'further than' : `${Math.round(ratio)} times as far as`;
  return `The policy moved by KL ${moved}, ${times} the ${limit} that δ would allow.`;
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
