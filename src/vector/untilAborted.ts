/**
 * What was promised, or the signal's reason as soon as it aborts: what comes later is ignored, a rejection too.
 */
export function untilAborted<Result>(answer: Promise<Result>, signal?: AbortSignal): Promise<Result> {
  if (signal === undefined) return answer;
  return new Promise<Result>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    const andForget =
      <Value>(settle: (value: Value) => void) =>
      (value: Value) => {
        signal.removeEventListener('abort', abort);
        settle(value);
      };
    answer.then(andForget(resolve), andForget(reject));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
