import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createPolicy } from '../../src/edge/createPolicy.js';
import { FileError } from '../../src/errors.js';
import { loadPolicy, nodePlatform, resume } from '../../src/node.js';
import { RunDirectory } from '../../src/run/runDirectory.js';
import { edgeModule } from '../edge/support.js';
import { temporaryFolder } from '../support/cli.js';

/** What version 0.1.0 left and did; make.mjs beside the folders says how. */
const RECORDINGS = fileURLToPath(new URL('../recordings/runs-0.1.0', import.meta.url));

interface Recording {
  readonly environment: string;
  readonly observations: readonly number[][];
  /** Deterministic ones, in 0.1.0. */
  readonly actions: readonly unknown[];
  /** Timesteps to which 0.1.0 resumed the run; absent where no later version can. */
  readonly resumedTo?: number;
  /** SHA-256 of the policy's tensors then. */
  readonly parametersDigest?: string;
}

const recordings: Record<string, Recording> = JSON.parse(
  readFileSync(join(RECORDINGS, 'recordings.json'), 'utf8'),
);
const resumable = Object.entries(recordings).filter(([, { resumedTo }]) => resumedTo !== undefined);
const folder = temporaryFolder();

function copyOf(run: string, name: string): string {
  const copy = folder.path(name);
  cpSync(join(RECORDINGS, run), copy, { recursive: true });
  return copy;
}

/** SHA-256 of a policy file's tensors, all bytes after its header. */
function parametersDigest(path: string): string {
  const bytes = readFileSync(path);
  const tensors = bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
  return createHash('sha256').update(tensors).digest('hex');
}

test('every recorded folder has its recording', () => {
  const folders = readdirSync(RECORDINGS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).sort()).toEqual(Object.keys(recordings).sort());
});

describe.each(Object.entries(recordings))('the policy of a run of 0.1.0: %s', (name, recording) => {
  const { observations, actions } = recording;

  test('acts as it did', async () => {
    const policy = await loadPolicy(join(RECORDINGS, name), { reproducible: true });
    expect(policy.spec.environmentName).toBe(recording.environment);
    expect(observations.map((one) => policy.act(one, { deterministic: true }))).toEqual(actions);
  });

  test('acts so at the edge too', () => {
    const policy = createPolicy(edgeModule(), readFileSync(join(RECORDINGS, name, 'policy.safetensors')));
    expect(observations.map((one) => policy.act(one, { deterministic: true }))).toEqual(actions);
  });
});

describe('a run of 0.1.0 goes on to the parameters that 0.1.0 reaches', () => {
  test.each(resumable)('%s', async (name, { resumedTo, parametersDigest: expected }) => {
    const runDirectory = copyOf(name, name);
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    const { finished } = await resume({ runDirectory, timesteps: resumedTo, threads: 1, onWarning });
    expect(finished).toBe(true);
    expect(parametersDigest(join(runDirectory, 'policy.safetensors'))).toBe(expected);
    expect(warnings).toEqual([]);
  });

  test('and the best policy of a guarded one is read', async () => {
    const best = await loadPolicy(join(RECORDINGS, 'guard', 'best.safetensors'));
    expect(best.spec.environmentName).toBe('Pendulum-v1');
  });
});

describe('a run of 0.1.0 whose value function was fitted by Gauss-Newton steps', () => {
  test('is refused with the file, the option and the ways out, and nothing in it changes', async () => {
    const runDirectory = copyOf('gaussNewton', 'refused');
    const error = await resume({ runDirectory, timesteps: 1024, threads: 1 }).catch((cause: Error) => cause);
    expect(error).toBeInstanceOf(FileError);
    const { message } = error as FileError;
    expect(message).toContain(join(runDirectory, 'config.json'));
    expect(message).toContain('valueOptimizer = "gaussNewton"');
    expect(message).toMatch(/version 0\.1\.0 .* go on with that version, or write "adam" into the file/);
    for (const file of readdirSync(runDirectory)) {
      const now = readFileSync(join(runDirectory, file));
      expect(now.equals(readFileSync(join(RECORDINGS, 'gaussNewton', file))), file).toBe(true);
    }
  });

  test('is shown all the same', async () => {
    const { config } = await RunDirectory.open(nodePlatform, join(RECORDINGS, 'gaussNewton'));
    expect(config).toMatchObject({ environment: 'Pendulum-v1', version: '0.1.0', options: { seed: 5 } });
  });

  test('goes on with Adam once the file says so', async () => {
    const runDirectory = copyOf('gaussNewton', 'edited');
    const path = join(runDirectory, 'config.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"gaussNewton"', '"adam"'));
    const { finished, trainer } = await resume({ runDirectory, timesteps: 1024, threads: 1 });
    expect(finished).toBe(true);
    expect(trainer.totalTimesteps).toBe(1024);
  });
});
