import { describe, expect, test } from 'vitest';
import { edgeModule } from '../edge/support.js';
import { fuzz, fuzzSubjects } from '../support/fuzzSubjects.js';
import { testRuntime } from '../support/runtime.js';

/** Of each file; npm run bench -- fuzz tries far more. */
const ALTERATIONS = 250;

const subjects = await fuzzSubjects(testRuntime(), edgeModule());

describe.each(subjects)('$name', (subject) => {
  test('is read back as it was written', async () => {
    expect(await subject.read(subject.file)).toEqual({ kind: 'same' });
  });

  test('altered, is read or refused by name', async () => {
    const kinds = new Set<string>();
    for (let number = 0; number < ALTERATIONS; number++) {
      const { outcome } = await fuzz(subject, number);
      kinds.add(outcome.kind);
    }
    expect(kinds).toContain('refused');
    // alterations left nothing of the parser's state behind
    expect(await subject.read(subject.file)).toEqual({ kind: 'same' });
  });
});
