import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { columnsMarkdown } from '../../scripts/columnsMarkdown.js';

test('docs/reference/progress.md is what the table of columns says', () => {
  const written = readFileSync(new URL('../../docs/reference/progress.md', import.meta.url), 'utf8');
  expect(written).toBe(columnsMarkdown());
});
