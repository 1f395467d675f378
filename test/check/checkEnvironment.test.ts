import { describe, expect, test } from 'vitest';
import { checkEnvironment } from '../../src/check/checkEnvironment.js';
import type { Environment, ResetOptions, StepResult } from '../../src/environments/environment.js';
import { Box, Discrete } from '../../src/environments/spaces.js';
import { OptionError } from '../../src/errors.js';
import { RandomStream } from '../../src/random/philox.js';
import type { EnvironmentFactory } from '../../src/vector/givenSource.js';

const LENGTH = 6;
const SLIPS = 0.2;

/** A walk along a corridor that slips; it keeps what training relies on. Classes below plant one fault each. */
class Corridor implements Environment {
  readonly observationSpace = new Box({ low: 0, high: LENGTH, size: 1 });
  readonly actionSpace = new Discrete(2);
  protected random = new RandomStream(0);
  protected place = 0;
  protected elapsed = 0;

  reset({ seed }: ResetOptions = {}) {
    if (seed !== undefined) this.random = new RandomStream(seed);
    this.place = Math.floor(this.random.uniform() * 3);
    this.elapsed = 0;
    return { observation: [this.place] };
  }

  step(action: number): StepResult | Promise<StepResult> {
    return this.move(action);
  }

  protected move(action: number): StepResult {
    const slips = this.random.uniform() < SLIPS;
    this.place = Math.max(0, this.place + ((action === 1) !== slips ? 1 : -1));
    const terminated = this.place === LENGTH;
    return { observation: [this.place], reward: -1, terminated, truncated: ++this.elapsed >= 50 };
  }

  saveState(): number[] {
    return [this.place, this.elapsed, this.random.seed, this.random.drawn];
  }

  restoreState([place, elapsed, seed, drawn]: number[]) {
    this.place = place;
    this.elapsed = elapsed;
    this.random = new RandomStream(seed);
    this.random.drawn = drawn;
  }
}

async function brokenRules(make: EnvironmentFactory, options = {}) {
  const { results, failures } = await checkEnvironment(make, { steps: 60, ...options });
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  expect(failures).toBe(failed.length);
  return failed;
}

