import type { Environment } from '../../src/environments/environment.js';
import { Box } from '../../src/environments/spaces.js';
import { RandomStream } from '../../src/random/philox.js';
import { WORKLOADS } from './workloads.js';

const EPISODE_STEPS = 1000;
const TASK_PURPOSE = 51;

/** A task with the spaces of a workload: every observation a sine, the cost of a step about that of a classic one. */
function taskOf(name: string): Environment {
  const { observationSize, actionSpace } = WORKLOADS.find((workload) => workload.name === name)!;
  const observation = new Float64Array(observationSize);
  let step = 0;
  return {
    observationSpace: new Box({ low: -1, high: 1, size: observationSize }),
    actionSpace,
    reset: ({ seed = 0 } = {}) => {
      const random = new RandomStream(seed, TASK_PURPOSE, 0);
      for (let i = 0; i < observationSize; i++) observation[i] = random.uniformBetween(-1, 1);
      step = 0;
      return { observation };
    },
    step: (action) => {
      const push = typeof action === 'number' ? action : action[0];
      for (let i = 0; i < observationSize; i++)
        observation[i] = Math.sin(2 * observation[i] + i + 0.1 * push);
      const truncated = ++step === EPISODE_STEPS;
      return { observation, reward: observation[0] * push, terminated: false, truncated };
    },
  };
}

export const W1 = () => taskOf('W1');
export const W2 = () => taskOf('W2');
export const W3 = () => taskOf('W3');
