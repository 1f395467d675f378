// Trains on an environment of your own: walk right along a corridor that slips.
import { Box, Discrete, RandomStream, train } from 'wasm-trpo';

class Corridor {
  observationSpace = new Box({ low: 0, high: 10, size: 1 });
  actionSpace = new Discrete(2); // 0 left, 1 right
  random = new RandomStream(0);

  reset({ seed } = {}) {
    if (seed !== undefined) this.random = new RandomStream(seed);
    this.place = 0;
    return { observation: [this.place] };
  }

  step(action) {
    const slips = this.random.uniform() < 0.1;
    this.place = Math.max(0, this.place + ((action === 1) !== slips ? 1 : -1));
    const terminated = this.place === 10;
    return { observation: [this.place], reward: terminated ? 10 : -1, terminated, truncated: false };
  }
}

const { trainer } = await train({ environment: () => new Corridor(), timesteps: 20_000, steps: 1000 });
console.log(
  'mean return',
  trainer.meanReturn,
  'at place 3:',
  trainer.policy.act([3], { deterministic: true }),
);
