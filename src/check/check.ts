import { TrpoError } from '../errors.js';

/** What became of a check. "advice": nothing relies on the rule, but it is broken. "skipped": the rule does not apply. */
export type CheckOutcome = 'ok' | 'failed' | 'advice' | 'skipped';

export interface CheckResult {
  /** The rule, such as "plays the same episode for the same seed, to the bit". */
  readonly rule: string;
  readonly outcome: CheckOutcome;
  /** What broke the rule and the way out, or why it does not apply; absent where it holds. */
  readonly reason?: string;
}

/** A rule of the contract and how to find out whether it holds. */
export interface Check<Subject> {
  readonly rule: string;
  /** What to do where it does not hold. */
  readonly remedy: string;
  /** Whether training, files and evaluation work without it. */
  readonly isAdvice?: boolean;
  /** Why the rule does not apply, if it does not. */
  readonly skip?: (subject: Subject) => Promise<string | undefined>;
  /** Throws where the rule does not hold. */
  readonly run: (subject: Subject) => Promise<void>;
}

/** Thrown by checks, for `runCheck` alone. */
class Violation extends Error {}

/** Says what broke the rule that is being checked. */
export function violated(fault: string): never {
  throw new Violation(fault);
}

/** What became of one check; whatever it throws is its reason. */
export async function runCheck<Subject>(check: Check<Subject>, subject: Subject): Promise<CheckResult> {
  const { rule, remedy, isAdvice } = check;
  try {
    const skipped = await check.skip?.(subject);
    if (skipped !== undefined) return { rule, outcome: 'skipped', reason: skipped };
    await check.run(subject);
    return { rule, outcome: 'ok' };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    // errors of this package name the way out themselves
    const reason = cause instanceof TrpoError ? message : `${message}; ${remedy}`;
    return { rule, outcome: isAdvice ? 'advice' : 'failed', reason };
  }
}
