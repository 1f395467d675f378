import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { startCli, temporaryFolder } from '../support/cli.js';
import { readPng } from '../support/pngReader.js';

const folder = temporaryFolder();

async function playJson(...args: string[]) {
  const { code, stdout, stderr } = await startCli(['play', 'run', '--json', ...args], folder.path());
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

function pictureOf(name: string) {
  return readPng(readFileSync(folder.path(name)));
}

beforeAll(async () => {
  const quick = ['--steps', '256', '--timesteps', '1024', '--set', 'hiddenSizes=8', '--quiet'];
  const { code } = await startCli(
    ['train', 'CartPole-v1', '--run-directory', 'run', ...quick],
    folder.path(),
  );
  expect(code).toBe(0);
});

describe('trpo play', () => {
  test("animates an episode at the environment's rate and prints its return", async () => {
    const { code, stdout } = await startCli(['play', 'run'], folder.path());
    expect(code).toBe(0);
    const [, episodeReturn, length] =
      /^CartPole-v1: return (\d+) in (\d+) steps\nwrote episode\.apng\n$/.exec(stdout)!;
    expect(episodeReturn).toBe(length);
    const { frames, widthPx } = pictureOf('episode.apng');
    expect(widthPx).toBe(320);
    // the start and every step
    expect(frames).toHaveLength(1 + Number(length));
    expect(new Set(frames.map(({ delay }) => delay))).toEqual(new Set([1 / 50]));
  });

  test('plays the episodes that evaluate plays, and draws all of them', async () => {
    const report = await playJson('--episodes', '3', '--seed', '5', '--size', '64', '--output', 'three.apng');
    const evaluated = await startCli(
      ['evaluate', 'run', '--episodes', '3', '--seed', '5', '--json'],
      folder.path(),
    );
    expect(report).toEqual({ ...JSON.parse(evaluated.stdout), output: 'three.apng' });
    expect(pictureOf('three.apng').frames).toHaveLength(3 + 3 * report.meanLength);
  });

  test('--stochastic draws actions, --frames ends an animation, --fps sets its speed', async () => {
    const args = ['--size', '64', '--output', 'some.apng', '--frames', '4', '--fps', '5'];
    const drawn = await playJson(...args, '--stochastic', '--episodes', '4');
    const taken = await playJson(...args, '--episodes', '4');
    expect(drawn.returns).not.toEqual(taken.returns);
    expect(pictureOf('some.apng').frames.map(({ delay }) => delay)).toEqual([0.2, 0.2, 0.2, 0.2]);
  });

  test('--max-episode-steps cuts episodes, and what is printed says so', async () => {
    const args = ['--max-episode-steps', '5', '--episodes', '3'];
    const played = await playJson(...args, '--size', '64', '--output', 'cut.apng');
    expect(played).toMatchObject({ meanLength: 5, cutEpisodes: 3 });
    expect(pictureOf('cut.apng').frames).toHaveLength(3 * 6);
    const { code, stdout } = await startCli(['evaluate', 'run', ...args], folder.path());
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^CartPole-v1: mean return 5 .*\n3 of 3 episodes had not ended and were cut at --max-episode-steps/,
    );
    const refused = await startCli(['evaluate', 'run', '--max-episode-steps', '0'], folder.path());
    expect(refused.stderr).toContain('--max-episode-steps 0: it must be a whole number of 1 or more');
  });

  test('writes film strips of pixels and of lines', async () => {
    await playJson('--output', 'strip.PNG', '--frames', '4', '--size', '50');
    expect(pictureOf('strip.PNG')).toMatchObject({ widthPx: 8 + 4 * 58, frames: { length: 1 } });
    await playJson('--output', 'strip.svg');
    expect(readFileSync(folder.path('strip.svg'), 'utf8').split('<svg x=')).toHaveLength(1 + 12);
  });

  test('the same seed gives the same bytes', async () => {
    const args = ['--size', '64', '--frames', '20', '--stochastic', '--output'];
    await playJson(...args, 'one.apng');
    await playJson(...args, 'two.apng');
    expect(readFileSync(folder.path('one.apng')).equals(readFileSync(folder.path('two.apng')))).toBe(true);
  });

  test('a file of that name is replaced, whole; one that is refused stays, and nothing else is left', async () => {
    writeFileSync(folder.path('old.png'), 'old');
    writeFileSync(folder.path('old.gif'), 'old');
    await playJson('--output', 'old.png');
    expect(pictureOf('old.png').frames).toHaveLength(1);
    expect((await startCli(['play', 'run', '--output', 'old.gif'], folder.path())).code).toBe(1);
    expect(readFileSync(folder.path('old.gif'), 'utf8')).toBe('old');
    expect(readdirSync(folder.path()).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});
