import type { Action, Environment, Info, ResetOptions } from '../environments/environment.js';
import { flattenSpace } from '../environments/flatSpace.js';
import { writeObservation } from '../environments/flattenObservation.js';
import { type Box, isMasked } from '../environments/spaces.js';
import { type Observation, structureOf } from '../environments/structuredSpaces.js';
import { RandomStream, StreamPurpose } from '../random/philox.js';
import { ActionMasks } from '../vector/actionMasks.js';
import type { EnvironmentCalls } from '../vector/environmentCalls.js';
import { copyState, requireAnswer, requireOutcome, toldFrom } from '../vector/environmentChecks.js';
import type { Answer } from '../vector/vectorEnvironment.js';
import { extremeActions, maskOfOne, sampleAction } from './actions.js';
import { hasEnded, type Moment, type Trace } from './moments.js';

/** Seeds the actions of every episode: the same ones each time. */
const ACTION_SEED = 2024;

/** A state as a checkpoint holds it, and the mask that was told there. */
export interface SavedMoment {
  readonly state: readonly number[];
  readonly mask?: readonly number[];
}

/**
 * An environment whose answers are checked and copied, observations flat, since it may reuse its arrays. Throws EnvironmentError, ShapeError or
 * NonFiniteError naming the step where it fails, is late, or answers what it must not.
 */
export class PlayedEnvironment {
  /** Of flat observations. */
  readonly observationSpace: Box;
  /** Which choices may be taken now, where the action space is masked and an episode is running. */
  mask?: readonly number[];
  private readonly masks: ActionMasks;
  private steps = 0;

  constructor(
    readonly inner: Environment,
    private readonly name: string,
    private readonly calls: EnvironmentCalls,
  ) {
    this.observationSpace = flattenSpace(inner.observationSpace);
    this.masks = new ActionMasks(inner.actionSpace, 1);
  }

  readonly place = (): string => `${this.name} (step ${this.steps})`;

  /** What a call answers in time. Throws EnvironmentError, whose cause is what the call threw unless it is late. */
  async ask<Result>(method: string, call: () => Answer<Result>): Promise<Result> {
    return this.calls.ask(this.place, method, call);
  }

  /** The first observation of a new episode. */
  async reset(options?: ResetOptions): Promise<number[]> {
    this.steps = 0;
    const answer = await this.ask('reset', () => this.inner.reset(options));
    requireAnswer(answer, 'reset', this.place);
    this.see(answer.info, 'reset');
    return this.copied(answer.observation, 'reset');
  }

  async step(action: Action): Promise<Moment> {
    this.steps++;
    const answer = await this.ask('step', () => this.inner.step(action));
    requireOutcome(answer, this.place);
    const { observation, reward, terminated, truncated } = answer;
    if (!hasEnded(answer)) this.see(answer.info, 'step');
    const { mask } = this;
    const moment = { observation: this.copied(observation, 'step'), reward, terminated, truncated };
    return hasEnded(moment) ? moment : { ...moment, mask };
  }

  /** Takes the mask in what reset() or step() told. */
  see(info: Info | undefined, method: 'reset' | 'step'): void {
    this.masks.take(0, info, method, this.place);
    if (this.masks.rows !== undefined) this.mask = Array.from(this.masks.rows);
  }

  /** Random actions, the same ones each time, up to the end of the running episode or so many steps. */
  async playOn(most: number): Promise<Moment[]> {
    const random = actionStream();
    const moments: Moment[] = [];
    while (moments.length < most) {
      const moment = await this.step(this.sample(random));
      moments.push(moment);
      if (hasEnded(moment)) break;
    }
    return moments;
  }

  async playEpisode(seed: number, most: number): Promise<Trace> {
    const first = await this.reset({ seed });
    return { first, moments: await this.playOn(most) };
  }

  /** Whether an episode of random actions ends within so many steps. */
  async ends(seed: number, most: number): Promise<boolean> {
    const random = actionStream();
    await this.reset({ seed });
    for (let step = 0; step < most; step++) if (hasEnded(await this.step(this.sample(random)))) return true;
    return false;
  }

  sample(random: RandomStream): Action {
    return sampleAction(this.inner.actionSpace, random, this.mask);
  }

  /** The same with a choice that the mask allows, by its place there. */
  sampleWith(place: number): Action {
    const { actionSpace } = this.inner;
    const mask = isMasked(actionSpace) ? maskOfOne(actionSpace, this.mask!, place) : undefined;
    return sampleAction(actionSpace, actionStream(), mask);
  }

  /** The members of the action space at its bounds, of those that may be taken now. */
  extremeActions(): [least: Action, greatest: Action] {
    return extremeActions(this.inner.actionSpace, this.mask);
  }

  save(): SavedMoment {
    const state = this.calls.call(this.place, 'saveState', () => this.inner.saveState!());
    return { state: Array.from(copyState(state, 'saveState', this.place)), mask: this.mask };
  }

  restore({ state, mask }: SavedMoment): void {
    this.calls.call(this.place, 'restoreState', () => this.inner.restoreState!(state));
    this.mask = mask;
  }

  /** What reset() or step() returned, flat. */
  copied(observation: Observation, method: 'reset' | 'step'): number[] {
    const { observationSpace } = this;
    const copy = new Float64Array(observationSpace.size);
    const shownSpace = structureOf(observationSpace) ?? observationSpace;
    writeObservation(copy, 0, shownSpace, observation, toldFrom(this.place, method));
    return Array.from(copy);
  }
}

export function actionStream(): RandomStream {
  return new RandomStream(ACTION_SEED, StreamPurpose.actions);
}
