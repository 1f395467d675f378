import { browserPlatform } from '../platform/browser.js';
import { MemoryFiles } from '../platform/memoryFiles.js';
import { OriginFiles } from '../platform/originFiles.js';
import type { Platform } from '../platform/platform.js';
import type { ResumeRequest, TrainResult } from '../run/requests.js';
import { resume } from '../run/resume.js';
import { readRunFiles, writeRunFiles } from '../run/runFiles.js';
import { train } from '../run/train.js';
import { Gate } from './gate.js';
import type { BeginRequest, ErrorMessage, PageRequest, Storage, WorkerMessage } from './messages.js';
import { PageThreads } from './pageThreads.js';
import { alone } from './runLock.js';

const DEFAULT_FOLDER = 'run';

type Post = (message: WorkerMessage, transfer?: MessagePort[]) => void;

/** How the page steers a run. */
interface RunControl {
  readonly signal: AbortSignal;
  readonly gate: Gate;
}

/** Serves a page: one run, then the worker's work is done. Returns what takes the page's requests. */
export function serveRun(post: Post): (request: PageRequest) => void {
  const threads = new PageThreads(post);
  const stop = new AbortController();
  const gate = new Gate(() => post({ type: 'paused' }));
  let platform: Promise<Platform> | undefined;
  let folder = DEFAULT_FOLDER;
  return (request) => {
    switch (request.type) {
      case 'stop':
        stop.abort();
        gate.open();
        return;
      case 'pause':
        gate.shut();
        return;
      case 'proceed':
        gate.open(request.iterations);
        return;
      case 'files':
        sendFiles(post, platform!, folder, request.request);
        return;
      case 'threadEnded':
        threads.noteEnd(request.thread, request.reason);
        return;
      case 'train':
      case 'resume':
        folder = request.settings.runDirectory ?? DEFAULT_FOLDER;
        platform = openPlatform(request.storage, threads);
        if (request.paused) gate.shut();
        carryOut(post, platform, folder, request, { signal: stop.signal, gate });
    }
  };
}

async function sendFiles(
  post: Post,
  platform: Promise<Platform>,
  folder: string,
  request: number,
): Promise<void> {
  try {
    post({ type: 'files', request, files: await readRunFiles(await platform, folder) });
  } catch (error) {
    post({ type: 'filesFailed', request, error: toMessage(error) });
  }
}

async function openPlatform(storage: Storage, threads: PageThreads): Promise<Platform> {
  const files = storage === 'origin' ? await OriginFiles.open() : new MemoryFiles();
  return browserPlatform(files, threads.spawn);
}

async function carryOut(
  post: Post,
  opening: Promise<Platform>,
  folder: string,
  request: BeginRequest,
  control: RunControl,
): Promise<void> {
  try {
    const platform = await opening;
    const work = () => run(post, platform, folder, request, control);
    const { finished } = request.storage === 'origin' ? await alone(folder, work) : await work();
    post({ type: 'ended', end: { finished, files: await readRunFiles(platform, folder) } });
  } catch (error) {
    post({ type: 'failed', error: toMessage(error) });
  }
}

async function run(
  post: Post,
  platform: Platform,
  folder: string,
  request: BeginRequest,
  { signal, gate }: RunControl,
): Promise<TrainResult> {
  const onWarning = (message: string) => post({ type: 'warning', message });
  const { threads } = request.settings;
  if (threads !== undefined && threads > 1 && platform.threading === undefined) {
    onWarning(
      `threads = ${threads}, but this page is not cross-origin isolated: one thread is used, with the same results; serve the page with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp`,
    );
  }
  const common: ResumeRequest = {
    runDirectory: folder,
    signal,
    onWarning,
    onStart: (trainer) => {
      const { threads, variant, options, iterationCount: iteration } = trainer;
      const { environmentName: environment } = trainer.spec;
      const policy = trainer.encodePolicy();
      post({ type: 'started', start: { threads, variant, environment, options, iteration, policy } });
      return gate.pass();
    },
    onIteration: async ({ iteration, timesteps, meanReturn, row }, trainer) => {
      const policy = trainer.encodePolicy();
      post({ type: 'iteration', iteration: { iteration, timesteps, meanReturn, row, policy } });
      // after the last one nothing is left to wait for
      if (timesteps < trainer.options.timesteps) await gate.pass();
    },
  };
  if (request.type === 'train') return train(platform, { ...request.settings, ...common });
  const { files, ...settings } = request.settings;
  if (files !== undefined) await writeRunFiles(platform, folder, files);
  return resume(platform, { ...settings, ...common });
}

function toMessage(error: unknown): ErrorMessage {
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: 'Error', message: String(error) };
}
