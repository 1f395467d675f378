import type { Environment } from '../environments/environment.js';
import { EnvironmentError, OptionError } from '../errors.js';
import type { Policy } from '../policy/policy.js';
import { environmentSeed } from '../random/philox.js';
import type { Scene } from '../render/scene.js';
import { EnvironmentCalls } from '../vector/environmentCalls.js';
import { copyObservation, isPromise, requireAnswer, requireOutcome } from '../vector/environmentChecks.js';

export interface EvaluationOptions {
  /** Default 100. */
  readonly episodes?: number;
  /** Most probable actions instead of draws. Default true. */
  readonly deterministic?: boolean;
  /** Seeds start states and draws. Default 0. */
  readonly seed?: number;
  /** Called with each scene of the first `drawnEpisodes`. EnvironmentError: the environment has no render(). */
  readonly onScene?: (scene: Scene) => void;
  /** Default 1. */
  readonly drawnEpisodes?: number;
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
  readonly returns: readonly number[];
}

/** ms: the step limit of an evaluation. */
const ANY_TIME = 0;

/**
 * Plays whole episodes in the environment as it is, without learning. Throws EnvironmentError, ShapeError or NonFiniteError
 * naming episode and step where the environment fails or answers what it must not.
 */
export async function evaluate(
  policy: Policy,
  environment: Environment,
  {
    episodes = 100,
    deterministic = true,
    seed = 0,
    onScene,
    drawnEpisodes = 1,
    signal,
  }: EvaluationOptions = {},
): Promise<EvaluationReport> {
  if (!Number.isInteger(episodes) || episodes < 1) {
    throw new OptionError(`episodes = ${episodes}: it must be a whole number of 1 or more`);
  }
  if (onScene !== undefined && environment.render === undefined) {
    throw new EnvironmentError(
      `${policy.spec.environmentName} cannot be drawn: it has no render(); give it one, or evaluate without pictures`,
    );
  }
  policy.seed = seed;
  const returns: number[] = [];
  let steps = 0;
  const calls = new EnvironmentCalls(ANY_TIME);
  const observation = new Float64Array(policy.spec.observationSize);
  for (let episode = 0; episode < episodes; episode++) {
    signal?.throwIfAborted();
    let step = 0;
    const place = () => `${policy.spec.environmentName} (episode ${episode}, step ${step})`;
    const resetOptions = { seed: environmentSeed(seed, episode) };
    const start = await calls.ask(place, 'reset', () => environment.reset(resetOptions));
    requireAnswer(start, 'reset', place);
    copyObservation(observation, start.observation, 'reset', place);
    const draw = episode < drawnEpisodes ? onScene : undefined;
    draw?.(environment.render!());
    let episodeReturn = 0;
    for (let ended = false; !ended; step++) {
      const action = policy.act(observation, { deterministic });
      const outcome = calls.ask(place, 'step', () => environment.step(action));
      // most environments answer at once; awaiting those too would cost more than their step
      const result = isPromise(outcome) ? await outcome : outcome;
      requireOutcome(result, place);
      draw?.(environment.render!());
      copyObservation(observation, result.observation, 'step', place);
      episodeReturn += result.reward;
      ended = result.terminated || result.truncated;
    }
    returns.push(episodeReturn);
    steps += step;
  }
  return summarize(returns, steps);
}

function summarize(returns: readonly number[], steps: number): EvaluationReport {
  const episodes = returns.length;
  const meanReturn = returns.reduce((sum, value) => sum + value, 0) / episodes;
  const variance = returns.reduce((sum, value) => sum + (value - meanReturn) ** 2, 0) / episodes;
  return {
    episodes,
    meanReturn,
    standardDeviation: Math.sqrt(variance),
    minReturn: Math.min(...returns),
    maxReturn: Math.max(...returns),
    meanLength: steps / episodes,
    returns,
  };
}
