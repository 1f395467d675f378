import { type Training, train } from 'wasm-trpo/browser';

/** Trains on the corridor; `show` gets a line for each iteration. */
export function trainOnCorridor(show: (line: string) => void): Training {
  return train({
    environment: 'Corridor',
    worker: () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }),
    timesteps: 20_000,
    steps: 1000,
    onStart: ({ threads }) => show(`training, threads: ${threads}`),
    onIteration: ({ timesteps, meanReturn }) => show(`${timesteps} steps: mean return ${meanReturn}`),
  });
}
