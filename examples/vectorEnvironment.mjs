// Trains on a simulator of your own that steps many environments at once (corridors.mjs), in all threads.
import { evaluate, train } from 'wasm-trpo';
import { Corridors } from './corridors.mjs';

const { trainer } = await train({
  environment: { module: new URL('./corridors.mjs', import.meta.url).href, export: 'makeCorridors' },
  environmentName: 'Corridors',
  environments: 64,
  steps: 64,
  timesteps: 60_000,
});
const { meanReturn } = await evaluate(trainer.policy, new Corridors(8), { episodes: 40 });
console.log('mean return', meanReturn);
