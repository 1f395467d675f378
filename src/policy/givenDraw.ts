import { OptionError } from '../errors.js';
import type { ActionDraw } from './policyNetwork.js';

/** Environments are counted in 32 bits. */
const MOST_ENVIRONMENTS = 2 ** 32;

/** Throws OptionError for a draw that is none. */
export function requireDraw(draw: ActionDraw | undefined): void {
  if (draw === undefined) return;
  const { seed, step, firstEnvironment } = draw;
  requireCounter('seed', seed, Number.MAX_SAFE_INTEGER);
  requireCounter('step', step, Number.MAX_SAFE_INTEGER);
  requireCounter('firstEnvironment', firstEnvironment, MOST_ENVIRONMENTS - 1);
}

function requireCounter(name: string, value: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= 0 && value <= most) return;
  throw new OptionError(`draw.${name} = ${value}: it must be a whole number from 0 to ${most}`);
}
