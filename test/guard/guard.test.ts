import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GuardedLearner } from '../../src/checkpoint/guardState.js';
import { lowerBoundOf, MonotonicGuard, sampleOf, welchTail } from '../../src/guard/guard.js';
import { drawNormal } from '../../src/random/normal.js';
import { RandomStream } from '../../src/random/philox.js';
import type { EndedEpisode } from '../../src/rollout/rolloutLayout.js';

const STEPS = 100;
const OPTIONS = { episodes: 20, tolerance: 0.25, environments: 1 };

/** Learners stand for themselves: the number of the iteration whose batch they made. */
function makerOf(iteration: number): GuardedLearner<number> {
  return { iteration, timesteps: (iteration - 1) * STEPS, learner: iteration };
}

/** Episodes of five steps that fill a batch, with these returns. */
function episodesOf(returns: readonly number[]): EndedEpisode[] {
  return returns.map((episodeReturn, i) => ({ step: 5 * i + 4, environment: 0, episodeReturn, length: 5 }));
}

/** Twenty returns of mean `mean` and standard deviation 1. */
function spreadAround(mean: number): number[] {
  const half = Math.sqrt(19 / 20);
  return Array.from({ length: 20 }, (_, i) => mean + (i % 2 === 0 ? half : -half));
}

/** Shows the guard batches of twenty episodes each; the verdicts, each one iteration after its batch. */
function verdictsOn(guard: MonotonicGuard<number>, means: readonly number[]) {
  return means.map((mean, i) => guard.observe(episodesOf(spreadAround(mean)), STEPS, makerOf(i + 1)).verdict);
}

describe('whose episode it is', () => {
  /** A guard that has seen 300 steps and no episode. */
  function waiting() {
    const guard = new MonotonicGuard<number>(OPTIONS);
    for (let i = 1; i <= 3; i++) guard.observe([], STEPS, makerOf(i));
    return guard;
  }

  test.each([
    // step of the batch at which it ended, length, whether the policy of the batch made most of it
    [9, 10, true],
    [9, 20, true],
    [9, 21, false],
    [99, 250, true],
    [98, 250, false],
    [0, 301, false],
  ])('ended at step %d after %d steps: the present one? %s', (step, length, isPresent) => {
    const guard = waiting();
    guard.observe([{ step, environment: 0, episodeReturn: 7, length }], STEPS, makerOf(4));
    expect(guard.state.openReturns).toEqual(isPresent ? [7] : []);
    expect(guard.state.returns).toEqual(isPresent ? [] : [7]);
  });

  test('what a policy began before the next batch is counted when it ends, and a block waits for it', () => {
    const guard = new MonotonicGuard<number>(OPTIONS);
    guard.observe(episodesOf(Array(19).fill(1)), STEPS, makerOf(1));
    expect(guard.observe([], STEPS, makerOf(2)).verdict).toBeNull();
    guard.observe([{ step: 30, environment: 0, episodeReturn: 21, length: 100 }], STEPS, makerOf(3));
    expect(guard.best).toMatchObject({ iteration: 1, returns: { episodes: 20, mean: 2 } });
  });

  test('an episode begun before a rollback belongs to no policy', () => {
    const guard = new MonotonicGuard<number>(OPTIONS);
    expect(verdictsOn(guard, [100, 0, 0])).toEqual([null, 'best', 'rolled back']);
    const begunBefore = { step: 9, environment: 0, episodeReturn: 5, length: 11 };
    const begunAfter = { step: 9, environment: 0, episodeReturn: 6, length: 10 };
    guard.observe([begunBefore, begunAfter], STEPS, makerOf(4));
    expect(guard.state).toMatchObject({ returns: [], openReturns: [6] });
  });

  test('with many environments a block takes two episodes of each', () => {
    const guard = new MonotonicGuard<number>({ ...OPTIONS, environments: 50 });
    expect(guard.progress.needed).toBe(100);
  });

  test("a block's policy is the one that was at work when half of its episodes had ended", () => {
    const guard = new MonotonicGuard<number>(OPTIONS);
    for (let i = 1; i <= 8; i++) guard.observe(episodesOf([i, i, i]), STEPS, makerOf(i));
    expect(guard.best).toMatchObject({ iteration: 4, learner: 4, returns: { episodes: 21, mean: 4 } });
  });
});

