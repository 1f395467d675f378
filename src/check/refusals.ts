import { TrpoError } from '../errors.js';
import { violated } from './check.js';
import type { PlayedEnvironment } from './playedEnvironment.js';

/** Violated unless the call throws an error of this package, or of the class given. */
export async function requireRefusal(
  environment: PlayedEnvironment,
  what: string,
  call: () => unknown,
  kind: new (message: string) => TrpoError = TrpoError,
): Promise<void> {
  try {
    await environment.ask(what.replace(/\(.*$/s, ''), call);
  } catch (error) {
    const { cause } = error as Error;
    if (cause === undefined) throw error;
    // a program's environment may use another copy of the package
    if (cause instanceof kind || isNamed(cause, kind)) return;
    violated(`${what} throws ${cause instanceof Error ? cause.name : typeof cause}`);
  }
  violated(`${what} throws nothing`);
}

function isNamed(error: unknown, kind: new (message: string) => TrpoError): boolean {
  const isOurs = error instanceof Error && /^(Option|Shape|NonFinite|Environment)Error$/.test(error.name);
  return isOurs && (kind === TrpoError || error.name === new kind('').name);
}
