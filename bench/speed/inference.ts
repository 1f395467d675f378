import { makeEnvironment } from '../../src/environments/index.js';
import { distributionFor } from '../../src/policy/distributionSpec.js';
import { policyNetworkSpec } from '../../src/policy/policySpec.js';
import { Trainer } from '../../src/training/trainer.js';
import { mlpOf } from '../../test/support/networks.js';
import { forward, parameterCount } from '../../test/twins/mlp.js';
import type { BenchContext } from '../report/section.js';
import { median } from '../report/statistics.js';
import type { Row, Table } from '../report/table.js';

const CALLS = 20_000;
const SAMPLES = 15;

/** Microseconds of `policy.act` for one observation, 64-64, checked against the float64 twin first. */
export async function inference({ module }: BenchContext): Promise<Table[]> {
  const rows: Row[] = [];
  for (const environment of ['CartPole-v1', 'Pendulum-v1', 'Acrobot-v1']) {
    const runtime = { module, variant: 'bench', yieldToEventLoop: async () => {} };
    // a large head, so that a wrong action would show
    const trainer = await Trainer.create(runtime, {
      environment,
      normalizeObservations: false,
      policyOutputGain: 3,
    });
    const { policy } = trainer;
    const observations = Array.from({ length: 64 }, (_, seed) => {
      return Array.from(firstObservation(environment, seed));
    });
    for (const observation of observations) verify(trainer, observation);
    const time = (deterministic: boolean) => {
      const samples: number[] = [];
      for (let sample = 0; sample < SAMPLES; sample++) {
        const start = performance.now();
        for (let call = 0; call < CALLS; call++) policy.act(observations[call & 63], { deterministic });
        samples.push((1000 * (performance.now() - start)) / CALLS);
      }
      return median(samples).toFixed(2);
    };
    rows.push({ environment, 'deterministic us': time(true), 'sampled us': time(false) });
  }
  return [
    {
      title: 'Inference: policy.act for one observation, 64-64 policy',
      notes: ['microseconds, medians; verified: deterministic actions equal those of the float64 twin'],
      rows,
    },
  ];
}

function firstObservation(environment: string, seed: number): ArrayLike<number> {
  const result = makeEnvironment(environment).reset({ seed });
  if (result instanceof Promise) throw new Error(`${environment} answers with a promise`);
  return result.observation;
}

/** Throws unless the deterministic action is that of the float64 twin. */
function verify({ policy }: Trainer, observation: number[]): void {
  const { spec } = policy;
  const isBox = spec.actionSpace.kind === 'Box';
  const network = mlpOf(policyNetworkSpec(spec, distributionFor(spec.actionSpace)));
  // log standard deviations follow the network's own parameters
  const parameters = Float64Array.from(policy.getParameters()).slice(0, parameterCount(network));
  const outputs = [...forward(network, parameters, Float64Array.from(observation), 1)];
  const action = policy.act(observation, { deterministic: true });
  const { low, high } = spec.actionSpace as { low?: readonly number[]; high?: readonly number[] };
  const sound = isBox
    ? outputs.every((mean, i) => {
        const clipped = Math.min(Math.max(mean, low![i]), high![i]);
        return Math.abs(clipped - (action as ArrayLike<number>)[i]) < 1e-5;
      })
    : outputs.indexOf(Math.max(...outputs)) === action;
  if (!sound) throw new Error(`act gave ${action} for outputs ${outputs}`);
}
