import { type GivenOptions, isRead, type TrpoOptions } from './options.js';

type Schedule = Pick<
  TrpoOptions,
  'maxKl' | 'maxKlDecay' | 'maxKlDecaySteps' | 'timesteps' | 'environments' | 'steps'
>;

/**
 * maxKl of an update after t = `timesteps` steps: maxKl (1 - maxKlDecay t / T), T the steps over which it shrinks, and then the
 * value at their end; where that is 0, what the last batch before it had.
 */
export function maxKlAt(schedule: Schedule, timesteps: number): number {
  const { maxKl, maxKlDecay, environments, steps } = schedule;
  const length = schedule.maxKlDecaySteps || schedule.timesteps;
  const rows = environments * steps;
  const end = maxKlDecay < 1 ? length : Math.floor((length - 1) / rows) * rows;
  const elapsed = timesteps < length ? timesteps : end;
  return maxKl * (1 - (maxKlDecay * elapsed) / length);
}

/**
 * The options that keep maxKl on its course when a run goes on to another end: without them it would jump. None where it does
 * not shrink over the whole run, or what changes says how it is to shrink.
 */
export function keptSchedule(options: TrpoOptions, changed: GivenOptions): GivenOptions {
  const { timesteps, maxKlDecay, maxKlDecaySteps } = options;
  const isAsked = changed.maxKlDecay !== undefined || changed.maxKlDecaySteps !== undefined;
  const goesElsewhere = changed.timesteps !== undefined && changed.timesteps !== timesteps;
  const isScheduled = isRead('maxKlDecay', options) && maxKlDecay > 0 && maxKlDecaySteps === 0;
  return isScheduled && goesElsewhere && !isAsked ? { maxKlDecaySteps: timesteps } : {};
}

/** What a user should know of a schedule that was kept. */
export function describeKept(options: TrpoOptions): string {
  const { maxKlDecay, maxKlDecaySteps, timesteps } = options;
  const last = Number(maxKlAt(options, timesteps).toPrecision(3));
  const course =
    timesteps > maxKlDecaySteps ? `and stays at ${last} from there on` : `to ${last} at the end of this run`;
  return `maxKl shrinks as it was planned, over ${maxKlDecaySteps} steps (maxKlDecay = ${maxKlDecay}), ${course}; to let it jump and shrink over all ${timesteps} steps, give trpo train --stretch-decay, or resume({ options: { maxKlDecaySteps: 0 } })`;
}
