import type { Environment } from '../environments/environment.js';
import { EnvironmentError } from '../errors.js';

/** Closes all of them. Throws EnvironmentError with the first failure, after the others are closed too. */
export async function closeEnvironments(name: string, environments: readonly Environment[]): Promise<void> {
  let failure: EnvironmentError | undefined;
  for (const [index, environment] of environments.entries()) {
    try {
      await environment.close?.();
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      failure ??= new EnvironmentError(
        `${name} (environment ${index}) threw in close(): ${message}; what was trained is whole and saved`,
        { cause },
      );
    }
  }
  if (failure !== undefined) throw failure;
}
