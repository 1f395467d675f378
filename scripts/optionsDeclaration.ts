import { type OptionEntry, ruleOf } from '../src/options/optionEntry.js';
import { type OptionName, optionGroups, optionTable } from '../src/training/options.js';

/**
 * The type of all options as an interface whose members have their documentation, for editors: TypeScript shows none for a
 * type that is computed from the table. `npm run build` puts it into the declarations of the package.
 */
export function optionsDeclaration(): string {
  const members = optionGroups().flatMap(({ title, names }) => names.map((name) => member(name, title)));
  return `export interface TrpoOptions {\n${members.join('\n')}\n}`;
}

function member(name: OptionName, readBy: string): string {
  const entry: OptionEntry = optionTable[name];
  const symbol = entry.symbol === '' ? '' : ` (${entry.symbol})`;
  return `    /**
     * ${entry.description}${symbol}: ${ruleOf(entry)}. ${readBy}.
     * @default ${JSON.stringify(entry.default)}
     */
    readonly ${name}: ${typeOf(entry)};`;
}

function typeOf(entry: OptionEntry): string {
  switch (entry.kind) {
    case 'boolean':
      return 'boolean';
    case 'choice':
      return entry.choices.map((choice) => JSON.stringify(choice)).join(' | ');
    case 'sizes':
      return 'readonly number[]';
    default:
      return 'number';
  }
}
