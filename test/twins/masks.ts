/**
 * An invented rule of which choices may be taken at an observation, so that a row's mask is known wherever the row goes: some five of
 * eight choices, and one of each part at least. Out [choices] of 0 and 1.
 */
export function maskAt(observation: ArrayLike<number>, actionCounts: readonly number[]): number[] {
  let sum = 0;
  for (let i = 0; i < observation.length; i++) sum += (i + 1) * observation[i];
  return actionCounts.flatMap((count, part) => {
    const always = Math.floor(Math.abs(1000 * sum) + part) % count;
    return Array.from({ length: count }, (_, choice) => {
      const isAllowed = Math.sin(7919 * sum + 31 * part + 17 * choice) > -0.4;
      return choice === always || isAllowed ? 1 : 0;
    });
  });
}

/** logits [rows x choices] with -Infinity in place of what may not be chosen at the observations [rows x size]. */
export function maskLogits(
  logits: Float64Array,
  observations: Float64Array,
  actionCounts: readonly number[],
): Float64Array {
  const choices = actionCounts.reduce((sum, count) => sum + count, 0);
  const rows = logits.length / choices;
  const size = observations.length / rows;
  const masks = Array.from({ length: rows }, (_, row) =>
    maskAt(observations.subarray(row * size, (row + 1) * size), actionCounts),
  ).flat();
  return logits.map((logit, i) => (masks[i] === 1 ? logit : -Infinity));
}