describe('statistics', () => {
  test("Welch's test of Student's sleep data, as R documents it: t = -1.8608, df = 17.776, p-value = 0.07939", () => {
    const first = sampleOf([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2]);
    const second = sampleOf([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]);
    expect(2 * welchTail(second, first, 0)).toBeCloseTo(0.07939, 5);
    expect(welchTail(second, first, second.mean - first.mean)).toBe(0.5);
  });

  test('returns without any spread differ surely or not at all', () => {
    const [high, low] = [500, 400].map((mean) => ({ episodes: 20, mean, variance: 0 }));
    expect(welchTail(high, low, 99)).toBe(0);
    expect(welchTail(high, low, 100)).toBe(1);
    expect(lowerBoundOf(high)).toBe(500);
  });

  test('the lower bound holds for 19 of 20 samples', () => {
    const random = new RandomStream(7);
    let below = 0;
    for (let sample = 0; sample < 2000; sample++) {
      const returns = Array.from({ length: 20 }, () => 3 + 10 * drawNormal(random));
      if (lowerBoundOf(sampleOf(returns)) <= 3) below++;
    }
    // standard deviation of the share: 0.0049
    expect(Math.abs(below / 2000 - 0.95)).toBeLessThan(0.015);
  });

  test.each([
    ['normal', (random: RandomStream) => 100 + 50 * drawNormal(random)],
    ['exponential', (random: RandomStream) => -100 * Math.log(1 - random.uniform())],
    ['0 or 1', (random: RandomStream) => (random.uniform() < 0.8 ? 1 : 0)],
  ])('of 200 runs with %s returns that never fall, one in twenty at most is rolled back', (_, draw) => {
    let alarmed = 0;
    for (let run = 0; run < 200; run++) {
      const random = new RandomStream(run);
      const guard = new MonotonicGuard<number>(OPTIONS);
      for (let iteration = 1; iteration <= 40; iteration++) {
        guard.observe(episodesOf(Array.from({ length: 20 }, () => draw(random))), STEPS, makerOf(iteration));
      }
      if (guard.rollbackCount > 0) alarmed++;
    }
    expect(alarmed).toBeLessThanOrEqual(10);
  });

  test('a fall by two standard deviations is found within two whole blocks, nine times out of ten', () => {
    let found = 0;
    for (let run = 0; run < 100; run++) {
      const random = new RandomStream(run);
      const guard = new MonotonicGuard<number>({ ...OPTIONS, tolerance: 0 });
      for (let iteration = 1; iteration <= 23; iteration++) {
        const mean = iteration <= 20 ? 2 : 0;
        const returns = Array.from({ length: 20 }, () => mean + drawNormal(random));
        guard.observe(episodesOf(returns), STEPS, makerOf(iteration));
      }
      if (guard.rollbackCount > 0) found++;
    }
    expect(found).toBeGreaterThanOrEqual(90);
  });
});

describe('verdicts', () => {
  test('a fall within the tolerance is kept, a fall beyond it is rolled back', () => {
    const guard = () => new MonotonicGuard<number>(OPTIONS);
    // a quarter of the 80 that were gained may be lost
    expect(verdictsOn(guard(), [20, 100, 82, 0])).toEqual([null, 'best', 'best', 'kept']);
    expect(verdictsOn(guard(), [20, 100, 75, 0])).toEqual([null, 'best', 'best', 'rolled back']);
  });

  test('of policies that no bound tells apart the last one is the best', () => {
    const guard = new MonotonicGuard<number>(OPTIONS);
    verdictsOn(guard, [500, 500, 500]);
    expect(guard.best?.iteration).toBe(2);
  });

  test('each rollback halves the steps; ten blocks without a fall double them, up to what was asked for', () => {
    const guard = new MonotonicGuard<number>(OPTIONS);
    const scales = [100, 0, 0, 100, 0, 0, ...Array(24).fill(100)].map((mean, i) => {
      guard.observe(episodesOf(spreadAround(mean)), STEPS, makerOf(i + 1));
      return guard.stepFactor;
    });
    const expected = [1, 1, 0.5, 0.5, 0.5, 0.25];
    expect(scales).toEqual([
      ...expected,
      ...Array(10).fill(0.25),
      ...Array(10).fill(0.5),
      ...Array(4).fill(1),
    ]);
  });

  test('steps do not shrink beyond a thousandth, however often the return falls', () => {
    const guard = new MonotonicGuard<number>(OPTIONS);
    verdictsOn(
      guard,
      Array.from({ length: 60 }, (_, i) => -1000 * i),
    );
    expect(guard.stepFactor).toBe(2 ** -10);
  });

  test('after three rollbacks to a policy that never does so well again, its record is given up', () => {
    const guard = new MonotonicGuard<number>(OPTIONS);
    const verdicts = verdictsOn(guard, [0, 100, ...Array(12).fill(50)]).filter((verdict) => verdict !== null);
    const expected = [...Array(3).fill('rolled back'), 'given up', ...Array(4).fill('best')];
    expect(verdicts).toEqual(['best', 'best', ...expected]);
    expect(guard.best?.returns.mean).toBeCloseTo(50);
  });

  test('whatever the returns: what is offered never has a lower bound than before, unless a record is given up', () => {
    const batches = fc.array(fc.array(fc.integer({ min: -3, max: 40 }), { maxLength: 20 }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(batches, (returns) => {
        const guard = new MonotonicGuard<number>({ ...OPTIONS, episodes: 4, tolerance: 0 });
        let before = Number.NEGATIVE_INFINITY;
        returns.forEach((batch, i) => {
          const { verdict } = guard.observe(episodesOf(batch), STEPS, makerOf(i + 1));
          const bound = guard.best?.lowerBound ?? Number.NEGATIVE_INFINITY;
          if (verdict !== 'given up') expect(bound).toBeGreaterThanOrEqual(before);
          before = bound;
        });
      }),
    );
  });

  test('a guard goes on from its state with the same verdicts', () => {
    const random = new RandomStream(3);
    const batches = Array.from({ length: 60 }, (_, i) =>
      Array.from({ length: 7 }, () => random.uniform() * (i % 20)),
    );
    const whole = new MonotonicGuard<number>(OPTIONS);
    let resumed = new MonotonicGuard<number>(OPTIONS);
    batches.forEach((batch, i) => {
      const { state } = resumed;
      resumed = new MonotonicGuard<number>(OPTIONS);
      resumed.state = state;
      const verdict = whole.observe(episodesOf(batch), STEPS, makerOf(i + 1));
      expect(resumed.observe(episodesOf(batch), STEPS, makerOf(i + 1))).toEqual(verdict);
      expect(resumed.state).toEqual(whole.state);
    });
    expect(whole.rollbackCount).toBeGreaterThan(0);
  });
});
