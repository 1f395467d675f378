import { type OptionEntry, ruleOf } from '../src/options/optionEntry.js';
import { type OptionName, optionGroups, optionTable } from '../src/training/options.js';

/**
 * Types of src/training/options.ts that are computed from the table, and the interfaces that stand for them in the
 * declarations of the package, where `npm run build` puts them: members have their documentation, which editors do not
 * show of a computed type (TypeScript 7 not even of a Partial).
 */
export const optionsDeclarations: Readonly<Record<string, string>> = {
  'export type TrpoOptions = OptionValues<typeof optionTable>;': declarationOf('TrpoOptions', ''),
  'export type GivenOptions = Partial<TrpoOptions>;': declarationOf('GivenOptions', '?'),
};

function declarationOf(type: string, mark: '' | '?'): string {
  const members = optionGroups().flatMap(({ title, names }) =>
    names.map((name) => member(name, mark, title)),
  );
  return `export interface ${type} {\n${members.join('\n')}\n}`;
}

function member(name: OptionName, mark: '' | '?', readBy: string): string {
  const entry: OptionEntry = optionTable[name];
  const symbol = entry.symbol === '' ? '' : ` (${entry.symbol})`;
  return `    /**
     * ${entry.description}${symbol}: ${ruleOf(entry)}. ${readBy}.
     * @default ${JSON.stringify(entry.default)}
     */
    readonly ${name}${mark}: ${typeOf(entry)};`;
}

function typeOf(entry: OptionEntry): string {
  switch (entry.kind) {
    case 'boolean':
      return 'boolean';
    case 'choice':
      return entry.choices.map((choice) => JSON.stringify(choice)).join(' | ');
    case 'sizes':
      return 'readonly number[]';
    case 'text':
      return 'string';
    case 'number':
    case 'integer':
      return 'number';
  }
}
