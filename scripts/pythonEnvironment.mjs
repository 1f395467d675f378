// Makes the virtual environment that the tests of the bridge to Python use, build/gymnasium/, where it is not there as
// test/gymnasium/requirements.txt says. Without Python 3.10 or later it says so and makes none: the tests then skip.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../build/gymnasium/', import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL('../test/gymnasium/requirements.txt', import.meta.url));
const LEAST = [3, 10];

const python = findPython();
if (python === undefined) {
  process.stderr.write(
    `no Python ${LEAST.join('.')} or later is found: the tests of test/gymnasium/ are skipped\n`,
  );
} else {
  const digest = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  const installed = `${FOLDER}.installed`;
  if (!existsSync(installed) || readFileSync(installed, 'utf8') !== digest) {
    rmSync(FOLDER, { recursive: true, force: true });
    run(python, ['-m', 'venv', FOLDER]);
    const program = process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python';
    run(`${FOLDER}${program}`, [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '-r',
      REQUIREMENTS,
    ]);
    writeFileSync(installed, digest);
  }
}

function findPython() {
  for (const program of [
    process.env.TRPO_PYTHON,
    'python3',
    'python3.12',
    'python3.11',
    'python3.10',
    'python',
  ]) {
    if (!program) continue;
    try {
      const version = execFileSync(program, ['-c', 'import sys, venv; print(*sys.version_info[:2])'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const [major, minor] = version.trim().split(' ').map(Number);
      if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return program;
    } catch {
      // not that one
    }
  }
  return undefined;
}

function run(program, args) {
  execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
}