describe('checkEnvironment', () => {
  test('finds nothing to fail in an environment that keeps what training relies on, and tells what is advised', async () => {
    const told: string[] = [];
    const report = await checkEnvironment(() => new Corridor(), {
      environmentName: 'corridor',
      onResult: ({ rule }) => told.push(rule),
    });
    expect(report).toMatchObject({ environment: 'corridor', failures: 0 });
    expect(told).toEqual(report.results.map(({ rule }) => rule));
    const outcomeOf = (rule: RegExp) => report.results.find((result) => rule.test(result.rule))!.outcome;
    expect(outcomeOf(/^goes on from a saved state/)).toBe('ok');
    expect(outcomeOf(/^refuses a step before the first reset/)).toBe('advice');
    expect(outcomeOf(/^renders/)).toBe('skipped');
  });

  test('finds nothing at all in a known environment, by its name', async () => {
    const { environment, results } = await checkEnvironment('CartPole-v1');
    expect(environment).toBe('CartPole-v1');
    expect(results.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
  });

  const shared = new Corridor();
  let started = 0;
  const sharedAnswer = [0];
  const sharedStream = new RandomStream(5);
  /** A corridor whose left end is closed, and its mask. */
  class Closed extends Corridor {
    override readonly actionSpace = new Discrete(2, { masked: true });
    protected closedEnd = 0;

    override reset(options: ResetOptions = {}) {
      return { ...super.reset(options), info: this.info() };
    }

    override step(action: number) {
      if (action === 0 && this.place === this.closedEnd) throw new Error('into the wall');
      return { ...this.move(action), info: this.info() };
    }

    protected info(): { actionMask: boolean[] } {
      return { actionMask: [this.place > 0, true] };
    }
  }

  test('finds nothing to fail in an environment with masks', async () => {
    expect(await brokenRules(() => new Closed())).toEqual([]);
  });

  const faults: [string, () => unknown, rule: RegExp, reason: RegExp][] = [
    ['one object for all', () => shared, /an environment of its own/, /same object/],
    [
      'spaces that differ',
      () => Object.assign(new Corridor(), { actionSpace: new Discrete(2 + (started++ % 2)) }),
      /an environment of its own/,
      /actionSpace is .* in one and .* in the next/,
    ],
    [
      'a mask that allows what is not taken',
      () => Object.assign(new Closed(), { closedEnd: 1 }),
      /^takes each choice that its mask allows/,
      /threw in step\(\): into the wall/,
    ],
    [
      'a mask without choice',
      () => Object.assign(new Closed(), { info: () => ({ actionMask: [0, 0] }) }),
      /^resets to finite members/,
      /an info.actionMask that allows no choice/,
    ],
    [
      'no mask',
      () => Object.assign(new Closed(), { info: () => ({}) }),
      /^resets to finite members/,
      /returned no info.actionMask from reset\(\)/,
    ],
    [
      'a mask that is not declared',
      () => Object.assign(new Closed(), { actionSpace: new Discrete(2) }),
      /^resets to finite members/,
      /its action space is not masked; write its action space as/,
    ],
    [
      'masks of chance',
      () =>
        Object.assign(new Closed(), {
          info: () => ({ actionMask: [started++ % 3 === 0, true] }),
          closedEnd: -1,
        }),
      /^plays the same episode for the same seed/,
      /mask\[0\] is [01] and [01]/,
    ],
    ['no environment', () => ({}), /^is made/, /observationSpace is not one of Box, .*, Tuple but undefined/],
    [
      'an action space that does not know its members',
      () => Object.assign(new Corridor(), { actionSpace: { kind: 'Discrete', n: 2, contains: () => false } }),
      /knows its members/,
      /contains\(\d\) is false; give a Box/,
    ],
    [
      'a first observation out of bounds',
      () => Object.assign(new Corridor(), { observationSpace: new Box({ low: 3, high: 6, size: 1 }) }),
      /^resets to finite members/,
      /observation\[0\] is [012], its observation space has 3 to 6/,
    ],
    [
      'too many numbers',
      () => Object.assign(new Corridor(), { observationSpace: new Box({ low: 0, high: 6, size: 2 }) }),
      /^resets to finite members/,
      /1 numbers as observation from reset\(\)/,
    ],
    [
      'NaN',
      () =>
        new (class extends Corridor {
          override step(action: number) {
            return { ...this.move(action), reward: Number.NaN };
          }
        })(),
      /^steps to finite members/,
      /reward NaN/,
    ],
    [
      'no flags',
      () =>
        new (class extends Corridor {
          override step(action: number) {
            return { ...this.move(action), truncated: undefined as unknown as boolean };
          }
        })(),
      /^steps to finite members/,
      /truncated undefined/,
    ],
    [
      'an action that is not taken',
      () =>
        new (class extends Corridor {
          private inARow = 0;
          override step(action: number) {
            this.inARow = action === 1 ? this.inARow + 1 : 0;
            if (this.inARow === 5) throw new Error('motor blocked');
            return this.move(action);
          }
        })(),
      /^takes actions at the bounds/,
      /threw in step\(\): motor blocked/,
    ],
    [
      'a stream that the seed does not begin anew',
      () =>
        new (class extends Corridor {
          private begun?: RandomStream;
          override reset({ seed = 0 }: ResetOptions = {}) {
            this.begun ??= new RandomStream(seed);
            this.random = this.begun;
            return super.reset();
          }
        })(),
      /^plays the same episode for the same seed/,
      /in one environment: (the first observations differ|step \d+ differs)/,
    ],
    [
      'a state that reset() leaves',
      () =>
        new (class extends Corridor {
          private total = 0;
          override step(action: number) {
            return { ...this.move(action), reward: ++this.total };
          }
        })(),
      /^plays the same episode for the same seed/,
      /reward is 1 and \d+/,
    ],
    [
      'chance that no seed reaches',
      () =>
        new (class extends Corridor {
          override reset(options: ResetOptions = {}) {
            super.reset(options);
            if (options.seed === undefined) this.place = started++ % 5;
            return { observation: [this.place] };
          }
        })(),
      /^goes on with its random stream/,
      /observation\[0\] is \d and \d/,
    ],
    [
      'an array that all share',
      () =>
        new (class extends Corridor {
          override reset(options: ResetOptions = {}) {
            sharedAnswer[0] = super.reset(options).observation[0];
            return { observation: sharedAnswer };
          }
          override step(action: number) {
            const answer = this.move(action);
            sharedAnswer[0] = answer.observation[0];
            return { ...answer, observation: sharedAnswer };
          }
        })(),
      /^shares nothing/,
      /observation\[0\] is \d and \d/,
    ],
    [
      'a stream that all share',
      () =>
        new (class extends Corridor {
          override reset({ seed }: ResetOptions = {}) {
            if (seed !== undefined) sharedStream.drawn = seed;
            this.random = sharedStream;
            return super.reset();
          }
        })(),
      /^shares nothing/,
      /beside another, and alone|after a reset of another/,
    ],
    [
      'a state without the random stream',
      () =>
        new (class extends Corridor {
          override saveState() {
            return [this.place, this.elapsed];
          }
          override restoreState([place, elapsed]: number[]) {
            [this.place, this.elapsed] = [place, elapsed];
          }
        })(),
      /^goes on from a saved state/,
      /what follows.* differs/,
    ],
    [
      'saveState() alone',
      () => Object.assign(new Corridor(), { restoreState: undefined }),
      /^goes on from a saved state/,
      /saveState\(\) without restoreState\(\)/,
    ],
    [
      'pictures of nothing',
      () => Object.assign(new Corridor(), { render: () => ({ view: {}, shapes: [] }) }),
      /^renders finite shapes/,
      /the view \{\}/,
    ],
    [
      'pictures that draw random numbers',
      () =>
        new (class extends Corridor {
          render() {
            const x = this.random.uniform();
            const circle = { kind: 'circle', center: [x, 0], radius: 1, fill: 'red' } as const;
            return { view: { left: -1, right: 1, bottom: -1, top: 1 }, shapes: [circle] };
          }
        })(),
      /^is not changed by being rendered/,
      /without render\(\) and with it/,
    ],
    [
      'an answer that does not come',
      () => Object.assign(new Corridor(), { step: () => new Promise(() => {}) }),
      /^steps to finite members/,
      /did not answer from step\(\) within 20 ms/,
    ],
    [
      'an end that fails',
      () => Object.assign(new Corridor(), { close: () => Promise.reject(new Error('no way')) }),
      /^is made/,
      /threw in close\(\): no way/,
    ],
  ];
  test.each(faults)('finds %s', async (_, make, rule, reason) => {
    const failed = await brokenRules(make as EnvironmentFactory, { stepTimeoutMs: 20 });
    const found = failed.find((result) => rule.test(result.rule));
    expect(found?.reason).toMatch(reason);
  });

  test('an environment whose episodes do not end is advised a time limit, and fails nothing', async () => {
    const make = () =>
      new (class extends Corridor {
        override step(action: number) {
          return { ...this.move(action), terminated: false, truncated: false };
        }
      })();
    const endless = () =>
      Object.assign(make(), { observationSpace: new Box({ low: 0, high: 1e6, size: 1 }) });
    const { results, failures } = await checkEnvironment(endless, { steps: 30, longestEpisode: 200 });
    expect(failures).toBe(0);
    const { outcome, reason } = results.find(({ rule }) => rule === 'ends its episodes')!;
    expect(outcome).toBe('advice');
    expect(reason).toMatch(/within 200 steps; .*TimeLimit/);
  });

  test('a float32 observation may be a rounding beyond the bounds', async () => {
    const make = () =>
      Object.assign(new Corridor(), {
        observationSpace: new Box({ low: 0, high: 0.1, size: 1 }),
        reset: () => ({ observation: Float32Array.of(0.1) }),
        step: () => ({ observation: Float32Array.of(0.1), reward: 0, terminated: true, truncated: false }),
      });
    const failed = await brokenRules(make);
    expect(failed.filter(({ rule }) => /members/.test(rule))).toEqual([]);
  });

  test('options out of range are refused, and a signal ends the checks', async () => {
    const make = () => new Corridor();
    await expect(checkEnvironment(make, { steps: 0 })).rejects.toThrow(OptionError);
    await expect(checkEnvironment(make, { longestEpisode: 0.5 })).rejects.toThrow(/longestEpisode = 0.5/);
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(checkEnvironment(make, { signal: aborted })).rejects.toThrow('enough');
  });
});

/** Corridors stepped together; `broken` plants a fault. */
class Corridors {
  readonly observationSpace = new Box({ low: 0, high: LENGTH, size: 1 });
  readonly actionSpace = new Discrete(2);
  readonly places: number[];
  readonly streams: RandomStream[];

  constructor(
    readonly count: number,
    private readonly broken: 'nothing' | 'one stream' | 'all move' | 'too high' = 'nothing',
  ) {
    this.places = new Array<number>(count).fill(0);
    this.streams = Array.from({ length: count }, () => new RandomStream(0));
  }

  reset(which: readonly number[], seeds?: readonly number[]) {
    return which.map((index, row) => {
      if (seeds) this.streams[index] = new RandomStream(this.broken === 'one stream' ? seeds[0] : seeds[row]);
      this.places[index] = 0;
      return 0;
    });
  }

  step(which: readonly number[], actions: ArrayLike<number>) {
    const rows = which.map((index, row) => {
      const slips = this.streams[index].uniform() < SLIPS;
      this.places[index] = Math.max(0, this.places[index] + ((actions[row] === 1) !== slips ? 1 : -1));
      return this.places[index];
    });
    if (this.broken === 'all move') {
      for (let index = 0; index < this.count; index++) {
        if (!which.includes(index)) this.places[index] = Math.min(LENGTH - 1, this.places[index] + 1);
      }
    }
    const terminated = rows.map((place) => (place === LENGTH ? 1 : 0));
    const observations = this.broken === 'too high' ? rows.map((place) => place * 10) : rows;
    return { observations, rewards: rows.map(() => -1), terminated, truncated: rows.map(() => 0) };
  }
}

describe('checkEnvironment of a vector', () => {
  test('finds nothing in one that keeps the contract', async () => {
    expect(await brokenRules((count) => new Corridors(count))).toEqual([]);
  });

  test.each([
    ['one stream', /would answer one by one/, /environment \d in a vector, and alone/],
    ['all move', /leaves alone/, /asked together, and alone/],
    ['too high', /^answers with members/, /observation\[0\] is \d0, its observation space has 0 to 6/],
  ] as const)('finds: %s', async (broken, rule, reason) => {
    const failed = await brokenRules((count) => new Corridors(count, broken));
    expect(failed.find((result) => rule.test(result.rule))?.reason).toMatch(reason);
  });

  test('finds one that has not as many environments as were asked for', async () => {
    const failed = await brokenRules((count) => new Corridors(count === 3 ? 4 : count));
    expect(failed.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/is a vector of 4 environments, and 3/),
    ]);
  });
});
