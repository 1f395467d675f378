import { EnvironmentError, StandstillError } from '../errors.js';
import type { CallLimit } from '../platform/threads.js';
import { isPromise, type Place } from './environmentChecks.js';

/**
 * Work that calls environments: each stretch of it runs without waiting, and yields a promise to be awaited before the
 * next, or nothing where it only may be cut.
 */
export type Stretches<Result = void> = Generator<Promise<unknown> | undefined, Result, void>;

/** What environments answered, in their order; waits where some only promised. */
export function* awaitAnswers<Answer>(
  answers: readonly (Answer | Promise<Answer>)[],
): Stretches<readonly Answer[]> {
  let settled = answers as readonly Answer[];
  if (answers.some(isPromise)) {
    yield Promise.all(answers).then((kept) => {
      settled = kept;
    });
  }
  return settled;
}

/** Most of a stretch: as long may the event loop wait for a turn, while environments answer at once. */
export const YIELD_INTERVAL_MS = 50;
/** Looks at a promise before it counts as late: while the process is suspended, or its clock leaps, there are none. */
const LOOKS = 8;

interface EnvironmentCall {
  readonly place: Place;
  readonly method: string;
}

/** Calls to environments: those that throw are named, and those that take longer than `timeoutMs`, if it is not 0. */
export class EnvironmentCalls {
  private stretchBegan = 0;
  /** The call that has not returned, while calls are limited. */
  private underWay: EnvironmentCall | undefined;

  /** limitCall: absent where the runtime cannot end what does not return; then promises alone are limited. */
  constructor(
    private readonly timeoutMs: number,
    private readonly limitCall?: CallLimit,
  ) {}

  /** What the call returns. Throws EnvironmentError saying where it threw. */
  call<Result>(place: Place, method: string, call: () => Result): Result {
    if (this.timeoutMs > 0) this.underWay = { place, method };
    try {
      const answer = call();
      // not in a finally: what ends a call from outside would run it too
      this.underWay = undefined;
      return answer;
    } catch (error) {
      this.underWay = undefined;
      throw thrown(place, method, error);
    }
  }

  /** What the call returns, or a promise of what it promised. Throws as `call`; so does the promise, or when it is late. */
  ask<Result>(place: Place, method: string, call: () => Result | Promise<Result>): Result | Promise<Result> {
    const answer = this.call(place, method, call);
    return isPromise(answer) ? this.answerOf(answer, place, method) : answer;
  }

  /** Whether a stretch of work has lasted so long that it must end before the next call, if calls are limited. */
  get isCutDue(): boolean {
    return this.timeoutMs > 0 && performance.now() - this.stretchBegan > YIELD_INTERVAL_MS;
  }

  /**
   * Does the work to its end. what: such as "environments 2 to 3 of Robot from step 128 on". Throws what it throws,
   * EnvironmentError naming a call that did not return in time, or StandstillError where the process did nothing meanwhile.
   */
  async run<Result>(what: string, work: Stretches<Result>): Promise<Result> {
    for (;;) {
      const stretch = this.nextStretch(what, work);
      if (stretch.done) return stretch.value;
      if (stretch.value !== undefined) await stretch.value;
    }
  }

  private nextStretch<Result>(
    what: string,
    work: Stretches<Result>,
  ): IteratorResult<Promise<unknown> | undefined, Result> {
    if (this.timeoutMs === 0 || this.limitCall === undefined) return work.next();
    this.stretchBegan = performance.now();
    let stretch!: IteratorResult<Promise<unknown> | undefined, Result>;
    const limitMs = this.timeoutMs + YIELD_INTERVAL_MS;
    const goOn = () => {
      stretch = work.next();
    };
    const outcome = this.limitCall(goOn, limitMs, what);
    if (outcome === 'ended') return stretch;
    const { underWay } = this;
    this.underWay = undefined;
    if (outcome === 'busy' && underWay !== undefined) throw this.late(underWay.place, underWay.method);
    throw standstill(underWay, limitMs);
  }

  private async answerOf<Result>(promise: Promise<Result>, place: Place, method: string): Promise<Result> {
    let timer: ReturnType<typeof setInterval> | undefined;
    // any thenable will do
    const answer = Promise.resolve(promise).catch((error) => {
      throw thrown(place, method, error);
    });
    if (this.timeoutMs === 0) return answer;
    const tooLate = new Promise<never>((_, reject) => {
      let looks = 0;
      timer = setInterval(() => {
        if (++looks === LOOKS) reject(this.late(place, method));
      }, this.timeoutMs / LOOKS);
    });
    try {
      return await Promise.race([answer, tooLate]);
    } finally {
      clearInterval(timer);
    }
  }

  private late(place: Place, method: string): EnvironmentError {
    return new EnvironmentError(
      `${place()} did not answer from ${method}() within ${this.timeoutMs} ms; mend the environment, or give a larger stepTimeoutMs if it may take that long`,
    );
  }
}

function standstill(underWay: EnvironmentCall | undefined, limitMs: number): StandstillError {
  const where =
    underWay === undefined ? '' : `, while ${underWay.place()} did not answer from ${underWay.method}()`;
  return new StandstillError(
    `The process stood still for ${limitMs} ms${where}; mend what the environment waits for, or give a larger stepTimeoutMs if the machine was that busy`,
  );
}

function thrown(place: Place, method: string, error: unknown): EnvironmentError {
  const message = error instanceof Error ? error.message : String(error);
  return new EnvironmentError(`${place()} threw in ${method}(): ${message}`, { cause: error });
}
