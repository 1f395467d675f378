import type { EvaluationReport } from '../evaluation/evaluate.js';

/** The line that sums an evaluation up. */
export function describeReturns(environmentName: string, report: EvaluationReport): string {
  const { episodes, meanReturn, meanLength } = report;
  if (episodes === 1) return `${environmentName}: return ${short(meanReturn)} in ${meanLength} steps\n`;
  return `${environmentName}: mean return ${short(meanReturn)} +- ${short(report.standardDeviation)} over ${episodes} episodes (min ${short(report.minReturn)}, max ${short(report.maxReturn)}), mean length ${short(meanLength)}\n`;
}

function short(value: number): string {
  return value.toFixed(2).replace(/\.?0+$/, '');
}
