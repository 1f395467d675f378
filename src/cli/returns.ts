import { DEFAULT_MAX_EPISODE_STEPS, type EvaluationReport } from '../evaluation/evaluate.js';
import { printable, shortText } from '../logging/terminalText.js';
import { countFlag } from './arguments.js';

/** The flag of commands that play episodes. */
export const episodeStepsFlag = {
  type: 'string',
  placeholder: 'N',
  help: `steps after which an episode that has not ended is cut (default ${DEFAULT_MAX_EPISODE_STEPS})`,
} as const;

/** Its value. Throws OptionError. */
export function episodeSteps(text: string | undefined): number {
  return text === undefined ? DEFAULT_MAX_EPISODE_STEPS : countFlag('max-episode-steps', text);
}

/** The lines that sum an evaluation up. */
export function describeReturns(environmentName: string, report: EvaluationReport): string {
  const { episodes, meanReturn, meanLength } = report;
  const more = `${describeInfo(report)}${describeCut(report)}`;
  if (episodes === 1)
    return `${environmentName}: return ${short(meanReturn)} in ${meanLength} steps\n${more}`;
  return `${environmentName}: mean return ${short(meanReturn)} +- ${short(report.standardDeviation)} over ${episodes} episodes (min ${short(report.minReturn)}, max ${short(report.maxReturn)}), mean length ${short(meanLength)}\n${more}`;
}

/** A line of what episodes told at their end, or nothing. */
function describeInfo({ info, episodes }: EvaluationReport): string {
  const figures = Object.entries(info).map(([name, mean]) => `${printable(name)} ${shortText(mean)}`);
  if (figures.length === 0) return '';
  return `info at the end of ${episodes === 1 ? 'the episode' : 'episodes, mean'}: ${figures.join(', ')}\n`;
}

/** A line that says how many episodes were cut, or nothing. */
function describeCut({ episodes, cutEpisodes }: EvaluationReport): string {
  if (cutEpisodes === 0) return '';
  const which = episodes === 1 ? 'the episode' : `${cutEpisodes} of ${episodes} episodes`;
  return `${which} had not ended and ${cutEpisodes === 1 ? 'was' : 'were'} cut at --max-episode-steps: the true return may differ\n`;
}

function short(value: number): string {
  return value.toFixed(2).replace(/\.?0+$/, '');
}
