import type { AlgorithmParts } from '../../../src/algorithms/algorithm.js';
import { PolicyObjective } from '../../../src/algorithms/objective.js';
import { padToLanes } from '../../../src/network/parameterLayout.js';
import { distributionFor } from '../../../src/policy/distributionSpec.js';
import { type ActionDraw, act, PolicyNetwork } from '../../../src/policy/policyNetwork.js';
import { type ActionRows, policyColumns, reserveRows } from '../../../src/policy/policyRows.js';
import { floatAt } from '../../../src/rollout/batch.js';
import type { Engine } from '../../../src/wasm/load.js';
import { ShardTeam } from '../../../src/wasm/shardTeam.js';
import { networkOf } from '../../support/networks.js';
import { maskColumn, withStride } from './numbers.js';
import { actionSpaceOf, type RandomPolicy } from './randomPolicy.js';
import { type Build, engineOf } from './wasm.js';

export interface PlacedPolicy {
  readonly engine: Engine;
  readonly policy: PolicyNetwork;
  readonly objective: PolicyObjective;
  /** The rows of the batch, and where actions on them go. */
  readonly out: ActionRows;
  /** Acts on the first `rows` rows from `first` on, with the policy's own parameters. */
  act(rows: number, draw?: ActionDraw, first?: number): void;
  /** Inputs of the distributions of all rows [rows x inputSize]. */
  distributionInputs(): Float32Array;
  /** Live views of the batch. */
  readonly actions: Float32Array;
  readonly logProbabilities: Float32Array;
  readonly advantages: Float32Array;
}

/**
 * A random policy inside the kernels, its batch and objective in reach; log-probabilities are 0 at first. What a test needs
 * besides is reserved by `reserve`.
 */
export function placePolicy(
  build: Build,
  { shape, theta, batch, masks: givenMasks }: RandomPolicy,
  reserve?: (parts: Omit<AlgorithmParts, 'seed'>, objective: PolicyObjective) => void,
): PlacedPolicy {
  const engine = engineOf(build);
  const { arena } = engine;
  const { rows, inputSize } = shape;
  const distribution = distributionFor(actionSpaceOf(shape.distribution));
  const spec = networkOf({ ...shape, outputSize: distribution.inputSize });
  const policy = new PolicyNetwork(engine, spec, distribution);
  const stride = padToLanes(inputSize);
  const out = reserveRows(arena, 'batch', policyColumns(policy), rows);
  const { observations, masks, actions, advantages, logProbabilities } = out;
  const team = new ShardTeam(engine, [policy.scratchNeed]);
  const parts = { engine, policy, rows: out, team };
  const objective = new PolicyObjective(engine, policy, out, team);
  reserve?.(parts, objective);
  const inputs = arena.reserveFloat32('distribution inputs', rows * distribution.inputSize);
  arena.seal();
  policy.setParameters(theta);
  arena.float32(observations, rows * stride).set(withStride(batch.observations, inputSize, stride));
  const { maskWords } = distribution;
  arena.uint8(masks, rows * maskWords * 4).set(maskColumn(givenMasks, distribution));
  const actionView = arena.float32(actions, rows * distribution.actionSize);
  actionView.set(batch.actions);
  const advantageView = arena.float32(advantages, rows);
  advantageView.set(batch.advantages);
  return {
    engine,
    policy,
    objective,
    out,
    act: (actingRows, draw, first = 0) => {
      const place = {
        rows: actingRows,
        observations: floatAt(observations, first * stride),
        masks: floatAt(masks, first * maskWords),
        actions: floatAt(actions, first * distribution.actionSize),
        logProbabilities: floatAt(logProbabilities, first),
      };
      act(engine.kernels, policy.pointers, place, team.scratch, draw);
    },
    distributionInputs: () => {
      const { network, distribution: kind, parameters } = policy.pointers;
      const { scratch } = team;
      engine.kernels.distributionInputs(
        network,
        kind,
        parameters,
        observations,
        masks,
        rows,
        inputs,
        scratch,
      );
      return arena.float32(inputs, rows * distribution.inputSize);
    },
    actions: actionView,
    logProbabilities: arena.float32(logProbabilities, rows),
    advantages: advantageView,
  };
}
