import type { Action, Environment, Info, ResetResult, StepResult } from '../environments/environment.js';
import { flattenSpace } from '../environments/flatSpace.js';
import { type Told, writeObservation } from '../environments/flattenObservation.js';
import { type ActionSpace, actionSizeOf, type Box } from '../environments/spaces.js';
import { type Observation, type ObservationSpace, structureOf } from '../environments/structuredSpaces.js';
import { EnvironmentError } from '../errors.js';
import type { Scene } from '../render/scene.js';
import type { SolidScene } from '../render/solidScene.js';
import { ActionMasks } from './actionMasks.js';
import { EnvironmentCalls, type Place } from './environmentCalls.js';
import { copyState, requireAnswer, requireOutcome, toldFrom } from './environmentChecks.js';
import { holdEnvironments } from './environmentUse.js';
import { Peers } from './peers.js';
import {
  type Answer,
  type EnvironmentPlaces,
  isPromise,
  type ObservationRow,
  observationRow,
  type SteppedVector,
  type VectorOutcomes,
} from './vectorEnvironment.js';

const PLAIN_PLACES: EnvironmentPlaces = {
  one: (index) => `The environment ${index} of the vector`,
  all: () => 'the environments of the vector',
};

/**
 * Ordinary environments as one vector: they are called one after the other, promises are awaited side by side, every answer is
 * checked, observations are flattened. Throws EnvironmentError, ShapeError or NonFiniteError naming the environment that failed.
 */
export class EnvironmentVector implements SteppedVector {
  readonly count: number;
  /** Of flat observations. */
  readonly observationSpace: Box;
  readonly actionSpace: ActionSpace;
  readonly stepsPerSecond?: number;
  /** Where every environment has saveState and restoreState. */
  readonly saveStates?: (which: readonly number[]) => Answer<readonly Float64Array[]>;
  readonly restoreStates?: (which: readonly number[], states: readonly ArrayLike<number>[]) => Answer<void>;
  /** Where every environment has it. */
  readonly render?: (index: number) => Scene;
  readonly renderSolids?: (index: number) => SolidScene;
  private readonly places: readonly Place[];
  /** How messages about the observations of each environment begin. */
  private readonly told: readonly { readonly reset: Told; readonly step: Told }[];
  /** What the environments show. */
  private readonly shownSpace: ObservationSpace;
  private readonly observationSize: number;
  private readonly actionSize: number;
  private readonly observations: ObservationRow;
  private readonly masks: ActionMasks;
  private readonly outcomes: VectorOutcomes & {
    readonly masks?: Uint8Array;
    readonly infos: (Info | undefined)[];
    readonly rewards: Float64Array;
    readonly terminated: Uint8Array;
    readonly truncated: Uint8Array;
  };

  /** calls, places: how the environments are called, and named where they fail. */
  constructor(
    private readonly environments: readonly Environment[],
    private readonly calls = new EnvironmentCalls(0),
    private readonly names: EnvironmentPlaces = PLAIN_PLACES,
  ) {
    if (environments.length === 0) {
      throw new EnvironmentError('A vector of 0 environments cannot be stepped; give at least one');
    }
    const peers = new Peers((index) => `the environment ${index} of the vector`);
    for (const environment of environments) peers.add(environment);
    holdEnvironments(this, environments);
    const [{ observationSpace, actionSpace, stepsPerSecond }] = environments;
    this.count = environments.length;
    this.observationSpace = flattenSpace(observationSpace);
    this.shownSpace = structureOf(this.observationSpace) ?? this.observationSpace;
    this.actionSpace = actionSpace;
    this.stepsPerSecond = stepsPerSecond;
    this.places = environments.map((_, index) => () => names.one(index));
    this.told = this.places.map((place) => ({
      reset: toldFrom(place, 'reset'),
      step: toldFrom(place, 'step'),
    }));
    this.observationSize = this.observationSpace.size;
    this.actionSize = actionSizeOf(actionSpace);
    this.observations = observationRow(this.observationSpace, this.count);
    this.masks = new ActionMasks(actionSpace, this.count);
    this.outcomes = {
      masks: this.masks.rows,
      observations: this.observations,
      rewards: new Float64Array(this.count),
      terminated: new Uint8Array(this.count),
      truncated: new Uint8Array(this.count),
      infos: new Array<Info | undefined>(this.count).fill(undefined),
    };
    if (environments.every(({ saveState, restoreState }) => saveState && restoreState)) {
      this.saveStates = (which) => this.save(which);
      this.restoreStates = (which, states) => this.restore(which, states);
    }
    if (environments.every(({ render }) => render)) {
      this.render = (index) => environments[index].render!();
    }
    if (environments.every(({ renderSolids }) => renderSolids)) {
      this.renderSolids = (index) => environments[index].renderSolids!();
    }
  }

  reset(which: readonly number[], seeds?: readonly number[]): ReturnType<SteppedVector['reset']> {
    const begun = this.forEach(which, (row, index) => {
      const environment = this.environments[index];
      const options = seeds === undefined ? undefined : { seed: seeds[row] };
      const answer = this.calls.ask(this.places[index], 'reset', () => environment.reset(options));
      return isPromise(answer)
        ? answer.then((result) => this.takeReset(row, index, result))
        : this.takeReset(row, index, answer);
    });
    // what a reset answers is a part of what a step does
    return begun === undefined ? this.outcomes : begun.then(() => this.outcomes);
  }

