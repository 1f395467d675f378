import { maskSizeOf } from '../environments/actionMask.js';
import type { Action, Environment } from '../environments/environment.js';
import { flattenSpace } from '../environments/flatSpace.js';
import { requireEnvironment } from '../environments/requireEnvironment.js';
import { type DescribedObservations, describeSpaces } from '../environments/spaceJson.js';
import { actionSizeOf, type Box } from '../environments/spaces.js';
import { structureOf } from '../environments/structuredSpaces.js';
import { EnvironmentError, MismatchError, OptionError } from '../errors.js';
import { turnOfEventLoop } from '../platform/eventLoop.js';
import type { Policy } from '../policy/policy.js';
import { describeSpaces as describeSpacesOfPolicy } from '../policy/policySpec.js';
import { environmentSeed, evaluationSeed } from '../random/philox.js';
import { isPicture, newestFrame } from '../render/frameImage.js';
import { type Scene, sceneOfImage } from '../render/scene.js';
import { addInfoNames, type EpisodeInfo, episodeInfo, meanInfo } from '../rollout/episodeInfo.js';
import { EnvironmentCalls, SLICE_MS } from '../vector/environmentCalls.js';
import { isVector, vectorOf } from '../vector/environmentSource.js';
import { releaseEnvironment, takeEnvironment } from '../vector/environmentUse.js';
import { untilAborted } from '../vector/untilAborted.js';
import {
  copyRow,
  isPromise,
  observationRow,
  type SteppedOutcomes,
  type VectorEnvironment,
} from '../vector/vectorEnvironment.js';

/** A hundred times the longest episode of the tasks that the package brings. */
export const DEFAULT_MAX_EPISODE_STEPS = 100_000;

export interface EvaluationOptions {
  /** Default 100. */
  readonly episodes?: number;
  /** Most probable actions instead of draws. Default true. */
  readonly deterministic?: boolean;
  /**
   * Seeds start states and draws, whole, 0 to 2^53 - 1. Default 0. Start state and draws of an episode depend on the seed and
   * the episode's number alone: evaluations with one seed are the same, in one environment or in a vector of them, if the
   * environment keeps nothing from episode to episode, as `reset({ seed })` promises.
   */
  readonly seed?: number;
  /**
   * Steps after which an episode that has not ended is cut; `cutEpisodes` of the report counts them. Whole, 1 or more, or
   * Infinity. Default 100,000.
   */
  readonly maxEpisodeSteps?: number;
  /**
   * Called with each scene of the first `drawnEpisodes`, in a vector of those of its first environment. Of an environment
   * without render() the newest frame of its images is the scene. EnvironmentError: it has neither.
   */
  readonly onScene?: (scene: Scene) => void;
  /** Default 1. */
  readonly drawnEpisodes?: number;
  /** Aborting ends the evaluation with the signal's reason before the next step, without waiting for an answer that is due. */
  readonly signal?: AbortSignal;
}

export interface EvaluationReport {
  readonly episodes: number;
  readonly meanReturn: number;
  /** Population standard deviation over episodes. */
  readonly standardDeviation: number;
  readonly minReturn: number;
  readonly maxReturn: number;
  readonly meanLength: number;
  /** Episodes that were cut at `maxEpisodeSteps`: their returns and lengths go so far. */
  readonly cutEpisodes: number;
  readonly returns: readonly number[];
  /**
   * Of each figure in the infos of last steps (finite numbers, and booleans as 0 or 1), the mean over the episodes that gave it;
   * of an episode that was cut, the step at which it was. Empty without any.
   */
  readonly info: Readonly<Record<string, number>>;
}

/** ms: the step limit of an evaluation. */
const ANY_TIME = 0;

/** The episode that one of the environments plays. */
interface EvaluatedEpisode {
  readonly number: number;
  episodeReturn: number;
  length: number;
}

/**
 * Plays whole episodes in the environment as it is, without learning; in a vector as many at a time as it has environments.
 * The event loop gets a turn every 50 ms or so. The policy's own draws are left alone: `act` goes on as if nothing had been
 * played. Throws OptionError for an option out of range, EnvironmentError, ShapeError or NonFiniteError naming episode and
 * step where the environment fails or answers what it must not, EnvironmentError for an environment that a training or
 * another evaluation uses, MismatchError for one whose spaces are not the policy's, and the signal's reason.
 */
