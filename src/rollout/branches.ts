import type { Action, Environment, StepResult } from '../environments/environment.js';
import { EnvironmentError } from '../errors.js';
import type { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import { toEnvironmentAction } from '../policy/distributionSpec.js';
import { act } from '../policy/policyNetwork.js';
import type { ActionRows } from '../policy/policyRows.js';
import { predictValues } from '../value/valueNetwork.js';
import { awaitAnswers, type Stretches } from '../vector/environmentCalls.js';
import {
  copyObservation,
  type Place,
  requireFiniteAction,
  requireOutcome,
} from '../vector/environmentChecks.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import { floatAt } from './batch.js';
import type { RolloutLayout } from './collector.js';
import type { VineLayout } from './vine.js';

/** Rows in the arena beside the vine, one for each environment of a group. */
export interface BranchRows extends ActionRows {
  /** float32 [environments] */
  readonly values: Pointer;
}

interface BranchPart extends BranchRows {
  readonly firstEnvironment: number;
  readonly scratch: Pointer;
}

/** Throws EnvironmentError for an environment that cannot go back to a state. */
export function requireBranching(environment: Environment): void {
  if (environment.saveState === undefined || environment.restoreState === undefined) {
    throw new EnvironmentError(
      'sampling = "vine" needs an environment with saveState() and restoreState(): branches go back to states of the trunk; add them or use sampling = "singlePath"',
    );
  }
}

interface BranchTools {
  readonly engine: Engine;
  readonly normalizer: ObservationNormalizer;
  /** These call environment `index`; its failures name it. */
  readonly step: (index: number, action: Action) => StepResult | Promise<StepResult>;
  /** Whether `Stretches` must be cut before the next of these calls. */
  readonly isCutDue: () => boolean;
  readonly savedState: (index: number) => Float64Array;
  readonly restoreState: (index: number, state: Float64Array) => void;
  readonly places: readonly Place[];
  /** Awaited between the steps of a branch; throws to give the batch up. */
  readonly pause: () => Promise<void> | undefined;
}

/** Where one environment is on its branch. */
interface Branch {
  readonly observation: Float64Array;
  rewards: number;
  isUnderWay: boolean;
  /** gamma^t where it was cut after t steps, 0 where it terminated. */
  tailDiscount: number;
}

/**
 * Grows the branches of a vine in the environments of one group, all at the same time. Draws are named by environment,
 * state and step, and not by the action tried: the branches of one state see the same random numbers.
 */
export class Branches {
  private readonly branches: readonly Branch[];
  /** The environments' states at each step of the rollout set. */
  private kept: (readonly Float64Array[])[] = [];

  constructor(
    private readonly tools: BranchTools,
    private readonly layout: RolloutLayout,
    private readonly vine: VineLayout,
    private readonly part: BranchPart,
    private readonly environments: readonly Environment[],
  ) {
    this.branches = environments.map(() => ({
      observation: new Float64Array(tools.normalizer.size),
      rewards: 0,
      isUnderWay: false,
      tailDiscount: 0,
    }));
  }

  /** Keeps the environments' states if branches begin at this step of the batch, whose observations are in the batch. */
  keep(step: number): void {
    if (step === 0) this.kept = [];
    if (this.vine.trunkSteps[this.kept.length] !== step) return;
    this.kept.push(this.savedStates());
  }

  /** Fills the group's rows of the vine after the trunk, which began at tick `ticks`; returns the steps made. */
  *grow(ticks: number): Stretches<number> {
    const { trunkSteps, actionsPerState } = this.vine;
    const states = trunkSteps.length;
    const trunkEnds = this.savedStates();
    let made = 0;
    for (let state = 0; state < states; state++) {
      for (let action = 0; action < actionsPerState; action++) {
        made += yield* this.growFrom(state, action, ticks * states + state);
      }
    }
    this.restore(trunkEnds);
    return made;
  }

  /** One branch in each environment. draw: number of the state among all states of the run. */
  private *growFrom(state: number, action: number, draw: number): Stretches<number> {
    const { branchSteps, gamma } = this.vine;
    const first = this.firstRow(state, action);
    this.restore(this.kept[state]);
    this.begin(state, action, draw, first);
    let actions = floatAt(this.vine.actions, first * this.layout.batch.actionSize);
    let discount = 1;
    let made = 0;
    for (let step = 0; step < branchSteps && this.isAnyUnderWay; step++) {
      if (step > 0) actions = this.chooseActions(draw * branchSteps + step);
      const outcomes = yield* awaitAnswers(yield* this.stepAll(actions));
      made += this.record(outcomes, discount);
      discount *= gamma;
      const pause = this.tools.pause();
      if (pause !== undefined) yield pause;
    }
    this.finish(first, discount);
    return made;
  }

  /** Copies the state's observations to its rows, and writes the actions to try. */
  private begin(state: number, action: number, draw: number, first: number): void {
    const { arena, kernels } = this.tools.engine;
    const { batch, policy, seed } = this.layout;
    const stride = batch.observationStride;
    const count = this.environments.length;
    const trunkRow = this.vine.trunkSteps[state] * batch.environments + this.part.firstEnvironment;
    const observations = floatAt(this.vine.observations, first * stride);
    arena
      .float32(observations, count * stride)
      .set(arena.float32(floatAt(batch.observations, trunkRow * stride), count * stride));
    const rows = {
      rows: count,
      observations,
      actions: floatAt(this.vine.actions, first * batch.actionSize),
      logProbabilities: floatAt(this.vine.logProbabilities, first),
    };
    if (this.vine.triesAll) {
      arena.float32(rows.actions, count).fill(action);
    } else {
      // streams of their own, behind those of the trunk and of the branches
      const firstEnvironment = 2 * batch.environments + this.part.firstEnvironment;
      const step = draw * this.vine.actionsPerState + action;
      act(kernels, policy, rows, this.part.scratch, { seed, step, firstEnvironment });
    }
    for (const branch of this.branches) {
      branch.rewards = 0;
      branch.tailDiscount = 0;
      branch.isUnderWay = true;
    }
  }

  private chooseActions(step: number): Pointer {
    const { engine } = this.tools;
    const { policy, seed, batch } = this.layout;
    this.normalizeObservations();
    const rows: ActionRows = { ...this.part, rows: this.environments.length };
    const firstEnvironment = batch.environments + this.part.firstEnvironment;
    act(engine.kernels, policy, rows, this.part.scratch, { seed, step, firstEnvironment });
    return this.part.actions;
  }

  /** Results of the branches under way, in their order. */
  private *stepAll(actions: Pointer): Stretches<(StepResult | Promise<StepResult>)[]> {
    const { actionSize } = this.layout.batch;
    const view = this.tools.engine.arena.float32(actions, this.environments.length * actionSize);
    const results: (StepResult | Promise<StepResult>)[] = [];
    for (const [index, { isUnderWay }] of this.branches.entries()) {
      if (!isUnderWay) continue;
      if (this.tools.isCutDue()) yield;
      requireFiniteAction(view, index * actionSize, actionSize, this.tools.places[index]);
      const { actionSpace } = this.environments[index];
      results.push(this.tools.step(index, toEnvironmentAction(actionSpace, view, index * actionSize)));
    }
    return results;
  }

  /** Takes the results in; returns how many there were. */
  private record(outcomes: readonly StepResult[], discount: number): number {
    let next = 0;
    this.branches.forEach((branch, index) => {
      if (!branch.isUnderWay) return;
      const outcome = outcomes[next++];
      const place = this.tools.places[index];
      requireOutcome(outcome, place);
      copyObservation(branch.observation, outcome.observation, 'step', place);
      branch.rewards += discount * outcome.reward;
      if (!outcome.terminated && !outcome.truncated) return;
      branch.isUnderWay = false;
      branch.tailDiscount = outcome.terminated ? 0 : discount * this.vine.gamma;
    });
    return next;
  }

  /** Writes the branches' sums; those still under way are cut here, after which the future counts by `discount`. */
  private finish(first: number, discount: number): void {
    const { arena, kernels } = this.tools.engine;
    const count = this.environments.length;
    this.normalizeObservations();
    predictValues(kernels, this.layout.value, { ...this.part, rows: count }, this.part.scratch);
    const values = arena.float32(this.part.values, count);
    const rewards = arena.float32(floatAt(this.vine.branchRewards, first), count);
    const tails = arena.float32(floatAt(this.vine.branchTails, first), count);
    this.branches.forEach((branch, index) => {
      rewards[index] = branch.rewards;
      const tailDiscount = branch.isUnderWay ? discount : branch.tailDiscount;
      // a terminated branch's last observation may have any value
      tails[index] = tailDiscount === 0 ? 0 : tailDiscount * values[index];
    });
  }

  private normalizeObservations(): void {
    const { engine, normalizer } = this.tools;
    const stride = this.layout.batch.observationStride;
    const target = engine.arena.float32(this.part.observations, this.environments.length * stride);
    this.branches.forEach(({ observation }, index) => {
      normalizer.normalize(observation, target, index * stride);
    });
  }

  /** The group's first row of a state and an action. */
  private firstRow(state: number, action: number): number {
    const { actionsPerState, environments } = this.vine;
    return (state * actionsPerState + action) * environments + this.part.firstEnvironment;
  }

  private savedStates(): Float64Array[] {
    return this.environments.map((_, index) => this.tools.savedState(index));
  }

  private restore(states: readonly Float64Array[]): void {
    states.forEach((state, index) => {
      this.tools.restoreState(index, state);
    });
  }

  private get isAnyUnderWay(): boolean {
    return this.branches.some(({ isUnderWay }) => isUnderWay);
  }
}
