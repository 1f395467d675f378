import { nearestName, OptionError } from '../errors.js';
import { progressKey } from '../logging/sink.js';
import { nodePlatform } from '../platform/node.js';
import { lineChartPng, lineChartSvg } from '../render/chart.js';
import type { Curve } from '../render/chartLayout.js';
import { RunDirectory } from '../run/runDirectory.js';
import { describeFlags, type Flags, parseArguments } from './arguments.js';
import type { Command } from './command.js';

const flags = {
  output: { type: 'string', placeholder: 'FILE', help: 'where to write, .svg or .png (default curve.svg)' },
  key: { type: 'string', placeholder: 'KEY', help: 'column of progress.jsonl (default rollout/ep_rew_mean)' },
} as const satisfies Flags;

export const plotCommand: Command = {
  name: 'plot',
  summary: 'draw the curves of runs',
  help: `trpo plot RUN_FOLDER [RUN_FOLDER ...] [flags]

Draws a column of progress.jsonl over time steps as an SVG or PNG picture, one curve for each run.

${describeFlags(flags)}
`,
  async run(context) {
    const { values, positionals } = parseArguments(context.args, flags);
    if (positionals.length === 0) throw new OptionError('trpo plot needs at least one run folder');
    const output = values.output ?? 'curve.svg';
    const key = values.key ?? progressKey.meanReturn;
    const titles = new Set<string>();
    const curves: Curve[] = [];
    for (const path of positionals) {
      const directory = await RunDirectory.open(nodePlatform, path);
      const { environment, options } = directory.config;
      titles.add(`${options.algorithm.toUpperCase()} on ${environment}`);
      const rows = await directory.readRows();
      if (rows.length > 0 && !rows.some((row) => typeof row[key] === 'number')) {
        const known = new Set(
          rows.flatMap((row) => Object.keys(row).filter((name) => typeof row[name] === 'number')),
        );
        throw new OptionError(
          `${path} has no numbers under "${key}"${nearestName(key, [...known])}; its columns are ${[...known].join(', ')}`,
        );
      }
      curves.push({
        name: `${environment}, ${options.algorithm}, seed ${options.seed}`,
        points: rows.map((row) => ({
          x: Number(row[progressKey.totalTimesteps]),
          y: typeof row[key] === 'number' ? row[key] : null,
        })),
      });
    }
    const yLabel = key === progressKey.meanReturn ? 'mean return of the last 100 episodes' : key;
    const title = [...titles].join(', ');
    const draw = output.toLowerCase().endsWith('.png') ? lineChartPng : lineChartSvg;
    await nodePlatform.replaceFile(
      output,
      await draw(curves, { title, xLabel: 'environment steps', yLabel }),
    );
    context.write(`wrote ${output}\n`);
  },
};