export async function evaluate(
  policy: Policy,
  environment: Environment | VectorEnvironment,
  {
    episodes = 100,
    deterministic = true,
    seed = 0,
    maxEpisodeSteps = DEFAULT_MAX_EPISODE_STEPS,
    onScene,
    drawnEpisodes = 1,
    signal,
  }: EvaluationOptions = {},
): Promise<EvaluationReport> {
  requireWhole('episodes', episodes, 1);
  requireWhole('seed', seed, 0);
  requireWhole('drawnEpisodes', drawnEpisodes, 0);
  if (maxEpisodeSteps !== Infinity) requireWhole('maxEpisodeSteps', maxEpisodeSteps, 1);
  const { environmentName } = policy.spec;
  requireEnvironment(environmentName, environment, 'give evaluate() one, such as new Corridor()');
  requireSameSpaces(policy, environment);
  takeEnvironment(environment, environmentName, 'an evaluation');
  try {
    return await playEpisodes(policy, environment, {
      episodes,
      deterministic,
      seed,
      maxEpisodeSteps,
      onScene,
      drawnEpisodes,
      signal,
    });
  } finally {
    releaseEnvironment(environment);
  }
}

/** Throws MismatchError unless the policy can act in the environment. */
function requireSameSpaces({ spec }: Policy, environment: Environment | VectorEnvironment): void {
  const { observationSpace, actionSpace } = environment;
  // a policy that takes its observations flat takes any shape of that many
  const takesAnyShape = structureOf(observationSpace) === undefined && spec.observationShape.length === 1;
  const { size, dtype } = flattenSpace(observationSpace);
  const shown: DescribedObservations = takesAnyShape
    ? { kind: 'Box', shape: [size], dtype }
    : observationSpace;
  const found = describeSpaces(shown, actionSpace);
  const needed = describeSpacesOfPolicy(spec);
  if (found === needed) return;
  throw new MismatchError(
    `The policy for ${spec.environmentName} was trained on ${needed}, the environment has ${found}; give the environment that it was trained on`,
  );
}

/** Draws the frames that environments show, where they are pictures. */
function renderOf(
  space: Box,
  observations: readonly ArrayLike<number>[],
): ((index: number) => Scene) | undefined {
  const pixels = { shape: space.shape, stackSize: space.stackSize ?? 1 };
  if (space.dtype !== 'uint8' || !isPicture(pixels)) return undefined;
  return (index) => sceneOfImage(newestFrame(observations[index], pixels));
}

