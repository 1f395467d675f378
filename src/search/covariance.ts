import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { NonFiniteError } from '../errors.js';

/** A vector with its weight in a sum of outer products. */
export interface WeightedVector {
  readonly weight: number;
  readonly vector: Float64Array;
}

/** A covariance matrix C = B D^2 B^T as CMA-ES needs it. */
export interface Covariance {
  /** Mean of the square roots of its diagonal. */
  readonly meanStd: number;
  /** y = B D z: standard normals z become normals of this covariance. */
  colour(draws: Float64Array): Float64Array;
  /** C^-1/2 y of the same y, which is B z. */
  whitened(draws: Float64Array): Float64Array;
  /** C = keep C + sum of weight vector vector^T. */
  update(keep: number, terms: readonly WeightedVector[]): void;
  save(): Record<string, Float64Array>;
  restore(saved: Readonly<Record<string, Float64Array>>): void;
}

/** Components vary independently: C is diagonal (Ros, Hansen, "A simple modification in CMA-ES", 2008). */
export class DiagonalCovariance implements Covariance {
  private readonly variances: Float64Array;

  constructor(dimension: number) {
    this.variances = new Float64Array(dimension).fill(1);
  }

  get meanStd(): number {
    return meanSquareRoot(this.variances);
  }

  colour(draws: Float64Array): Float64Array {
    return draws.map((draw, i) => Math.sqrt(this.variances[i]) * draw);
  }

  whitened(draws: Float64Array): Float64Array {
    return draws;
  }

  update(keep: number, terms: readonly WeightedVector[]): void {
    for (let i = 0; i < this.variances.length; i++) {
      let variance = keep * this.variances[i];
      for (const { weight, vector } of terms) variance += weight * vector[i] * vector[i];
      this.variances[i] = variance;
    }
    requirePositive(this.variances);
  }

  save(): Record<string, Float64Array> {
    return { variances: this.variances.slice() };
  }

  restore({ variances }: Readonly<Record<string, Float64Array>>): void {
    this.variances.set(variances);
  }
}

/** The whole matrix, with B and D renewed every `eigenGenerations` updates, since they cost more than an update. */
export class FullCovariance implements Covariance {
  /** C, [dimension x dimension]. */
  private readonly matrix: Float64Array;
  /** B, its columns the eigenvectors, [dimension x dimension]. */
  private eigenvectors: Float64Array;
  /** The diagonal of D, [dimension]. */
  private axes: Float64Array;
  private updatesSinceEigen = 0;

  constructor(
    private readonly dimension: number,
    private readonly eigenGenerations: number,
  ) {
    this.matrix = Float64Array.from(Matrix.eye(dimension).to1DArray());
    this.eigenvectors = this.matrix.slice();
    this.axes = new Float64Array(dimension).fill(1);
  }

  get meanStd(): number {
    return meanSquareRoot(this.axes.map((_, i) => this.matrix[i * (this.dimension + 1)]));
  }

  colour(draws: Float64Array): Float64Array {
    return this.whitened(draws.map((draw, i) => this.axes[i] * draw));
  }

  whitened(draws: Float64Array): Float64Array {
    const { dimension, eigenvectors } = this;
    return draws.map((_, row) => {
      let sum = 0;
      for (let column = 0; column < dimension; column++) {
        sum += eigenvectors[row * dimension + column] * draws[column];
      }
      return sum;
    });
  }

  update(keep: number, terms: readonly WeightedVector[]): void {
    const { dimension, matrix } = this;
    for (let i = 0; i < matrix.length; i++) matrix[i] *= keep;
    for (const { weight, vector } of terms) {
      for (let row = 0; row < dimension; row++) {
        const factor = weight * vector[row];
        for (let column = 0; column < dimension; column++) {
          matrix[row * dimension + column] += factor * vector[column];
        }
      }
    }
    if (++this.updatesSinceEigen >= this.eigenGenerations) this.renewEigen();
  }

  save(): Record<string, Float64Array> {
    return {
      matrix: this.matrix.slice(),
      eigenvectors: this.eigenvectors.slice(),
      axes: this.axes.slice(),
      updatesSinceEigen: Float64Array.of(this.updatesSinceEigen),
    };
  }

  restore(saved: Readonly<Record<string, Float64Array>>): void {
    this.matrix.set(saved.matrix);
    this.eigenvectors.set(saved.eigenvectors);
    this.axes.set(saved.axes);
    this.updatesSinceEigen = saved.updatesSinceEigen[0];
  }

  private renewEigen(): void {
    const matrix = Matrix.from1DArray(this.dimension, this.dimension, this.matrix);
    const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(matrix, {
      assumeSymmetric: true,
    });
    requirePositive(realEigenvalues);
    this.eigenvectors = Float64Array.from(eigenvectorMatrix.to1DArray());
    this.axes = Float64Array.from(realEigenvalues, Math.sqrt);
    this.updatesSinceEigen = 0;
  }
}

function meanSquareRoot(values: Float64Array): number {
  return values.reduce((sum, value) => sum + Math.sqrt(value), 0) / values.length;
}

function requirePositive(variances: ArrayLike<number>): void {
  for (let i = 0; i < variances.length; i++) {
    if (variances[i] > 0 && Number.isFinite(variances[i])) continue;
    throw new NonFiniteError(
      `CMA-ES: variance ${variances[i]} of axis ${i}; it must be above 0 and finite: give larger differences in return, a larger searchStd, or stop earlier`,
    );
  }
}
