import { describe, expect, test } from 'vitest';
import { describeRows, diagnose } from '../../src/health/diagnosis.js';
import { fromStableBaselines3 } from '../../src/health/foreignRows.js';
import { rules } from '../../src/health/rules.js';
import { describeAlarm, HealthWatch } from '../../src/health/watch.js';
import { guardKey, type ProgressRow, progressKey } from '../../src/logging/sink.js';
import { liveWarnings } from './plantedRuns.js';

/** Rows of a run of which only these columns are known. */
function rowsOf(count: number, columns: (i: number) => ProgressRow): ProgressRow[] {
  return Array.from({ length: count }, (_, i) => ({ [progressKey.iterations]: i + 1, ...columns(i) }));
}

function namesOf(rows: readonly ProgressRow[]): string[] {
  return diagnose(rows).map(({ rule }) => rule.name);
}

const rising = (i: number) => ({ [progressKey.meanReturn]: 10 + i });

describe('failures that take long, or that a test cannot make', () => {
  test('a return that falls below half of what was learned', () => {
    const fall = rowsOf(60, (i) => ({ [progressKey.meanReturn]: i < 30 ? 10 + i : 15 }));
    expect(namesOf(fall)).toEqual(['return-fell']);
    expect(namesOf(rowsOf(60, (i) => ({ [progressKey.meanReturn]: i < 30 ? 10 + i : 30 })))).toEqual([]);
  });

  test('a return that never rises', () => {
    const flat = (i: number) => ({ [progressKey.meanReturn]: -100 + Math.sin(i) });
    expect(namesOf(rowsOf(120, flat))).toEqual(['learning-stalled']);
    expect(namesOf(rowsOf(120, rising))).toEqual([]);
  });

  test('entropy that is gone before anything was learned', () => {
    const entropy = (i: number) => ({ [progressKey.entropy]: 0.69 * 0.7 ** i });
    expect(namesOf(rowsOf(20, (i) => ({ ...entropy(i), [progressKey.meanReturn]: 10 })))).toEqual([
      'entropy-collapse',
    ]);
    // a policy that has learned may be sure of itself
    expect(namesOf(rowsOf(20, (i) => ({ ...entropy(i), ...rising(i) })))).toEqual([]);
  });

  test('noise of a Gaussian policy that is gone before anything was learned', () => {
    const row = (i: number) => ({
      [progressKey.std]: 0.7 ** i,
      [progressKey.entropy]: 1.4 + i * Math.log(0.7),
    });
    expect(namesOf(rowsOf(20, row))).toEqual(['entropy-collapse']);
  });

  test('steps that are refused again and again', () => {
    const refused = (share: number) =>
      rowsOf(20, (i) => ({
        [progressKey.lineSearchAccepted]: i % 10 >= 10 * share,
        [progressKey.lineSearchReason]: 'KL above limit',
      }));
    expect(diagnose(refused(0.9))[0].cause).toMatch(/9 of the last 10 steps were refused \(KL above limit\)/);
    expect(namesOf(refused(0.5))).toEqual([]);
  });

  test('curvature that is not positive, mended or not', () => {
    const stopped = rowsOf(1, () => ({ [progressKey.cgStopReason]: 'non-positive curvature' }));
    const mended = rowsOf(1, () => ({ [progressKey.dampingRetries]: 2, [progressKey.damping]: 0.03 }));
    expect(namesOf(stopped)).toEqual(['curvature']);
    expect(diagnose(mended)[0].cause).toMatch(/damped with 0.03/);
    // a damping that the user changed
    expect(
      namesOf(rowsOf(9, (i) => ({ [progressKey.damping]: i, [progressKey.dampingRetries]: 0 }))),
    ).toEqual([]);
  });

  test('an update that meets numbers which are not finite', () => {
    expect(namesOf(rowsOf(1, () => ({ [progressKey.lineSearchReason]: 'non-finite direction' })))).toEqual([
      'not-finite',
    ]);
  });
  test('a guard under which no episode ends', () => {
    const guarded = (best: number | null) => ({ [guardKey.bestReturn]: best, [guardKey.episodes]: 3 });
    expect(namesOf(rowsOf(29, () => guarded(null)))).toEqual([]);
    expect(diagnose(rowsOf(30, () => guarded(null)))[0].cause).toMatch(/in 30 updates 3 episodes ended/);
    expect(namesOf(rowsOf(40, () => guarded(12)))).toEqual([]);
  });

  test('a record that the guard gives up', () => {
    const row = {
      [guardKey.verdict]: 'given up',
      [guardKey.judgedReturn]: 12.5,
      [guardKey.bestReturn]: 12.5,
      [guardKey.stepScale]: 0.0625,
    };
    const [{ rule, cause }] = diagnose(rowsOf(1, () => row));
    expect(rule.name).toBe('rolled-back');
    expect(cause).toMatch(/fell to 12.5 again after .* 0.0625 times/);
  });
});

