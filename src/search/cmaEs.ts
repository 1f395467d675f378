import { exp } from '../numbers/exp.js';
import { log } from '../numbers/log.js';
import { type Covariance, DiagonalCovariance, FullCovariance } from './covariance.js';
import {
  areEqual,
  drawPopulation,
  type ParameterSearch,
  ranking,
  type SearchSettings,
} from './parameterSearch.js';

export type CovarianceKind = 'full' | 'diagonal';

/** The default population, 4 + floor(3 ln n). */
export function defaultCmaPopulation(dimension: number): number {
  return 4 + Math.floor(3 * log(dimension));
}

/**
 * CMA-ES: the covariance matrix adaptation evolution strategy, symbols, equations and constants as in Hansen, "The CMA
 * evolution strategy: a tutorial" (arXiv:1604.00772), with negative weights for the worse half. A diagonal matrix is learnt
 * (n + 2) / 3 times faster (Ros, Hansen 2008).
 */
export class CmaEs implements ParameterSearch {
  readonly mean: Float64Array;
  generation = 0;
  private sigma: number;
  private readonly covariance: Covariance;
  private readonly constants: CmaConstants;
  /** p_sigma and p_c. */
  private readonly stepPath: Float64Array;
  private readonly covariancePath: Float64Array;
  /** z of the present generation. */
  private draws?: Float64Array[];

  constructor(
    private readonly settings: SearchSettings,
    kind: CovarianceKind,
  ) {
    const n = settings.mean.length;
    this.mean = settings.mean.slice();
    this.sigma = settings.std;
    this.stepPath = new Float64Array(n);
    this.covariancePath = new Float64Array(n);
    this.constants = constantsFor(n, settings.populationSize, kind);
    const { c1, cMu } = this.constants;
    const eigenGenerations = Math.max(1, Math.floor(1 / (10 * n * (c1 + cMu))));
    this.covariance = kind === 'full' ? new FullCovariance(n, eigenGenerations) : new DiagonalCovariance(n);
  }

  get populationSize(): number {
    return this.settings.populationSize;
  }

  get meanStd(): number {
    return this.sigma * this.covariance.meanStd;
  }

  sample(): Float64Array[] {
    this.draws ??= drawPopulation(this.settings, this.generation);
    return this.draws.map((z) => this.covariance.colour(z).map((y, i) => this.mean[i] + this.sigma * y));
  }

  update(scores: readonly number[]): void {
    if (!areEqual(scores)) this.adapt(scores);
    this.generation++;
    this.draws = undefined;
  }

  private adapt(scores: readonly number[]): void {
    const draws = this.draws ?? drawPopulation(this.settings, this.generation);
    const ranked = ranking(scores).map((candidate) => draws[candidate]);
    const weightedDraw = this.weightedDraw(ranked);
    const weightedStep = this.covariance.colour(weightedDraw);
    for (let i = 0; i < this.mean.length; i++) this.mean[i] += this.sigma * weightedStep[i];
    const pathNorm = this.followSteps(this.covariance.whitened(weightedDraw));
    this.adaptCovariance(ranked, weightedStep, pathNorm);
    const { cSigma, dSigma, expectedNorm } = this.constants;
    this.sigma *= exp((cSigma / dSigma) * (pathNorm / expectedNorm - 1));
  }

  /** The sum of w_i z_i over the better half. */
  private weightedDraw(ranked: readonly Float64Array[]): Float64Array {
    const sum = new Float64Array(this.mean.length);
    this.constants.weights.forEach((weight, i) => {
      if (weight > 0) for (let k = 0; k < sum.length; k++) sum[k] += weight * ranked[i][k];
    });
    return sum;
  }

  /** Moves p_sigma (equation 43) and returns its length. whitenedStep: C^-1/2 y_w. */
  private followSteps(whitenedStep: Float64Array): number {
    const { cSigma, muEff } = this.constants;
    const gain = Math.sqrt(cSigma * (2 - cSigma) * muEff);
    for (let i = 0; i < whitenedStep.length; i++) {
      this.stepPath[i] = (1 - cSigma) * this.stepPath[i] + gain * whitenedStep[i];
    }
    return Math.sqrt(squaredNorm(this.stepPath));
  }

