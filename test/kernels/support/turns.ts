/** Math.sin and Math.cos of 2 pi turns, with the angle reduced exactly before it is multiplied by 2 pi. */

export function turnsToSin(turns: number): number {
  return sinOfQuarters(turns, 0);
}

export function turnsToCos(turns: number): number {
  return sinOfQuarters(turns, 1);
}

function sinOfQuarters(turns: number, quarters: number): number {
  const nearest = Math.round(turns * 4);
  const r = (turns - nearest / 4) * 2 * Math.PI;
  const quadrant = (nearest + quarters) & 3;
  const value = quadrant & 1 ? Math.cos(r) : Math.sin(r);
  return quadrant & 2 ? -value : value;
}
