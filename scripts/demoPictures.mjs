// Makes docs/images/demo-*.png, the README's pictures of the demo, after npm run build:demo.
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startDemoServer } from './demoServer.mjs';

const folder = fileURLToPath(new URL('../docs/images', import.meta.url));
const DESK = { width: 1280, height: 860 };
const PHONE = { width: 375, height: 812 };
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
  await page.screenshot({ path: `${folder}/demo-${name}.png` });
}

const cartPole = await open('?task=CartPole-v1&pace=30', 'light', DESK);
await take(cartPole, 'start');
await trainUntil(cartPole, 40);
await cartPole.click('#start');
await phase(cartPole, 'paused');
await take(cartPole, 'middle');
await cartPole.click('#start');
await phase(cartPole, 'finished');
await cartPole.close();

const collapse = await open('?task=CartPole-v1&delta=0.1&seed=1&pace=0', 'light', DESK);
await trainUntil(collapse, 25);
await collapse.uncheck('#trustRegion');
await phase(collapse, 'finished');
await take(collapse, 'collapse');
await collapse.close();

const hopper = await open('?task=Hopper-v5&pace=0&steps=204800&noise=off', 'dark', DESK);
await trainUntil(hopper, 100);
await phase(hopper, 'finished');
await take(hopper, 'end');
await hopper.close();

const phone = await open('?task=Pendulum-v1&pace=0', 'dark', PHONE);
await trainUntil(phone, 98);
await phase(phone, 'finished');
await take(phone, 'phone');
await browser.close();
server.close();
