import {
  type OptionName,
  optionGroups,
  optionTable,
  ruleOf,
  type TrpoOptions,
} from '../src/training/options.js';
import { tunedOptions } from '../src/training/tunedOptions.js';

/** docs/reference/options.md as text, from the option table and the tuned options. `npm run docs` writes it. */
export function optionsMarkdown(): string {
  const groups = optionGroups().map(({ title, names }) => {
    const rows = names.map((name) => {
      const { symbol, description } = optionTable[name];
      return `| \`${name}\` | ${symbol} | ${valueText(optionTable[name].default)} | ${ruleOf(name)} | ${description} |`;
    });
    return `## ${title}

| option | symbol | default | values | what it does |
|---|---|---|---|---|
${rows.join('\n')}
`;
  });
  const tuned = Object.entries(tunedOptions).map(([environment, options]) => {
    const values = Object.entries(options).map(([name, value]) => `\`${name}\` ${valueText(value)}`);
    return `| ${environment} | ${values.join(', ') || 'the defaults'} |`;
  });
  return `# Options of training

Made from \`src/training/options.ts\` and \`src/training/tunedOptions.ts\` by \`npm run docs\`; a test keeps it equal to them.
Give any of them on the command line with \`--set name=value\`, in a file with \`--config\`, or in the object passed to
\`train\` and \`createTrainer\`.

An option that the algorithm or sampling at hand does not read is refused.

${groups.join('\n')}
## Where each environment starts from

| environment | options that differ from the defaults |
|---|---|
${tuned.join('\n')}
`;
}

function valueText(value: TrpoOptions[OptionName]): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}
