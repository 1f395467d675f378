// Makes docs/images/demo-*.webp, the pictures of docs/guide/demo.md, after npm run build:demo.
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { startDemoServer } from './demoServer.mjs';

const { chromium } = createRequire(new URL('../test/browser/package.json', import.meta.url))(
  'playwright-core',
);

const folder = fileURLToPath(new URL('../docs/images', import.meta.url));
const DESK = { width: 1366, height: 960 };
const PHONE = { width: 375, height: 812 };
const QUALITY = 0.75;
/** ms: so long the stages play before a picture is taken. */
const PLAY_MS = 2500;

const server = await startDemoServer(0);
const browser = await chromium.launch({
  executablePath: process.env.TRPO_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--enable-unsafe-swiftshader'],
});

async function open(query, colorScheme, viewport) {
  const page = await browser.newPage({ colorScheme, viewport });
  page.setDefaultTimeout(300_000);
  await page.goto(`${server.url}${query}`);
  await phase(page, 'ready');
  return page;
}

function phase(page, name) {
  return page.waitForFunction((wanted) => document.documentElement.dataset.phase === wanted, name);
}

async function trainUntil(page, update) {
  await page.click('#start');
  await page.waitForFunction(
    (least) => Number(/update (\d+)/.exec(document.querySelector('#status').textContent)?.[1]) >= least,
    update,
  );
}

async function take(page, name) {
  await page.waitForTimeout(PLAY_MS);
  await writeFile(`${folder}/demo-${name}.webp`, await toWebp(await page.screenshot()));
}

/** Half as large as PNG and smaller; encoded by the browser, in a page without a content policy. */
async function toWebp(png) {
  const page = await browser.newPage();
  const bytes = await page.evaluate(
    async ([bytes, quality]) => {
      const picture = await createImageBitmap(new Blob([Uint8Array.from(bytes)], { type: 'image/png' }));
      const canvas = new OffscreenCanvas(picture.width, picture.height);
      canvas.getContext('2d').drawImage(picture, 0, 0);
      const blob = await canvas.convertToBlob({ type: 'image/webp', quality });
      return [...new Uint8Array(await blob.arrayBuffer())];
    },
    [[...png], QUALITY],
  );
  await page.close();
  return Uint8Array.from(bytes);
}

const cartPole = await open('?task=CartPole-v1&pace=30&steps=61440', 'light', DESK);
await take(cartPole, 'start');
await trainUntil(cartPole, 20);
await cartPole.click('#start');
await phase(cartPole, 'paused');
await take(cartPole, 'middle');
await cartPole.click('#start');
await phase(cartPole, 'finished');
await cartPole.close();

// 30 updates with a trust region, 24 without
const collapse = await open('?task=CartPole-v1&delta=0.1&seed=3&steps=30720&pace=0', 'light', DESK);
await trainUntil(collapse, 30);
await phase(collapse, 'finished');
await collapse.uncheck('#trustRegion');
await phase(collapse, 'paused');
await collapse.fill('#timesteps', '55296');
await collapse.press('#timesteps', 'Enter');
// it is set up anew, which may be over sooner than it is seen
await collapse.waitForTimeout(PLAY_MS);
await phase(collapse, 'paused');
await collapse.click('#start');
await phase(collapse, 'finished');
await take(collapse, 'collapse');
await collapse.close();

const hopper = await open('?task=Hopper-v5&pace=0&steps=65536', 'dark', DESK);
await trainUntil(hopper, 32);
await phase(hopper, 'finished');
await take(hopper, 'end');
await hopper.close();

const phone = await open('?task=Pendulum-v1&pace=0&steps=30720', 'dark', PHONE);
await trainUntil(phone, 30);
await phase(phone, 'finished');
await take(phone, 'phone');
await browser.close();
server.close();
