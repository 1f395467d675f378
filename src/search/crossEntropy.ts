import {
  areEqual,
  drawPopulation,
  type ParameterSearch,
  ranking,
  type SearchSettings,
} from './parameterSearch.js';

export interface CrossEntropySettings extends SearchSettings {
  /** Share of the candidates that the next generation is fitted to, above 0 and at most 1. */
  readonly eliteFraction: number;
  /** Standard deviation added to that of the elite at the start, in quadrature; it falls to 0 linearly. */
  readonly extraStd: number;
  /** Generations after which none is added any more. */
  readonly extraStdGenerations: number;
}

/**
 * The cross-entropy method with independent components: each generation's mean and variance are those of the elite of the
 * last (Rubinstein, "The cross-entropy method for combinatorial and continuous optimization", 1999), with noise that
 * keeps it from narrowing too early (Szita, Lorincz, "Learning Tetris using the noisy cross-entropy method", 2006).
 */
export class CrossEntropySearch implements ParameterSearch {
  readonly mean: Float64Array;
  generation = 0;
  /** Of the present generation. */
  private candidates?: Float64Array[];
  /** Variance of each component, without the added noise. */
  private readonly variance: Float64Array;

  constructor(private readonly settings: CrossEntropySettings) {
    this.mean = settings.mean.slice();
    this.variance = new Float64Array(settings.mean.length).fill(settings.std ** 2);
  }

  get populationSize(): number {
    return this.settings.populationSize;
  }

  get meanStd(): number {
    const total = this.variance.reduce((sum, variance) => sum + Math.sqrt(variance + this.extraVariance), 0);
    return total / this.variance.length;
  }

  sample(): Float64Array[] {
    const { mean, variance, extraVariance } = this;
    this.candidates ??= drawPopulation(this.settings, this.generation).map((draws) =>
      draws.map((draw, i) => mean[i] + Math.sqrt(variance[i] + extraVariance) * draw),
    );
    return this.candidates;
  }

  update(scores: readonly number[]): void {
    if (!areEqual(scores)) this.fitElite(scores);
    this.generation++;
    this.candidates = undefined;
  }

  private fitElite(scores: readonly number[]): void {
    const candidates = this.sample();
    const count = Math.max(1, Math.round(this.settings.eliteFraction * this.populationSize));
    const elite = ranking(scores)
      .slice(0, count)
      .map((candidate) => candidates[candidate]);
    for (let i = 0; i < this.mean.length; i++) {
      const mean = elite.reduce((sum, parameters) => sum + parameters[i], 0) / count;
      this.mean[i] = mean;
      this.variance[i] = elite.reduce((sum, parameters) => sum + (parameters[i] - mean) ** 2, 0) / count;
    }
  }

  save(): Record<string, Float64Array> {
    return {
      generation: Float64Array.of(this.generation),
      mean: this.mean.slice(),
      variance: this.variance.slice(),
    };
  }

  restore({ generation, mean, variance }: Readonly<Record<string, Float64Array>>): void {
    this.generation = generation[0];
    this.mean.set(mean);
    this.variance.set(variance);
    this.candidates = undefined;
  }

  private get extraVariance(): number {
    const { extraStd, extraStdGenerations } = this.settings;
    return extraStd ** 2 * Math.max(0, 1 - this.generation / extraStdGenerations);
  }
}
