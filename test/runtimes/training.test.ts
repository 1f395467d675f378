import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/cli.js';
import {
  type Contents,
  DIST,
  expectSameRun,
  nodeRun,
  RUN_NAMES,
  RUNS,
  readRun,
} from '../support/engineRuns.js';
import { NODE_VERSIONS, programOf } from './installed.js';

const folder = temporaryFolder();

describe.each(RUN_NAMES)('%s with the strict kernels', (name) => {
  let expected: Contents;
  beforeAll(async () => {
    expected = await nodeRun(name, folder.path(name));
  });

  test.each(NODE_VERSIONS.flatMap((version) => [1, 2].map((threads) => [version, threads] as const)))(
    'gives the same files in %s with %i threads',
    (version, threads) => {
      const { environment, environments, steps, timesteps, seed } = RUNS[name];
      const path = folder.path(`${name}-${version}-${threads}`);
      const args = [
        ...[join(DIST, 'cli.js'), 'train', environment, '--reproducible', '--json', '--run-directory', path],
        ...['--threads', `${threads}`, '--timesteps', `${timesteps}`, '--seed', `${seed}`],
        ...['--set', `environments=${environments}`, '--set', `steps=${steps}`],
      ];
      const output = execFileSync(programOf(version), args, { stdio: 'pipe' });
      expect(JSON.parse(output.toString())).toMatchObject({ timesteps });
      const actual = readRun(path);
      expect(JSON.parse(new TextDecoder().decode(actual['config.json'])).platform).toContain(version);
      expectSameRun(actual, expected);
    },
  );
});