  step(which: readonly number[], actions: ArrayLike<number>): ReturnType<SteppedVector['step']> {
    const { calls } = this;
    // without closures and promises as long as answers come at once: this is what a rollout spends its time on
    for (let row = 0; row < which.length; row++) {
      if (calls.isCutDue) return this.stepOthers(which, actions, row);
      const index = which[row];
      const answer = this.stepOne(row, index, actions);
      if (isPromise(answer)) {
        return this.stepOthers(which, actions, row + 1, this.takePromisedStep(row, index, answer));
      }
      this.takeStep(row, index, answer);
    }
    return this.outcomes;
  }

  /** Closes all of them. Throws EnvironmentError with the first failure, after the others are closed too. */
  async close(): Promise<void> {
    let failure: EnvironmentError | undefined;
    for (const [index, environment] of this.environments.entries()) {
      try {
        await environment.close?.();
      } catch (cause) {
        const message = cause instanceof Error ? cause.message : String(cause);
        failure ??= new EnvironmentError(
          `${this.names.one(index)} threw in close(): ${message}; what was trained is whole and saved`,
          { cause },
        );
      }
    }
    if (failure !== undefined) throw failure;
  }

  /** The rest of a step whose answers do not all come at once. */
  private async stepOthers(
    which: readonly number[],
    actions: ArrayLike<number>,
    first: number,
    pending?: Promise<void>,
  ): Promise<VectorOutcomes> {
    const take = (row: number, index: number) => {
      const answer = this.stepOne(row, index, actions);
      return isPromise(answer)
        ? this.takePromisedStep(row, index, answer)
        : this.takeStep(row, index, answer);
    };
    await this.forEach(which, take, first, pending && [pending]);
    return this.outcomes;
  }

  private stepOne(row: number, index: number, actions: ArrayLike<number>): Answer<StepResult<Observation>> {
    return this.calls.askToStep(this.environments[index], this.actionOf(actions, row), this.places[index]);
  }

  private takePromisedStep(
    row: number,
    index: number,
    answer: Promise<StepResult<Observation>>,
  ): Promise<void> {
    return answer.then((result) => this.takeStep(row, index, result));
  }

  /**
   * Calls `take` for each row from `first` on, and the number of its environment. Promises are awaited together: with the first
   * failure this fails too, and the others are handled whatever becomes of them.
   */
  private forEach(
    which: readonly number[],
    take: (row: number, index: number) => Answer<void>,
    first = 0,
    pending: Promise<unknown>[] = [],
  ): Promise<unknown> | undefined {
    // handled at once: what is thrown below, or ends a call that does not return, leaves nobody to await them
    const handle = (promise: Promise<unknown>) => {
      promise.catch(() => {});
    };
    pending.forEach(handle);
    for (let row = first; row < which.length; row++) {
      if (this.calls.isCutDue) {
        const others = () => this.forEach(which, take, row) as Answer<unknown>;
        pending.push(this.calls.runNext(this.names.all(), others));
        break;
      }
      const taken = take(row, which[row]);
      if (taken === undefined) continue;
      handle(taken);
      pending.push(taken);
    }
    return pending.length === 0 ? undefined : Promise.all(pending);
  }

  private takeReset(row: number, index: number, answer: ResetResult<Observation>): void {
    requireAnswer(answer, 'reset', this.places[index]);
    this.outcomes.infos[row] = answer.info;
    this.masks.take(row, answer.info, 'reset', this.places[index]);
    this.takeObservation(row, index, answer.observation, 'reset');
  }

  private takeStep(row: number, index: number, result: StepResult<Observation>): void {
    requireOutcome(result, this.places[index]);
    const { rewards, terminated, truncated, infos } = this.outcomes;
    infos[row] = result.info;
    rewards[row] = result.reward;
    terminated[row] = result.terminated ? 1 : 0;
    truncated[row] = result.truncated ? 1 : 0;
    // after the last step nothing is chosen
    if (!result.terminated && !result.truncated) {
      this.masks.take(row, result.info, 'step', this.places[index]);
    }
    this.takeObservation(row, index, result.observation, 'step');
  }

  private takeObservation(
    row: number,
    index: number,
    observation: Observation,
    method: 'reset' | 'step',
  ): void {
    const told = this.told[index][method];
    writeObservation(this.observations, row * this.observationSize, this.shownSpace, observation, told);
  }

  /** A whole number for Discrete, an array for the other spaces. */
  private actionOf(actions: ArrayLike<number>, row: number): Action {
    const size = this.actionSize;
    if (this.actionSpace.kind === 'Discrete') return actions[row];
    const action = new Array<number>(size);
    for (let i = 0; i < size; i++) action[i] = actions[row * size + i];
    return action;
  }

  private save(which: readonly number[]): Answer<readonly Float64Array[]> {
    const states: Float64Array[] = [];
    const saved = this.forEach(which, (row, index) => {
      const place = this.places[index];
      const state: unknown = this.calls.call(place, 'saveState', () => this.environments[index].saveState!());
      states[row] = copyState(state, 'saveState', place);
    });
    return saved === undefined ? states : saved.then(() => states);
  }

  private restore(which: readonly number[], states: readonly ArrayLike<number>[]): Answer<void> {
    return this.forEach(which, (row, index) => {
      const environment = this.environments[index];
      this.calls.call(this.places[index], 'restoreState', () => environment.restoreState!(states[row]));
    }) as Answer<void>;
  }
}
