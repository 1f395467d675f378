import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

const isWindows = process.platform === 'win32';

/** A program of the virtual environment that scripts/pythonEnvironment.mjs makes. */
export function programOf(name: string): string {
  const place = isWindows ? `Scripts/${name}.exe` : `bin/${name}`;
  return fileURLToPath(new URL(`../../build/gymnasium/${place}`, import.meta.url));
}

export const PYTHON = programOf('python');
export const FOLDER = fileURLToPath(new URL('.', import.meta.url));

// what the bridge starts finds the environments of the tests
process.env.TRPO_PYTHON = PYTHON;
process.env.PYTHONPATH = FOLDER;

/** Tests that need Python 3.10 or later; without it they are skipped, and their name says why. */
export function describeWithPython(name: string, tests: () => void): void {
  const isMissing = !existsSync(PYTHON);
  const why = isMissing ? ', skipped: npm run pretest:gymnasium installed no Python' : '';
  describe.skipIf(isMissing)(`${name}${why}`, tests);
}

/** What registers the environments of the tests. */
export const REGISTER = 'environments:register';
