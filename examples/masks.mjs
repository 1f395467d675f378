// Trains on a card game in which most cards may not be played (stairs.mjs), with and without the mask that says which.
import { evaluate, train } from 'wasm-trpo';
import { Stairs } from './stairs.mjs';

for (const masked of [true, false]) {
  const environment = () => new Stairs({ masked });
  const { trainer } = await train({ environment, timesteps: 50_000, steps: 500 });
  const { meanReturn } = await evaluate(trainer.policy, environment(), { episodes: 200 });
  console.log(masked ? 'with' : 'without', 'masks:', meanReturn, 'cards');
}
