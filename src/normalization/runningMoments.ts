/** Count, mean and sum of squared deviations of a stream of vectors. */
export interface RunningMoments {
  count: number;
  readonly mean: Float64Array;
  /** Sum over observations of (x - mean)^2. */
  readonly squaredDeviations: Float64Array;
}

export function emptyMoments(size: number): RunningMoments {
  return { count: 0, mean: new Float64Array(size), squaredDeviations: new Float64Array(size) };
}

export function copyOfMoments({ count, mean, squaredDeviations }: RunningMoments): RunningMoments {
  return { count, mean: mean.slice(), squaredDeviations: squaredDeviations.slice() };
}

/** Adds one vector (Welford 1962). */
export function addToMoments(moments: RunningMoments, vector: ArrayLike<number>): void {
  moments.count++;
  const { mean, squaredDeviations, count } = moments;
  for (let i = 0; i < mean.length; i++) {
    const before = vector[i] - mean[i];
    mean[i] += before / count;
    squaredDeviations[i] += before * (vector[i] - mean[i]);
  }
}

/** into += from (Chan, Golub, LeVeque 1979). */
export function mergeMoments(into: RunningMoments, from: RunningMoments): void {
  const count = into.count + from.count;
  if (from.count === 0) return;
  for (let i = 0; i < into.mean.length; i++) {
    const difference = from.mean[i] - into.mean[i];
    into.mean[i] += (difference * from.count) / count;
    into.squaredDeviations[i] +=
      from.squaredDeviations[i] + (difference * difference * into.count * from.count) / count;
  }
  into.count = count;
}
