// Installs the second packages that some commands need, where they are not there as their lock files say:
// node scripts/installPackage.mjs demo test/browser
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

for (const name of process.argv.slice(2)) {
  const folder = fileURLToPath(new URL(`../${name}/`, import.meta.url));
  const digest = createHash('sha256')
    .update(readFileSync(`${folder}package-lock.json`))
    .digest('hex');
  const installed = `${folder}node_modules/.installed`;
  if (existsSync(installed) && readFileSync(installed, 'utf8') === digest) continue;
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: 'inherit',
    // the shell is how Windows finds npm
    shell: process.platform === 'win32',
  });
  writeFileSync(installed, digest);
}
