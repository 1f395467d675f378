import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../support/cli.js';
import { DIST, ISOLATED, openPage, serve, useChromium } from './support.js';

const { train } = (await import(join(DIST, 'node.js'))) as typeof import('../../src/node.js');

const { browser } = useChromium();
const folder = temporaryFolder();
const SETTINGS = {
  environment: 'CartPole-v1',
  environments: 2,
  steps: 64,
  timesteps: 40 * 128,
  reproducible: true,
  seed: 3,
};

let server: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  server = await serve(DIST, ISOLATED);
});
afterAll(() => server.close());

test('a run that begins paused is stepped, let go, paused, and ends with the bits of one without pauses', async () => {
  await train({ ...SETTINGS, threads: 1, runDirectory: folder.path('whole') });
  const page = await openPage(browser(), server.origin);
  const seen = await page.evaluate(async (settings) => {
    const events: string[] = [];
    let tellPause = () => {};
    const nextPause = () =>
      new Promise<void>((resolve) => {
        tellPause = resolve;
      });
    let begun = nextPause();
    const run = trpo.train({
      ...settings,
      paused: true,
      onStart: ({ iteration, policy, options }) =>
        events.push(`start ${iteration} ${policy.length > 0} ${options.steps}`),
      onIteration: ({ iteration }) => {
        events.push(`iteration ${iteration}`);
        if (iteration === 3) run.pause();
      },
      onPause: () => {
        events.push('pause');
        tellPause();
      },
    });
    await begun;
    for (const act of [() => run.step(), () => run.step(), () => run.proceed()]) {
      begun = nextPause();
      act();
      await begun;
    }
    const halfway = Object.keys(await run.files()).length;
    run.proceed();
    const { finished, files } = await run.ended;
    return { events, halfway, finished, policy: [...files['policy.safetensors']] };
  }, SETTINGS);
  expect(seen.events.slice(0, 7)).toEqual([
    'start 0 true 64',
    'pause',
    'iteration 1',
    'pause',
    'iteration 2',
    'pause',
    'iteration 3',
  ]);
  expect(seen.events.filter((event) => event === 'pause')).toHaveLength(4);
  expect(seen.events.filter((event) => event.startsWith('iteration'))).toHaveLength(40);
  expect([seen.halfway, seen.finished]).toEqual([4, true]);
  expect(Uint8Array.from(seen.policy)).toEqual(
    new Uint8Array(readFileSync(folder.path('whole/policy.safetensors'))),
  );
  await page.close();
});

test('a step from a pause to the last iteration ends the run; stop ends a paused one with its files', async () => {
  const page = await openPage(browser(), server.origin);
  const seen = await page.evaluate(async (settings) => {
    const short = trpo.train({ ...settings, timesteps: 128, paused: true });
    short.step();
    const { finished } = await short.ended;
    const paused = await new Promise<{ finished: boolean; names: string[] }>((resolve) => {
      const run = trpo.train({
        ...settings,
        paused: true,
        onPause: async () => {
          run.stop();
          const { finished, files } = await run.ended;
          resolve({ finished, names: Object.keys(files) });
        },
      });
    });
    return { finished, paused };
  }, SETTINGS);
  expect(seen.finished).toBe(true);
  expect(seen.paused).toMatchObject({ finished: false, names: ['config.json'] });
  await page.close();
});

test('a kept run can be read without going on with it', async () => {
  const page = await openPage(browser(), server.origin);
  const names = await page.evaluate(async (settings) => {
    const before = Object.keys(await trpo.readStoredRun('steered'));
    const { ended } = trpo.train({ ...settings, storage: 'origin', runDirectory: 'steered' });
    const { files } = await ended;
    const kept = await trpo.readStoredRun('steered');
    const same = Object.entries(files).every(([name, bytes]) => bytes.join() === kept[name].join());
    await trpo.deleteStoredRun('steered');
    return { before, kept: Object.keys(kept).sort(), same };
  }, SETTINGS);
  expect(names).toEqual({
    before: [],
    kept: ['checkpoint.safetensors', 'config.json', 'policy.safetensors', 'progress.jsonl'],
    same: true,
  });
  await page.close();
});