describe('the watch', () => {
  const kl = (value: number) => ({ [progressKey.klOldNew]: value });

  test('tells of a symptom when it begins, and again when it comes back after a calm', () => {
    const rows = rowsOf(40, (i) => kl(i < 10 || (i > 12 && i < 16) || i > 32 ? 0.2 : 0.01));
    expect(liveWarnings(rows)).toEqual(['kl-explosion', 'kl-explosion']);
  });

  test('tells of every rollback, even if the last one was a few rows ago', () => {
    const rows = rowsOf(9, (i) => ({
      [guardKey.verdict]: i === 3 || i === 5 ? 'rolled back' : null,
      [guardKey.judgedReturn]: i === 3 ? 60 : 70,
      [guardKey.bestReturn]: 487,
      [guardKey.bestIteration]: 18,
      [guardKey.stepScale]: i < 5 ? 0.5 : 0.25,
    }));
    expect(liveWarnings(rows)).toEqual(['rolled-back', 'rolled-back']);
    const watch = new HealthWatch();
    const told = rows.flatMap((row) => watch.look(row)).map(describeAlarm);
    expect(told[0]).toMatch(/fell to 60 from 487: .* of iteration 18; steps are now 0.5 times/);
    expect(told[1]).toMatch(/fell to 70 from 487/);
  });

  test('tells again when a warning becomes an error', () => {
    const watch = new HealthWatch();
    const begun = rowsOf(8, (i) => kl(i < 4 ? 0.2 : 2)).flatMap((row) =>
      watch.look(row).filter((a) => a.begins),
    );
    expect(begun.map(({ symptom }) => symptom.severity)).toEqual(['warning', 'error']);
    expect(describeAlarm(begun[1])).toMatch(/^KL explosion: .* of 2: .* Way out: .*maxKl/);
  });

  test('says the same of rows that were read back from JSON: a resumed run goes on as it would have', () => {
    const rows = rowsOf(40, (i) => ({ ...kl(i % 13 === 0 ? 5 : 0.2 / (1 + (i % 7))), ...rising(-i) }));
    const back: ProgressRow[] = JSON.parse(JSON.stringify(rows));
    expect(liveWarnings(back)).toEqual(liveWarnings(rows));
  });
});

describe('findings', () => {
  test('come worst first, with all rows that show them', () => {
    const rows = rowsOf(12, (i) => ({
      [progressKey.klOldNew]: 0.2,
      [progressKey.ratioError]: i === 7 ? 0.5 : 0,
    }));
    const [stale, explosion] = diagnose(rows);
    expect(stale).toMatchObject({ severity: 'error', rule: { name: 'stale-batch' } });
    expect(describeRows(stale.rows)).toBe('update 8');
    expect(explosion).toMatchObject({ severity: 'warning', rule: { name: 'kl-explosion' } });
    expect(describeRows(explosion.rows)).toBe('updates 3 to 12 (10 rows)');
  });

  test('every rule names a cause, a way out and columns', () => {
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
    for (const { title, remedy } of rules) {
      expect(title).toMatch(/^[A-Z]/);
      expect(remedy.length).toBeGreaterThan(20);
    }
  });

  test('no rows, no findings', () => {
    expect(diagnose([])).toEqual([]);
  });
});

test('names of Stable-Baselines3 that differ from ours are understood', () => {
  const rows = fromStableBaselines3([
    { 'time/fps': 100 },
    { 'train/approx_kl': 0.9, 'train/entropy_loss': -0.5, 'rollout/ep_rew_mean': 3 },
  ]);
  expect(rows).toEqual([
    expect.objectContaining({
      [progressKey.iterations]: 1,
      [progressKey.klOldNew]: 0.9,
      [progressKey.entropy]: 0.5,
      [progressKey.meanReturn]: 3,
    }),
  ]);
});
