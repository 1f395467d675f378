import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import type * as api from '../../src/browser.js';
import { launchChromium } from './server.js';

export { DIST } from '../support/engineRuns.js';
export * from './server.js';

/** One Chromium for the tests of a file. */
export function useChromium(): { readonly browser: () => Browser } {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  return { browser: () => browser };
}

/** What runs inside the page. */
declare global {
  var trpo: typeof api;
  var training: api.Training;
}

/** A page on which the package is loaded. */
export async function openPage(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForFunction(() => 'trpo' in globalThis);
  return page;
}

/** Files as they leave a page, which hands out JSON. */
type ListedFiles = Record<string, number[]>;

export interface PageRun {
  readonly threads: number;
  readonly variant: string;
  readonly warnings: readonly string[];
  readonly iterations: number;
  readonly finished: boolean;
  readonly files: Record<string, Uint8Array>;
}

export type PageSettings =
  | ({ readonly mode: 'train' } & api.TrainSettings)
  | ({ readonly mode: 'resume' } & Omit<api.ResumeSettings, 'files'>);

/** Runs to the end in the page, or until `stopAfter` iterations. */
export async function runInPage(
  page: Page,
  settings: PageSettings & { readonly storage?: api.Storage },
  { files, stopAfter = 0 }: { files?: Record<string, Uint8Array>; stopAfter?: number } = {},
): Promise<PageRun> {
  const listed = Object.entries(files ?? {}).map(([name, content]) => [name, [...content]] as const);
  const result = await page.evaluate(
    async ([settings, listed, stopAfter]) => {
      const { mode, ...given } = settings;
      const run = { threads: 0, variant: '', warnings: [] as string[], iterations: 0 };
      const options = {
        onStart: ({ threads, variant }: api.TrainingStart) => Object.assign(run, { threads, variant }),
        onWarning: (message: string) => run.warnings.push(message),
        onIteration: ({ iteration }: api.TrainingIteration) => {
          run.iterations++;
          if (iteration === stopAfter) training.stop();
        },
      };
      const contents = Object.fromEntries(listed.map(([name, bytes]) => [name, new Uint8Array(bytes)]));
      const training =
        mode === 'train'
          ? trpo.train({ ...(given as api.TrainSettings), ...options })
          : trpo.resume({ ...given, ...options, ...(listed.length > 0 ? { files: contents } : {}) });
      const { finished, files } = await training.ended;
      const outgoing: ListedFiles = {};
      for (const [name, bytes] of Object.entries(files)) outgoing[name] = [...bytes];
      return { ...run, finished, files: outgoing };
    },
    [settings, listed, stopAfter] as const,
  );
  const bytes = Object.entries(result.files).map(([name, list]) => [name, Uint8Array.from(list)] as const);
  return { ...result, files: Object.fromEntries(bytes) };
}
