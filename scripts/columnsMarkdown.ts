import {
  columnMeanings,
  guardColumnMeanings,
  inactiveMeanings,
  infoMeaning,
} from '../src/logging/columns.js';
import { guardKey, inactiveKey, infoKey, progressKey } from '../src/logging/sink.js';

/** docs/reference/progress.md as text. */
export function columnsMarkdown(): string {
  const rows = Object.entries(progressKey).map(
    ([name, key]) => `| \`${key}\` | ${columnMeanings[name as keyof typeof progressKey]} |`,
  );
  const guardRows = Object.entries(guardKey).map(
    ([name, key]) => `| \`${key}\` | ${guardColumnMeanings[name as keyof typeof guardKey]} |`,
  );
  return `# Columns of progress.jsonl

Made from \`src/logging/columns.ts\` by \`npm run docs\`; a test keeps it equal to it. A row is an iteration; \`null\` is a value that
does not exist, such as a mean over no episodes. Names are those of Stable-Baselines3 where it has them.

| column | meaning |
|---|---|
${rows.join('\n')}
| \`${inactiveKey('units', 1)}\`, ... | ${inactiveMeanings.units} |
| \`${inactiveKey('filters', 1)}\`, ... | ${inactiveMeanings.filters} |
| \`${infoKey('NAME')}\`, ... | ${infoMeaning} |

With the option \`guard\` a row has these too:

| column | meaning |
|---|---|
${guardRows.join('\n')}
`;
}