  /** Moves p_c (equation 45) and C (equation 47). weightedStep: y_w. */
  private adaptCovariance(
    ranked: readonly Float64Array[],
    weightedStep: Float64Array,
    pathNorm: number,
  ): void {
    const { weights, muEff, cC, c1, cMu, cSigma, expectedNorm } = this.constants;
    const n = this.mean.length;
    // h_sigma: while the step size still grows fast, p_c would stretch C along the way
    const settled = Math.sqrt(1 - exp(2 * (this.generation + 1) * log(1 - cSigma)));
    const isGrowing = pathNorm / settled >= (1.4 + 2 / (n + 1)) * expectedNorm;
    const gain = isGrowing ? 0 : Math.sqrt(cC * (2 - cC) * muEff);
    for (let i = 0; i < n; i++) {
      this.covariancePath[i] = (1 - cC) * this.covariancePath[i] + gain * weightedStep[i];
    }
    const terms = ranked.map((z, i) => ({
      // a long step of a bad candidate could make C indefinite
      weight: cMu * weights[i] * (weights[i] >= 0 ? 1 : n / squaredNorm(z)),
      vector: this.covariance.colour(z),
    }));
    const weightSum = weights.reduce((sum, weight) => sum + weight, 0);
    const lost = isGrowing ? c1 * cC * (2 - cC) : 0;
    this.covariance.update(1 + lost - c1 - cMu * weightSum, [
      { weight: c1, vector: this.covariancePath },
      ...terms,
    ]);
  }

  save(): Record<string, Float64Array> {
    return {
      generation: Float64Array.of(this.generation),
      mean: this.mean.slice(),
      sigma: Float64Array.of(this.sigma),
      stepPath: this.stepPath.slice(),
      covariancePath: this.covariancePath.slice(),
      ...this.covariance.save(),
    };
  }

  restore(saved: Readonly<Record<string, Float64Array>>): void {
    this.generation = saved.generation[0];
    this.mean.set(saved.mean);
    this.sigma = saved.sigma[0];
    this.stepPath.set(saved.stepPath);
    this.covariancePath.set(saved.covariancePath);
    this.covariance.restore(saved);
    this.draws = undefined;
  }
}

/** Constants that depend on dimension and population alone, named as in the tutorial. */
interface CmaConstants {
  /** w_1 to w_lambda, from the best candidate to the worst; those above 0 have the sum 1. */
  readonly weights: readonly number[];
  readonly muEff: number;
  readonly cC: number;
  readonly c1: number;
  readonly cMu: number;
  readonly cSigma: number;
  readonly dSigma: number;
  /** E ||N(0, I)||. */
  readonly expectedNorm: number;
}

/** Table 1 of the tutorial. */
function constantsFor(n: number, lambda: number, kind: CovarianceKind): CmaConstants {
  const raw = Array.from({ length: lambda }, (_, i) => log((lambda + 1) / 2) - log(i + 1));
  const mu = Math.floor(lambda / 2);
  const muEff = effectiveCount(raw.slice(0, mu));
  const muEffWorse = effectiveCount(raw.slice(mu));
  const cC = (4 + muEff / n) / (n + 4 + (2 * muEff) / n);
  const faster = kind === 'diagonal' ? (n + 2) / 3 : 1;
  const c1 = Math.min(1, (faster * 2) / ((n + 1.3) ** 2 + muEff));
  const cMu = Math.min(1 - c1, (faster * 2 * (1 / 4 + muEff + 1 / muEff - 2)) / ((n + 2) ** 2 + muEff));
  const cSigma = (muEff + 2) / (n + muEff + 5);
  const dSigma = 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + cSigma;
  const expectedNorm = Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
  const worseScale = Math.min(1 + c1 / cMu, 1 + (2 * muEffWorse) / (muEff + 2), (1 - c1 - cMu) / (n * cMu));
  const sumOf = (sign: number) => raw.reduce((sum, weight) => sum + Math.max(0, sign * weight), 0);
  const [sumBetter, sumWorse] = [sumOf(1), sumOf(-1)];
  const weights = raw.map((weight) => (weight >= 0 ? weight / sumBetter : (worseScale / sumWorse) * weight));
  return { weights, muEff, cC, c1, cMu, cSigma, dSigma, expectedNorm };
}

/** (sum w)^2 / sum w^2: how many equally weighted candidates carry as much. */
function effectiveCount(weights: readonly number[]): number {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return (sum * sum) / weights.reduce((total, weight) => total + weight * weight, 0);
}

function squaredNorm(vector: Float64Array): number {
  return vector.reduce((sum, value) => sum + value * value, 0);
}
