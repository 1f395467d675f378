import { exp } from '../numbers/exp.js';
import { type PolicyRowShape, type PolicyRows, reservePolicyRows } from '../policy/policyRows.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import type { BatchLayout } from './batch.js';

export interface VineShape {
  /** Steps of the batch, ascending, whose states branches begin at: the rollout set has them of every environment. */
  readonly trunkSteps: readonly number[];
  /** Actions tried in each of them. */
  readonly actionsPerState: number;
  /** Whether they are all actions there are, rather than draws of the policy. */
  readonly triesAll: boolean;
  /** Most steps of a branch. */
  readonly branchSteps: number;
  /** Discount of rewards along a branch. */
  readonly gamma: number;
}

/**
 * Where the rows of a vine lie, as plain numbers that any thread can be told: one row for each action tried,
 * row = (state x actionsPerState + action) x environments + environment.
 */
export interface VineLayout extends VineShape, PolicyRows {
  readonly environments: number;
  /** float32 [rows]: the branch's discounted sum of the environment's own rewards. */
  readonly branchRewards: Pointer;
  /** float32 [rows]: gamma^t V of where the branch was cut after t steps; 0 where it terminated. */
  readonly branchTails: Pointer;
}

/**
 * The vine's rows (arXiv:1502.05477, section 5.2): in states of the trunk trajectories several actions are tried, each
 * followed by a short branch under the policy with the same random numbers, which estimates Q(s, a).
 */
export class Vine {
  private constructor(
    private readonly engine: Engine,
    readonly layout: VineLayout,
  ) {}

  static reserve(engine: Engine, policy: PolicyRowShape, batch: BatchLayout, shape: VineShape): Vine {
    const { environments } = batch;
    const rows = shape.trunkSteps.length * shape.actionsPerState * environments;
    const reserve = (name: string) => engine.arena.reserveFloat32(`vine ${name}`, rows);
    return new Vine(engine, {
      ...shape,
      environments,
      ...reservePolicyRows(engine.arena, 'vine', policy, rows, batch.pool),
      branchRewards: reserve('branch rewards'),
      branchTails: reserve('branch tails'),
    });
  }

  /**
   * Advantages that make the mean over rows of ratio x advantage an estimate of the surrogate L, up to a constant:
   * where all K actions are tried, L = mean over states of sum_k pi(a_k|s) Q_k (eq. 15, and eq. 16 too, whose denominators
   * are then sum_k pi(a_k|s) = 1), K pi_old(a_k|s) (Q_k - V) with V = sum_k pi_old(a_k|s) Q_k; where they are drawn,
   * Q_k - mean_k Q_k, which has the value and the gradient of the self-normalised estimator (eq. 16) at pi_old.
   * rewardFactor: what rewards are scaled by for the value function.
   */
  estimateAdvantages(rewardFactor: number, normalize: boolean): void {
    const { rows, environments, actionsPerState, triesAll } = this.layout;
    const rewards = this.view(this.layout.branchRewards);
    const tails = this.view(this.layout.branchTails);
    const logProbabilities = this.view(this.layout.logProbabilities);
    const advantages = this.view(this.layout.advantages);
    const places = Array.from({ length: actionsPerState }, (_, action) => action * environments);
    for (let block = 0; block < rows; block += actionsPerState * environments) {
      for (let first = block; first < block + environments; first++) {
        const qs = places.map((place) => rewardFactor * rewards[first + place] + tails[first + place]);
        const weights = places.map((place) =>
          triesAll ? exp(logProbabilities[first + place]) : 1 / actionsPerState,
        );
        const value = qs.reduce((sum, q, action) => sum + weights[action] * q, 0);
        places.forEach((place, action) => {
          advantages[first + place] = actionsPerState * weights[action] * (qs[action] - value);
        });
      }
    }
    if (normalize) this.scaleAdvantages();
  }

  /** To deviation 1; the mean is 0 in every state already. */
  private scaleAdvantages(): void {
    const { kernels } = this.engine;
    const { advantages, rows } = this.layout;
    const deviation = kernels.standardDeviationOf(advantages, rows, 0);
    if (deviation !== 0) kernels.centreAndScale(advantages, rows, 0, 1 / deviation);
  }

  private view(pointer: Pointer): Float32Array {
    return this.engine.arena.float32(pointer, this.layout.rows);
  }
}
