import { environmentList } from '../environments/index.js';
import {
  type OptionName,
  optionGroups,
  optionNames,
  optionTable,
  readersOf,
  ruleOf,
} from '../training/options.js';
import { tunedOptions } from '../training/tunedOptions.js';
import { describeFlags, type Flags, parseArguments } from './arguments.js';
import type { Command } from './command.js';

const flags = {
  json: { type: 'boolean', help: 'one JSON object on standard output and nothing else there' },
} as const satisfies Flags;

export const environmentsCommand: Command = {
  name: 'environments',
  summary: 'list the known environments',
  help: `trpo environments [flags]

Lists the known environments with their spaces and time limits.

${describeFlags(flags)}
`,
  async run(context) {
    const { values } = parseArguments(context.args, flags);
    const environments = environmentList.map(
      ({ id, description, maxEpisodeSteps, rewardThreshold, create }) => {
        const { observationSpace, actionSpace } = create();
        const actions = actionSpace.kind === 'Box' ? `Box ${actionSpace.size}` : describeCounts(actionSpace);
        return {
          id,
          description,
          observations: observationSpace.size,
          actions,
          maxEpisodeSteps,
          rewardThreshold: rewardThreshold ?? null,
          tunedOptions: tunedOptions[id] ?? {},
        };
      },
    );
    if (values.json) {
      context.write(`${JSON.stringify({ environments })}\n`);
      return;
    }
    const width = Math.max(...environments.map(({ id }) => id.length));
    for (const { id, description, observations, actions, maxEpisodeSteps } of environments) {
      context.write(`${id.padEnd(width)}  ${description}\n`);
      context.write(
        `${' '.repeat(width)}  ${observations} observations, actions ${actions}, at most ${maxEpisodeSteps} steps\n`,
      );
    }
  },
};

export const optionsCommand: Command = {
  name: 'options',
  summary: 'list the options of training',
  help: `trpo options [flags]

Lists every option that --set and --config take, by what reads it, with its default and range.

${describeFlags(flags)}
`,
  async run(context) {
    const { values } = parseArguments(context.args, flags);
    if (values.json) {
      const options = optionNames.map((name) => [name, { ...optionTable[name], readBy: readersOf(name) }]);
      context.write(`${JSON.stringify({ options: Object.fromEntries(options) })}\n`);
      return;
    }
    const width = Math.max(...optionNames.map((name) => name.length));
    for (const { title, names } of optionGroups()) {
      context.write(`${title}:\n\n`);
      for (const name of names) {
        const { description } = optionTable[name];
        context.write(`  ${name.padEnd(width)}  ${description}\n`);
        context.write(`  ${' '.repeat(width)}  default ${defaultText(name)}; ${ruleOf(name)}\n`);
      }
      context.write('\n');
    }
  },
};

/** The default of an option as one would type it. */
export function defaultText(name: OptionName): string {
  const value: unknown = optionTable[name].default;
  return Array.isArray(value) ? value.join(',') || 'none' : String(value);
}

function describeCounts(space: { kind: string; n?: number; counts?: readonly number[] }): string {
  return `${space.kind} ${space.n ?? space.counts?.join(',')}`;
}
