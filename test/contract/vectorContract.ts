import { describe, expect, it } from 'vitest';
import { runCheck } from '../../src/check/check.js';
import { vectorContract } from '../../src/check/vectorContract.js';
import { actionSizeOf, type Box } from '../../src/environments/spaces.js';
import type { VectorEnvironment } from '../../src/vector/vectorEnvironment.js';

const STEPS = 300;

/** What every vector environment must do: call it from a test file with a name and a maker of fresh vectors. */
export function describeVectorContract(
  name: string,
  create: (count: number) => VectorEnvironment<Box>,
): void {
  describe(`${name} keeps the vector contract`, () => {
    it('has spaces whatever its size', () => {
      const vector = create(64);
      expect(vector.count).toBe(64);
      expect(vector.observationSpace.kind).toBe('Box');
      expect(actionSizeOf(vector.actionSpace)).toBeGreaterThan(0);
    });

    const [saves, draws] = [create(1).saveStates !== undefined, create(1).render !== undefined];
    it.each(vectorContract.map((check) => [check.rule, check] as const))('%s', async (rule, check) => {
      const { outcome, reason } = await runCheck(check, {
        create: async (count) => create(count),
        steps: STEPS,
      });
      const needsWhatIsNotThere = (/\bsaved\b/.test(rule) && !saves) || (/\brenders\b/.test(rule) && !draws);
      expect({ outcome, reason: needsWhatIsNotThere ? undefined : reason }).toEqual({
        outcome: needsWhatIsNotThere ? 'skipped' : 'ok',
        reason: undefined,
      });
    });
  });
}
