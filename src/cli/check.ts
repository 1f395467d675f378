import type { CheckOutcome, CheckResult } from '../check/check.js';
import { checkEnvironment } from '../check/checkEnvironment.js';
import { EnvironmentError, OptionError } from '../errors.js';
import { countFlag, describeFlags, type Flags, parseArguments } from './arguments.js';
import type { Command } from './command.js';
import { ENVIRONMENT_HELP, givenEnvironment } from './givenEnvironment.js';
import { gymnasiumFlags } from './gymnasiumFlags.js';

const flags = {
  steps: {
    type: 'string',
    placeholder: 'N',
    help: 'steps of an episode that are played at most (default 1000)',
  },
  ...gymnasiumFlags,
  json: { type: 'boolean', help: 'one JSON object on standard output and nothing else there' },
} as const satisfies Flags;

const WORDS: Readonly<Record<CheckOutcome, string>> = {
  ok: 'ok',
  failed: 'FAILS',
  advice: 'advice',
  skipped: 'skipped',
};
const WIDTH = Math.max(...Object.values(WORDS).map((word) => word.length));

export const checkCommand: Command = {
  name: 'check',
  summary: 'run the contract of environments on one of them',
  help: `trpo check ENVIRONMENT [flags]

Plays an environment with random actions and looks whether it keeps the contract that the environments of this package keep:
spaces, members, finite numbers, seeds, determinism, resets, saved states, pictures, refusals. Each rule is told as ok, or with
what breaks it and the way out. Rules that nothing relies on are advice. The exit code is 1 when a rule fails.

${ENVIRONMENT_HELP}

${describeFlags(flags)}
`,
  async run(context) {
    const { values, positionals } = parseArguments(context.args, flags);
    if (positionals.length !== 1) {
      throw new OptionError(`trpo check takes one environment, ${positionals.length} were given`);
    }
    const steps = values.steps === undefined ? undefined : countFlag('steps', values.steps);
    const { name, source } = await givenEnvironment(positionals[0], values);
    if (!values.json) context.write(`${name}\n`);
    const report = await checkEnvironment(source, {
      environmentName: name,
      steps,
      signal: context.signal,
      onResult: values.json ? undefined : (result) => context.write(describeResult(result)),
    });
    if (values.json) context.write(`${JSON.stringify(report)}\n`);
    const { failures, results } = report;
    if (failures > 0) {
      throw new EnvironmentError(
        `${name} breaks ${failures} of ${results.length} rules; mend it as each says, and check again`,
      );
    }
    if (!values.json) context.write(`${name} keeps the contract: ${countsOf(results)}\n`);
  },
};

function describeResult({ outcome, rule, reason }: CheckResult): string {
  const indent = ' '.repeat(WIDTH + 4);
  return `  ${WORDS[outcome].padEnd(WIDTH)}  ${rule}\n${reason === undefined ? '' : `${indent}${reason}\n`}`;
}

/** Such as "15 ok, 3 advice, 2 skipped". */
function countsOf(results: readonly CheckResult[]): string {
  return (Object.keys(WORDS) as CheckOutcome[])
    .map((outcome) => ({ outcome, count: results.filter((result) => result.outcome === outcome).length }))
    .filter(({ count }) => count > 0)
    .map(({ outcome, count }) => `${count} ${WORDS[outcome]}`)
    .join(', ');
}
