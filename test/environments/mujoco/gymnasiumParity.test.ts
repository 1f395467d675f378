import { describe, expect, it } from 'vitest';
import type { ResetResult } from '../../../src/environments/environment.js';
import { environmentList, TimeLimit } from '../../../src/environments/index.js';
import type { Box } from '../../../src/environments/spaces.js';
import { type Recording, readRecordings } from './recordings.js';
import { mujocoTasks } from './tasks.js';

/** Relative to the size that a number has in the recording: rounding errors of native and WebAssembly builds differ. */
const EARLY_TOLERANCE = 1e-6;
const EARLY_STEPS = 50;
/** Later contacts have multiplied them. */
const LATE_TOLERANCE = 1e-4;

describe.each(Object.entries(mujocoTasks))('%s is Gymnasium', (id, Task) => {
  const { maxEpisodeSteps } = environmentList.find((entry) => entry.id === id)!;

  it.each(readRecordings(id))('in the recording "$name"', async ({ options, ...recording }) => {
    const environment = new TimeLimit(new Task(options), maxEpisodeSteps);
    const observationScales = scalesOf(recording.observations);
    const [rewardScale] = scalesOf(recording.rewards.map((reward) => [reward]));
    let episodeStep = 0;
    for (const [step, action] of recording.actions.entries()) {
      const episode = recording.episodes[step];
      if (episode !== recording.episodes[step - 1]) {
        episodeStep = 0;
        const { observation } = await restart(environment, recording, episode);
        const first = recording.firstObservations[episode];
        expectClose(observation, first, observationScales, EARLY_TOLERANCE, `start ${episode}`);
      }
      const result = await environment.step(action);
      const tolerance = episodeStep++ < EARLY_STEPS ? EARLY_TOLERANCE : LATE_TOLERANCE;
      const where = `step ${step}`;
      const { terminated, truncated } = result;
      expectClose(result.observation, recording.observations[step], observationScales, tolerance, where);
      expectClose([result.reward], [recording.rewards[step]], [rewardScale], tolerance, `reward of ${where}`);
      const ends = [recording.terminated[step] === 1, recording.truncated[step] === 1];
      expect([terminated, truncated], where).toEqual(ends);
    }
    expect(recording.episodes.at(-1)).toBe(recording.starts.length - 1);
    environment.close();
  });
});

async function restart(
  environment: TimeLimit<Box>,
  { starts }: Pick<Recording, 'starts'>,
  episode: number,
): Promise<ResetResult> {
  return environment.reset({ options: { state: starts[episode] } });
}

/** Root mean square of each column. */
function scalesOf(rows: readonly (readonly number[])[]): number[] {
  return rows[0].map((_, i) => Math.sqrt(rows.reduce((sum, row) => sum + row[i] * row[i], 0) / rows.length));
}

/** Plain comparisons: an expect() for each of 200,000 numbers would take seconds. */
function expectClose(
  actual: ArrayLike<number>,
  expected: readonly number[],
  scales: readonly number[],
  tolerance: number,
  where: string,
): void {
  expect(actual.length, `length at ${where}`).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (Math.abs(actual[i] - expected[i]) <= tolerance * Math.max(Math.abs(expected[i]), scales[i])) continue;
    expect.fail(`${where}: number ${i} is ${actual[i]}, Gymnasium has ${expected[i]}`);
  }
}
