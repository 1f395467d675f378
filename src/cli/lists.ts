import { environmentList } from '../environments/index.js';
import { listEnvironments } from '../gymnasium/listEnvironments.js';
import {
  type OptionName,
  optionGroups,
  optionNames,
  optionTable,
  readersOf,
  ruleOf,
} from '../training/options.js';
import { tunedFor } from '../training/tunedOptions.js';
import { describeFlags, type Flags, type FlagValues, parseArguments } from './arguments.js';
import type { Command, CommandContext } from './command.js';
import { gymnasiumFlags } from './gymnasiumFlags.js';

const jsonFlag = {
  json: { type: 'boolean', help: 'one JSON object on standard output and nothing else there' },
} as const satisfies Flags;

const environmentFlags = {
  gym: { type: 'boolean', help: 'those of Gymnasium, as its Python has them registered' },
  import: gymnasiumFlags.import,
  python: gymnasiumFlags.python,
  'gym-server': gymnasiumFlags['gym-server'],
  ...jsonFlag,
} as const satisfies Flags;

export const environmentsCommand: Command = {
  name: 'environments',
  summary: 'list the known environments',
  help: `trpo environments [flags]

Lists the known environments with their spaces and time limits, or with --gym the ids of Gymnasium.

${describeFlags(environmentFlags)}
`,
  async run(context) {
    const { values } = parseArguments(context.args, environmentFlags);
    if (values.gym) {
      await listGymnasium(context, values);
      return;
    }
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
          tunedOptions: tunedFor(id),
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

async function listGymnasium(
  context: CommandContext,
  values: FlagValues<typeof environmentFlags>,
): Promise<void> {
  const listed = await listEnvironments({
    imports: values.import,
    python: values.python,
    server: values['gym-server'],
  });
  if (values.json) {
    context.write(`${JSON.stringify(listed)}\n`);
    return;
  }
  const { python, gymnasium, ids } = listed;
  context.write(`Gymnasium ${gymnasium} on Python ${python} has ${ids.length} environments\n`);
  for (const id of ids) context.write(`  gym:${id}\n`);
}

export const optionsCommand: Command = {
  name: 'options',
  summary: 'list the options of training',
  help: `trpo options [flags]

Lists every option that --set and --config take, by what reads it, with its default and range.

${describeFlags(jsonFlag)}
`,
  async run(context) {
    const { values } = parseArguments(context.args, jsonFlag);
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
