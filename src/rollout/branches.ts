import { maskSizeOf } from '../environments/actionMask.js';
import { EnvironmentError } from '../errors.js';
import type { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import { type ActionUnits, writeEnvironmentActions } from '../policy/actionUnits.js';
import { act } from '../policy/policyNetwork.js';
import type { ActionRows } from '../policy/policyRows.js';
import { predictValues } from '../value/valueNetwork.js';
import { type Place, settled, type TimeSlices } from '../vector/environmentCalls.js';
import { requireFiniteAction } from '../vector/environmentChecks.js';
import {
  copyRow,
  type ObservationRow,
  observationRow,
  type SteppedOutcomes,
  type SteppedVector,
} from '../vector/vectorEnvironment.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import { floatAt } from './batch.js';
import type { BranchRows, RolloutLayout } from './rolloutLayout.js';
import type { VineLayout } from './vine.js';

interface BranchPart extends BranchRows {
  readonly firstEnvironment: number;
  readonly scratch: Pointer;
}

interface BranchTools {
  readonly engine: Engine;
  readonly normalizer: ObservationNormalizer;
  readonly vector: SteppedVector;
  /** How each of its environments is named. */
  readonly places: readonly Place[];
  readonly units: ActionUnits;
  /** Awaited between the steps of a branch; throws to give the batch up. */
  readonly pause: () => Promise<void> | undefined;
}

type States = readonly ArrayLike<number>[];

/** Where one environment is on its branch. */
interface Branch {
  readonly observation: ObservationRow;
  /** Which choices may be taken there; absent where actions are not masked. */
  readonly mask?: Uint8Array;
  rewards: number;
  isUnderWay: boolean;
  /** gamma^t where it was cut after t steps, 0 where it terminated. */
  tailDiscount: number;
}

/**
 * Grows the branches of a vine in the environments of one collector, all at the same time. Draws are named by environment,
 * state and step, and not by the action tried: the branches of one state see the same random numbers.
 */
export class Branches {
  private readonly branches: readonly Branch[];
  private readonly all: readonly number[];
  private readonly environmentActions: Float64Array;
  /** The environments' states at each step of the rollout set. */
  private kept: States[] = [];

  /** Throws EnvironmentError for environments that cannot go back to a state. */
  constructor(
    private readonly tools: BranchTools,
    private readonly layout: RolloutLayout,
    private readonly vine: VineLayout,
    private readonly part: BranchPart,
  ) {
    const { vector } = tools;
    if (vector.saveStates === undefined || vector.restoreStates === undefined) {
      throw new EnvironmentError(
        'sampling = "vine" needs an environment with saveState() and restoreState(): branches go back to states of the trunk; add them or use sampling = "singlePath"',
      );
    }
    this.all = Array.from({ length: vector.count }, (_, index) => index);
    this.environmentActions = new Float64Array(vector.count * layout.batch.actionSize);
    const maskSize = maskSizeOf(vector.actionSpace);
    this.branches = this.all.map(() => ({
      observation: observationRow(vector.observationSpace),
      mask: maskSize === 0 ? undefined : new Uint8Array(maskSize),
      rewards: 0,
      isUnderWay: false,
      tailDiscount: 0,
    }));
  }

  /** Whether branches begin at this step of the batch; step 0 begins a new vine. */
  beginAt(step: number): boolean {
    if (step === 0) this.kept = [];
    return this.vine.trunkSteps[this.kept.length] === step;
  }

  /** Keeps the environments' states, whose observations are in the batch. */
  *keep(): TimeSlices {
    this.kept.push(yield* this.savedStates());
  }

  /** Fills the collector's rows of the vine after the trunk, which began at tick `ticks`; returns the steps made. */
  *grow(ticks: number): TimeSlices<number> {
    const { trunkSteps, actionsPerState } = this.vine;
    const states = trunkSteps.length;
    const trunkEnds = yield* this.savedStates();
    let made = 0;
    for (let state = 0; state < states; state++) {
      for (let action = 0; action < actionsPerState; action++) {
        made += yield* this.growFrom(state, action, ticks * states + state);
      }
    }
    yield* this.restore(trunkEnds);
    return made;
  }

  /** One branch in each environment. draw: number of the state among all states of the run. */
  private *growFrom(state: number, action: number, draw: number): TimeSlices<number> {
    const { branchSteps, gamma } = this.vine;
    const first = this.firstRow(state, action);
    yield* this.restore(this.kept[state]);
    this.begin(state, action, draw, first);
    let actions = floatAt(this.vine.actions, first * this.layout.batch.actionSize);
    let underWay = this.all.filter((index) => this.branches[index].isUnderWay);
    let discount = 1;
    let made = 0;
    for (let step = 0; step < branchSteps && underWay.length > 0; step++) {
      if (step > 0) actions = this.chooseActions(draw * branchSteps + step);
      this.takeActions(underWay, actions);
      const outcomes = yield* settled(this.tools.vector.step(underWay, this.environmentActions));
      this.record(underWay, outcomes, discount);
      made += underWay.length;
      underWay = underWay.filter((index) => this.branches[index].isUnderWay);
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
    const { count } = this.tools.vector;
    const trunkRow = this.vine.trunkSteps[state] * batch.environments + this.part.firstEnvironment;
    const copy = (to: Pointer, from: Pointer, width: number) => {
      const source = arena.int32(floatAt(from, trunkRow * width), count * width);
      arena.int32(floatAt(to, first * width), count * width).set(source);
    };
    let observations = floatAt(this.vine.observations, first * stride);
    if (batch.pool === undefined) {
      copy(this.vine.observations, batch.observations, stride);
    } else {
      copy(this.vine.frames, batch.frames, batch.pool.depth);
      observations = this.part.observations;
      kernels.readObservations(batch.frameRows, trunkRow, count, observations, stride);
    }
    const maskWords = batch.maskWords;
    const masks = floatAt(this.vine.masks, first * maskWords);
    const masksOfState = arena.uint8(masks, count * maskWords * 4);
    masksOfState.set(arena.uint8(floatAt(batch.masks, trunkRow * maskWords), count * maskWords * 4));
    const rows = {
      rows: count,
      observations,
      masks,
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
    this.branches.forEach((branch, index) => {
      branch.rewards = 0;
      branch.tailDiscount = 0;
      // what may not be chosen has probability 0, and its Q no weight
      const isForbidden =
        this.vine.triesAll && maskWords > 0 && masksOfState[index * maskWords * 4 + action] === 0;
      branch.isUnderWay = !isForbidden;
    });
  }

  private chooseActions(step: number): Pointer {
    const { engine } = this.tools;
    const { policy, seed, batch } = this.layout;
    this.normalizeObservations();
    this.writeMasks();
    const rows: ActionRows = { ...this.part, rows: this.tools.vector.count };
    const firstEnvironment = batch.environments + this.part.firstEnvironment;
    act(engine.kernels, policy, rows, this.part.scratch, { seed, step, firstEnvironment });
    return this.part.actions;
  }

  /** Packs the actions of the environments under way for them. */
  private takeActions(underWay: readonly number[], actions: Pointer): void {
    const { engine, vector, places, units } = this.tools;
    const { actionSize } = this.layout.batch;
    const view = engine.arena.float32(actions, vector.count * actionSize);
    underWay.forEach((index, row) => {
      requireFiniteAction(view, index * actionSize, actionSize, places[index]);
      const { environmentActions } = this;
      writeEnvironmentActions(units, view, index * actionSize, 1, environmentActions, row * actionSize);
    });
  }

  private record(underWay: readonly number[], outcomes: SteppedOutcomes, discount: number): void {
    const { observations, masks, rewards, terminated, truncated } = outcomes;
    underWay.forEach((index, row) => {
      const branch = this.branches[index];
      copyRow(branch.observation, observations, row);
      if (branch.mask !== undefined) copyRow(branch.mask, masks!, row);
      branch.rewards += discount * rewards[row];
      if (terminated[row] === 0 && truncated[row] === 0) return;
      branch.isUnderWay = false;
      branch.tailDiscount = terminated[row] !== 0 ? 0 : discount * this.vine.gamma;
    });
  }

  /** Writes the branches' sums; those still under way are cut here, after which the future counts by `discount`. */
  private finish(first: number, discount: number): void {
    const { arena, kernels } = this.tools.engine;
    const { count } = this.tools.vector;
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
    const target = engine.arena.float32(this.part.observations, this.tools.vector.count * stride);
    this.branches.forEach(({ observation }, index) => {
      normalizer.normalize(observation, target, index * stride);
    });
  }

  private writeMasks(): void {
    const rowBytes = this.layout.batch.maskWords * 4;
    if (rowBytes === 0) return;
    const target = this.tools.engine.arena.uint8(this.part.masks, this.branches.length * rowBytes);
    this.branches.forEach(({ mask }, index) => {
      target.set(mask!, index * rowBytes);
    });
  }

  /** The collector's first row of a state and an action. */
  private firstRow(state: number, action: number): number {
    const { actionsPerState, environments } = this.vine;
    return (state * actionsPerState + action) * environments + this.part.firstEnvironment;
  }

  private *savedStates(): TimeSlices<States> {
    return yield* settled(this.tools.vector.saveStates!(this.all));
  }

  private *restore(states: States): TimeSlices {
    yield* settled(this.tools.vector.restoreStates!(this.all, states));
  }
}
