import { drawNormal } from '../random/normal.js';
import { RandomStream, StreamPurpose } from '../random/philox.js';

/** A search for the parameter vector with the highest score that asks for nothing but scores. */
export interface ParameterSearch {
  /** Candidates of one generation. */
  readonly populationSize: number;
  /** Generations done. */
  readonly generation: number;
  /** Where the search stands: its answer so far, [dimension]. */
  readonly mean: Float64Array;
  /** Mean standard deviation of the components of candidates. */
  readonly meanStd: number;
  /** The candidates of the present generation, [populationSize][dimension]; the same ones whenever it is asked. */
  sample(): Float64Array[];
  /**
   * Ends the generation; scores[i] is that of candidate i, higher is better. When all are the same (a goal that nobody
   * reached, or everybody) they tell nothing, and the next candidates come from the same distribution: to rank them by
   * chance would let it shrink or wander.
   */
  update(scores: readonly number[]): void;
  /** All that the next generation depends on, as named vectors. */
  save(): Record<string, Float64Array>;
  restore(saved: Readonly<Record<string, Float64Array>>): void;
}

/** What every search is told. */
export interface SearchSettings {
  readonly seed: number;
  /** Where it begins, [dimension]. */
  readonly mean: Float64Array;
  /** Standard deviation of every component of the first candidates. */
  readonly std: number;
  readonly populationSize: number;
}

/** Standard normals of every candidate: named by seed, generation and candidate. [populationSize][dimension] */
export function drawPopulation(
  { seed, populationSize, mean }: SearchSettings,
  generation: number,
): Float64Array[] {
  return Array.from({ length: populationSize }, (_, candidate) => {
    const stream = new RandomStream(seed, StreamPurpose.search, generation * populationSize + candidate);
    return Float64Array.from(mean, () => drawNormal(stream));
  });
}

/** Whether no candidate is better than another. */
export function areEqual(scores: readonly number[]): boolean {
  return scores.every((score) => score === scores[0]);
}

/** Candidates from best to worst; of equal ones the earlier first. */
export function ranking(scores: readonly number[]): number[] {
  return scores.map((_, candidate) => candidate).sort((a, b) => scores[b] - scores[a] || a - b);
}
