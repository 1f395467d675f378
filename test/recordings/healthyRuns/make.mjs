// Makes healthyRuns.json: the progress of twenty short runs that learn as they should. Needs `npm run build` first:
//   node test/recordings/healthyRuns/make.mjs
// Numbers are rounded to six digits and times left out, so that the file stays small.
import { writeFile } from 'node:fs/promises';
import { createTrainer } from '../../../dist/node.js';

const TIMESTEPS = {
  'CartPole-v1': 50_000,
  'Pendulum-v1': 60_000,
  'Acrobot-v1': 60_000,
  'MountainCar-v0': 100_000,
  'MountainCarContinuous-v0': 40_000,
};
const SEEDS = [1, 2, 3, 4];
const TIMES = ['time/time_elapsed', 'time/fps', 'time/collect_ms', 'time/update_ms'];

const rounded = (value) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;

const runs = [];
for (const [environment, timesteps] of Object.entries(TIMESTEPS)) {
  for (const seed of SEEDS) {
    const trainer = await createTrainer({ environment, timesteps, seed, threads: 1, reproducible: true });
    const rows = [];
    for await (const { row } of trainer.iterations()) rows.push(row);
    await trainer.close();
    const columns = Object.keys(rows[0]).filter((key) => !TIMES.includes(key));
    const values = rows.map((row) => columns.map((key) => rounded(row[key])));
    runs.push({ environment, seed, columns, rows: values });
    const { meanReturn } = trainer;
    process.stderr.write(`${environment}, seed ${seed}: ${rows.length} rows, mean return ${meanReturn}\n`);
  }
}
const lines = runs.map((run) => JSON.stringify(run));
await writeFile(new URL('healthyRuns.json', import.meta.url), `[\n${lines.join(',\n')}\n]\n`);
