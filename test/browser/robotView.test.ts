import { copyFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RobotView } from '../../demo/robotView.js';
import type * as environments from '../../src/environments/index.js';
import { temporaryFolder } from '../support/cli.js';
import { serve, useChromium } from './support.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ENTRY = `import { RobotView } from './demo/robotView.ts';
import { makeEnvironment } from 'wasm-trpo/browser';
globalThis.robots = { RobotView, makeEnvironment };`;
const HTML =
  '<!doctype html><style>canvas { width: 400px; height: 300px }</style><canvas></canvas><script type="module" src="/app.js"></script>';

const { browser } = useChromium();
const folder = temporaryFolder();
let server: Awaited<ReturnType<typeof serve>>;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  await build({
    absWorkingDir: ROOT,
    stdin: { contents: ENTRY, resolveDir: ROOT },
    outfile: folder.path('app.js'),
    bundle: true,
    format: 'esm',
    external: ['module'],
    logLevel: 'warning',
  });
  copyFileSync(`${ROOT}node_modules/@mujoco/mujoco/mujoco.wasm`, folder.path('mujoco.wasm'));
  server = await serve(folder.path(), {}, { '/': HTML });
  page = await browser().newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // what else comes is about the speed of reading pixels, which only tests do
    if (/three|context/i.test(message.text())) complaints.push(message.text());
  });
  await page.goto(server.origin);
  await page.waitForFunction(() => 'robots' in globalThis);
  await page.evaluate(() => {
    globalThis.look = (canvas) => {
      const { width, height } = canvas;
      const copy = new OffscreenCanvas(width, height).getContext('2d')!;
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, width, height);
      const seen: Seen = {
        width,
        height,
        sky: Array.from(data.subarray(0, 3)),
        blue: 0,
        blueAt: 0,
        amber: 0,
      };
      for (let i = 0; i < width * height; i++) {
        const [red, green, blue] = data.subarray(4 * i, 4 * i + 3);
        if (blue > 1.6 * red && blue > 1.4 * green) {
          seen.blue++;
          seen.blueAt += (i % width) / width;
        }
        if (red > 2 * blue && red > 1.2 * green) seen.amber++;
      }
      seen.blueAt /= seen.blue;
      return seen;
    };
  });
});
afterAll(() => server.close());

/** What a look at a canvas tells: its pixels, the first one's colour, how many are a torso's blue or a limb's amber. */
interface Seen {
  readonly width: number;
  readonly height: number;
  readonly sky: number[];
  blue: number;
  /** Mean place of the blue ones from left to right, 0 to 1. */
  blueAt: number;
  amber: number;
}

/** What runs inside the page. */
declare global {
  var robots: { RobotView: new () => RobotView; makeEnvironment: typeof environments.makeEnvironment };
  var look: (canvas: HTMLCanvasElement) => Seen;
}

test.each([
  ['Hopper-v5', 'light'],
  ['Walker2d-v5', 'dark'],
  ['HalfCheetah-v5', 'light'],
  ['Swimmer-v5', 'dark'],
  ['Ant-v5', 'light'],
  ['Humanoid-v5', 'dark'],
  ['Reacher-v5', 'light'],
  ['InvertedDoublePendulum-v5', 'dark'],
] as const)('%s is drawn, %s: torso and limbs before the sky or the ground', async (id, theme) => {
  const seen = await page.evaluate(
    async ([id, theme]) => {
      const environment = robots.makeEnvironment(id);
      await environment.reset({ seed: 1 });
      const view = new robots.RobotView();
      const canvas = document.querySelector('canvas')!.cloneNode() as HTMLCanvasElement;
      document.body.replaceChildren(canvas);
      view.mount(canvas);
      view.draw(environment, theme);
      const seen = look(canvas);
      view.dispose();
      environment.close!();
      return seen;
    },
    [id, theme] as const,
  );
  expect([seen.width, seen.height]).toEqual([400, 300]);
  expect(seen.blue).toBeGreaterThan(150);
  expect(seen.amber).toBeGreaterThan(id.startsWith('Inverted') ? 100 : 150);
  const brightness = seen.sky.reduce((sum, channel) => sum + channel, 0) / 3;
  if (theme === 'light') expect(brightness).toBeGreaterThan(180);
  else expect(brightness).toBeLessThan(80);
});

describe('a view of Hopper', () => {
  const looks = (): Promise<Record<'start' | 'far' | 'dark' | 'wide', Seen> & { squares: string[] }> =>
    page.evaluate(async () => {
      const environment = robots.makeEnvironment('Hopper-v5');
      const at = (x: number) => {
        const state = new Array<number>(12).fill(0);
        [state[0], state[1]] = [x, 1.25];
        return environment.reset({ options: { state } });
      };
      const view = new robots.RobotView();
      const canvas = document.querySelector('canvas')!.cloneNode() as HTMLCanvasElement;
      document.body.replaceChildren(canvas);
      view.mount(canvas);
      const squares: string[] = [];
      const drawn = async (theme: 'light' | 'dark') => {
        view.draw(environment, theme);
        squares.push(canvas.toDataURL());
        return look(canvas);
      };
      await at(0);
      const start = await drawn('light');
      await at(30.5);
      const far = await drawn('light');
      const dark = await drawn('dark');
      canvas.style.width = '600px';
      const wide = await drawn('dark');
      view.dispose();
      environment.close!();
      return { start, far, dark, wide, squares };
    });

  test('follows it, and shows that the ground passes by; takes a new theme and a new size', async () => {
    const { start, far, dark, wide, squares } = await looks();
    expect(far.blueAt).toBeCloseTo(start.blueAt, 2);
    expect(start.blueAt).toBeGreaterThan(0.35);
    expect(start.blueAt).toBeLessThan(0.65);
    expect(new Set(squares).size).toBe(4);
    expect(dark.sky[0]).toBeLessThan(start.sky[0] - 100);
    expect([wide.width, wide.height]).toEqual([600, 300]);
    expect(wide.blueAt).toBeCloseTo(start.blueAt, 1);
  });
});

test('a canvas that has its size already gets the same picture as a new one', async () => {
  const [fresh, sized] = await page.evaluate(async () => {
    const environment = robots.makeEnvironment('Humanoid-v5');
    await environment.reset({ seed: 1 });
    const pictures = [undefined, { width: 400, height: 300 }].map((size) => {
      const canvas = Object.assign(document.createElement('canvas'), size);
      document.body.replaceChildren(canvas);
      const view = new robots.RobotView();
      view.mount(canvas);
      view.draw(environment, 'light');
      const picture = canvas.toDataURL();
      view.dispose();
      return picture;
    });
    environment.close!();
    return pictures;
  });
  expect(sized === fresh).toBe(true);
  expect(fresh.length).toBeGreaterThan(5000);
});

test('what cannot be drawn is refused by name, and a browser without WebGL is told so', async () => {
  const failures = await page.evaluate(async () => {
    const view = new robots.RobotView();
    const canvas = document.createElement('canvas');
    view.mount(canvas);
    const environment = robots.makeEnvironment('CartPole-v1');
    await environment.reset({ seed: 0 });
    const failureOf = (action: () => void) => {
      try {
        action();
        return 'no failure';
      } catch (error) {
        return String(error);
      }
    };
    const flat = failureOf(() => view.draw(environment, 'light'));
    view.dispose();
    const blind = document.createElement('canvas');
    blind.getContext = () => null;
    return [flat, failureOf(() => new robots.RobotView().mount(blind))];
  });
  expect(failures[0]).toMatch(/^EnvironmentError: .*renderSolids/);
  expect(failures[1]).toMatch(/^PlatformError: .*WebGL 2/);
});

test('seventeen views, more than a browser keeps at once, leave nothing behind', async () => {
  const lost = await page.evaluate(async () => {
    const environment = robots.makeEnvironment('Swimmer-v5');
    await environment.reset({ seed: 1 });
    const lost: boolean[] = [];
    for (let i = 0; i < 17; i++) {
      const view = new robots.RobotView();
      const canvas = document.createElement('canvas');
      document.body.replaceChildren(canvas);
      view.mount(canvas);
      view.draw(environment, 'light');
      const context = canvas.getContext('webgl2')!;
      view.dispose();
      lost.push(context.isContextLost());
    }
    environment.close!();
    return lost;
  });
  expect(lost).toEqual(new Array(17).fill(true));
});

test('all that without a complaint', () => {
  expect(complaints.filter((text) => !/creating WebGL context/.test(text))).toEqual([]);
});
