import type { Action, Environment, StepResult } from '../environments/environment.js';
import type { Observation } from '../environments/structuredSpaces.js';
import { EnvironmentError, StandstillError } from '../errors.js';
import type { CallLimit } from '../platform/threads.js';
import { untilAborted } from './untilAborted.js';
import { type Answer, isPromise } from './vectorEnvironment.js';

/**
 * Work that calls environments, in time slices: each runs without waiting, and yields a promise to be awaited before the
 * next, or nothing where it only may be cut.
 */
export type TimeSlices<Result = void> = Generator<Promise<unknown> | undefined, Result, void>;

/** What was answered, after a wait where it was only promised. */
export function* settled<Result>(answer: Answer<Result>): TimeSlices<Result> {
  if (!isPromise(answer)) return answer;
  let result!: Result;
  yield answer.then((kept) => {
    result = kept;
  });
  return result;
}

/** Longest time slice: as long may the event loop wait for a turn, while environments answer at once. */
export const SLICE_MS = 50;
/** Looks at a promise before it counts as late: while the process is suspended, or its clock leaps, there are none. */
const LOOKS = 8;

/** Says where something went wrong, such as "CartPole-v1 (environment 3, step 1024)"; asked only when it did, with what was thrown. */
export type Place = (thrown?: unknown) => string;

/** Where timers keep a process alive, they can be told not to. */
type Timer = ReturnType<typeof setInterval> & { ref?(): void; unref?(): void };

interface EnvironmentCall {
  readonly place: Place;
  readonly method: string;
}

/** Calls to environments: those that throw are named, and those that take longer than `timeoutMs`, if it is not 0. */
export class EnvironmentCalls {
  private sliceBegan = 0;
  /** The call that has not returned, while calls are limited. */
  private underWay: EnvironmentCall | undefined;
  /** What was waited for when a signal ended the wait: nothing else is asked before it has come. */
  private unanswered: Promise<void> | undefined;
  /** Of the answers that are due. */
  private readonly timers = new Set<Timer>();

  /** Whether calls that do not return are ended. */
  private readonly isLimited: boolean;

  /** limitCall: absent where the runtime cannot end what does not return; then promises alone are limited. */
  constructor(
    private readonly timeoutMs: number,
    private readonly limitCall?: CallLimit,
  ) {
    this.isLimited = timeoutMs > 0 && limitCall !== undefined;
  }

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
  ask<Result>(place: Place, method: string, call: () => Answer<Result>): Answer<Result> {
    const answer = this.call(place, method, call);
    return isPromise(answer) ? this.answerOf(answer, place, method) : answer;
  }

  /** As `ask` for step(), which is called too often for a closure each time. */
  askToStep(environment: Environment, action: Action, place: Place): Answer<StepResult<Observation>> {
    if (this.timeoutMs > 0) this.underWay = { place, method: 'step' };
    let answer: Answer<StepResult<Observation>>;
    try {
      answer = environment.step(action);
      this.underWay = undefined;
    } catch (error) {
      this.underWay = undefined;
      throw thrown(place, 'step', error);
    }
    return isPromise(answer) ? this.answerOf(answer, place, 'step') : answer;
  }

  /** Whether the present time slice has lasted so long that it must end before the next call, if calls are limited. */
  get isCutDue(): boolean {
    return this.isLimited && performance.now() - this.sliceBegan > SLICE_MS;
  }

  /**
   * Does the work to its end. what: such as "environments 2 to 3 of Robot from step 128 on". Throws what it throws,
   * EnvironmentError naming a call that did not return in time, StandstillError where the process did nothing meanwhile, or
   * the signal's reason as soon as it aborts while the work waits: then the next work begins once that wait is over.
   */
  async run<Result>(what: string, work: TimeSlices<Result>, signal?: AbortSignal): Promise<Result> {
    if (this.unanswered !== undefined) {
      for (const timer of this.timers) timer.ref?.();
      await this.untilAnswered(signal);
    }
    return this.runSlices(what, work, signal);
  }

  /** Goes on with work that a cut is due in: in slices of its own, once the present one has ended. */
  async runNext<Result>(what: string, work: () => Answer<Result>): Promise<Result> {
    await undefined;
    return this.runSlices(
      what,
      (function* () {
        return yield* settled(work());
      })(),
    );
  }

  private async runSlices<Result>(
    what: string,
    work: TimeSlices<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    for (;;) {
      const slice = this.nextSlice(what, work);
      if (slice.done) return slice.value;
      if (slice.value === undefined) continue;
      try {
        await untilAborted(slice.value, signal);
      } catch (error) {
        if (signal?.aborted) {
          this.leaveUnanswered(slice.value);
          this.letEnd();
        }
        throw error;
      }
    }
  }

  private async untilAnswered(signal?: AbortSignal): Promise<void> {
    try {
      await untilAborted(this.unanswered!, signal);
    } catch (error) {
      this.letEnd();
      throw error;
    }
  }

  /** Lets the process end although answers are due that nobody waits for any more. */
  private letEnd(): void {
    for (const timer of this.timers) timer.unref?.();
  }

  private leaveUnanswered(promise: Promise<unknown>): void {
    const settle = () => {
      this.unanswered = undefined;
    };
    this.unanswered = promise.then(settle, settle);
  }

  private nextSlice<Result>(
    what: string,
    work: TimeSlices<Result>,
  ): IteratorResult<Promise<unknown> | undefined, Result> {
    if (!this.isLimited) return work.next();
    this.sliceBegan = performance.now();
    let slice!: IteratorResult<Promise<unknown> | undefined, Result>;
    const limitMs = this.timeoutMs + SLICE_MS;
    const goOn = () => {
      slice = work.next();
    };
    const outcome = this.limitCall!(goOn, limitMs, what);
    if (outcome === 'ended') return slice;
    const { underWay } = this;
    this.underWay = undefined;
    if (outcome === 'busy' && underWay !== undefined) throw this.late(underWay.place, underWay.method);
    throw standstill(underWay, limitMs);
  }

  private async answerOf<Result>(promise: Promise<Result>, place: Place, method: string): Promise<Result> {
    // any thenable will do
    const answer = Promise.resolve(promise).catch((error) => {
      throw thrown(place, method, error);
    });
    if (this.timeoutMs === 0) return answer;
    let timer!: Timer;
    const tooLate = new Promise<never>((_, reject) => {
      let looks = 0;
      timer = setInterval(() => {
        if (++looks === LOOKS) reject(this.late(place, method));
      }, this.timeoutMs / LOOKS) as Timer;
    });
    this.timers.add(timer);
    try {
      return await Promise.race([answer, tooLate]);
    } finally {
      clearInterval(timer);
      this.timers.delete(timer);
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
  return new EnvironmentError(`${place(error)} threw in ${method}(): ${message}`, { cause: error });
}
