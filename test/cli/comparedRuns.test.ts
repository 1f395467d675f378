import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stepsMade } from '../../src/cli/comparedRuns.js';
import { FileError } from '../../src/errors.js';
import { temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();

async function stepsOf(progress: string): Promise<number> {
  writeFileSync(folder.path('progress.jsonl'), progress);
  return stepsMade(folder.path());
}

test('the steps of a run are those of its last whole row', async () => {
  expect(await stepsMade(folder.path('no such run'))).toBe(0);
  expect(await stepsOf('')).toBe(0);
  expect(await stepsOf('{"time/total_timesteps":64}')).toBe(0);
  expect(await stepsOf('{"time/total_timesteps":64}\n{"time/total_ti')).toBe(64);
  expect(await stepsOf(`${'{"time/total_timesteps":64}\n'.repeat(5000)}{"time/total_timesteps":128}\n`)).toBe(
    128,
  );
});

test.each([
  '\n',
  'text\n',
  'null\n',
  '{"a":1}\n',
  '{"time/total_timesteps":"64"}\n',
  '{"time/total_timesteps":-1}\n',
])('a last row without steps is refused by name: %j', async (progress) => {
  await expect(stepsOf(progress)).rejects.toThrow(FileError);
  await expect(stepsOf(progress)).rejects.toThrow(/progress\.jsonl: its last line is no progress row: .*; /);
});
