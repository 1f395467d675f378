// Looks at every iteration, stops when good enough, and keeps the policy as a file.
import { writeFile } from 'node:fs/promises';
import { createTrainer, evaluate, loadPolicy, makeEnvironment } from 'wasm-trpo';

const trainer = await createTrainer({ environment: 'CartPole-v1', seed: 1 });
const enough = new AbortController();
for await (const { iteration, timesteps, meanReturn, report } of trainer.iterations(enough.signal)) {
  const { accepted, meanKlOldNew, reason } = report.step;
  console.log(iteration, timesteps, meanReturn, accepted ? `KL ${meanKlOldNew.toFixed(4)}` : reason);
  if (meanReturn > 200) enough.abort();
}
await writeFile('policy.safetensors', trainer.encodePolicy());

const policy = await loadPolicy('policy.safetensors');
const { meanReturn } = await evaluate(policy, makeEnvironment('CartPole-v1'), { episodes: 20 });
console.log('evaluated', meanReturn);