async function playEpisodes(
  policy: Policy,
  environment: Environment | VectorEnvironment,
  {
    episodes,
    deterministic,
    seed,
    maxEpisodeSteps,
    onScene,
    drawnEpisodes,
    signal,
  }: EvaluationOptions & Required<Omit<EvaluationOptions, 'onScene' | 'signal'>>,
): Promise<EvaluationReport> {
  const { environmentName } = policy.spec;
  const underWay: EvaluatedEpisode[] = [];
  const place = (index: number) =>
    `${environmentName} (episode ${underWay[index].number}, step ${underWay[index].length})`;
  const vector = vectorOf(
    isVector(environment) ? environment : [environment],
    new EnvironmentCalls(ANY_TIME),
    { one: place, all: () => place(0) },
  );
  const drawSeed = evaluationSeed(seed);
  const returns = new Array<number>(episodes);
  const infos = new Array<EpisodeInfo | undefined>(episodes);
  const observations = Array.from({ length: vector.count }, () => observationRow(vector.observationSpace));
  const render = vector.render ?? renderOf(vector.observationSpace, observations);
  if (onScene !== undefined && render === undefined) {
    throw new EnvironmentError(
      `${environmentName} cannot be drawn: it has no render(); give it one, or evaluate without pictures`,
    );
  }
  const maskSize = maskSizeOf(vector.actionSpace);
  const masks = maskSize === 0 ? undefined : observations.map(() => new Uint8Array(maskSize));
  const keep = (index: number, row: number, answer: Pick<SteppedOutcomes, 'observations' | 'masks'>) => {
    copyRow(observations[index], answer.observations, row);
    if (masks !== undefined) copyRow(masks[index], answer.masks!, row);
  };
  const actions = new Float64Array(vector.count * actionSizeOf(vector.actionSpace));
  let begun = 0;
  let steps = 0;
  let cutEpisodes = 0;
  let drawn = 0;
  let lastTurn = performance.now();
  const draw = (index: number) => {
    if (index === 0 && drawn <= drawnEpisodes) onScene?.(render!(0));
  };

  /** Draws are named by (seed, episode, step in the episode), so that they do not depend on what is played together. */
  const chooseActions = (which: readonly number[]): readonly Action[] => {
    if (deterministic) {
      const batch = which.map((index) => observations[index]);
      return policy.actBatch(batch, { deterministic, masks: masks && which.map((index) => masks[index]) });
    }
    return which.map((index) => {
      const { number, length } = underWay[index];
      return policy.act(observations[index], {
        draw: { seed: drawSeed, step: length, firstEnvironment: number },
        mask: masks?.[index],
      });
    });
  };

  /** Begins the next episodes, as long as there are some, in these environments; returns those that have begun one. */
  const begin = async (which: readonly number[]): Promise<number[]> => {
    signal?.throwIfAborted();
    const players = which.slice(0, episodes - begun);
    if (players.length === 0) return players;
    for (const index of players) underWay[index] = { number: begun++, episodeReturn: 0, length: 0 };
    const seeds = players.map((index) => environmentSeed(seed, underWay[index].number));
    const answer = vector.reset(players, seeds);
    const starts = isPromise(answer) ? await untilAborted(answer, signal) : answer;
    players.forEach((index, row) => {
      keep(index, row, starts);
      if (index === 0) drawn++;
      draw(index);
    });
    return players;
  };

  let playing = await begin(observations.map((_, index) => index));
  while (playing.length > 0) {
    signal?.throwIfAborted();
    flattenActions(chooseActions(playing), actions);
    const answer = vector.step(playing, actions);
    // most environments answer at once; awaiting those too would cost more than their step
    const outcomes = isPromise(answer) ? await untilAborted(answer, signal) : answer;
    const ended: number[] = [];
    playing.forEach((index, row) => {
      const episode = underWay[index];
      keep(index, row, outcomes);
      episode.episodeReturn += outcomes.rewards[row];
      episode.length++;
      steps++;
      draw(index);
      const hasEnded = outcomes.terminated[row] !== 0 || outcomes.truncated[row] !== 0;
      if (!hasEnded && episode.length < maxEpisodeSteps) return;
      if (!hasEnded) cutEpisodes++;
      returns[episode.number] = episode.episodeReturn;
      infos[episode.number] = episodeInfo(outcomes.infos?.[row]);
      ended.push(index);
    });
    if (performance.now() - lastTurn > SLICE_MS) {
      await turnOfEventLoop();
      lastTurn = performance.now();
    }
    if (ended.length === 0) continue;
    const begunAnew = await begin(ended);
    playing = playing.filter((index) => !ended.includes(index) || begunAnew.includes(index));
  }
  const infoNames = new Set<string>();
  for (const info of infos) addInfoNames(infoNames, info, environmentName);
  const info = Object.fromEntries(meanInfo(infoNames, infos)) as Record<string, number>;
  return { ...summarize(returns, steps, cutEpisodes), info };
}

function requireWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new OptionError(`${name} = ${value}: it must be a whole number of ${least} or more`);
}

/** The numbers of the actions one after the other. */
function flattenActions(actions: readonly Action[], target: Float64Array): void {
  let offset = 0;
  for (const action of actions) {
    if (typeof action === 'number') target[offset++] = action;
    else for (let i = 0; i < action.length; i++) target[offset++] = action[i];
  }
}

function summarize(
  returns: readonly number[],
  steps: number,
  cutEpisodes: number,
): Omit<EvaluationReport, 'info'> {
  const episodes = returns.length;
  const meanReturn = returns.reduce((sum, value) => sum + value, 0) / episodes;
  const variance = returns.reduce((sum, value) => sum + (value - meanReturn) ** 2, 0) / episodes;
  return {
    episodes,
    meanReturn,
    standardDeviation: Math.sqrt(variance),
    minReturn: returns.reduce((least, value) => Math.min(least, value)),
    maxReturn: returns.reduce((most, value) => Math.max(most, value)),
    meanLength: steps / episodes,
    cutEpisodes,
    returns,
  };
}
