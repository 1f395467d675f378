import { downloadFiles, PlatformError, type RunFiles, readFiles } from 'wasm-trpo/browser';
import { createPolicy } from 'wasm-trpo/edge';
import { Charts } from './charts.js';
import { element } from './element.js';
import { toCsv, toPng } from './exports.js';
import { Insight } from './insight.js';
import { keptRun, type Place } from './keptRun.js';
import { Messages } from './messages.js';
import { Panel } from './panel.js';
import { Session } from './session.js';
import { requireKnown, settingsFor } from './settings.js';
import { fromQuery, toQuery } from './shareLink.js';
import { Stage } from './stage.js';
import type { State } from './state.js';
import { Store } from './store.js';
import { tellStory } from './story.js';
import { currentTheme, followTheme } from './theme.js';
import { Warnings } from './warnings.js';

/** 1/s: plots and words follow the run no faster. */
const REPORTS_PER_SECOND = 12;

const link = fromQuery(location.search);
const store = new Store<State>({
  settings: link.settings,
  phase: 'preparing',
  updates: [],
  timesteps: 0,
  threads: 1,
  isKept: false,
});
const messages = new Messages(element('messages'));
for (const problem of link.problems) messages.show('note', problem);
const fail = (error: unknown) => messages.show('problem', tell(error));

const session = new Session(store, {
  problem: (message) => {
    messages.show('problem', message);
    void offerKeptRun();
  },
  note: (message) => messages.show('note', message),
});
const panel = new Panel((settings) => session.apply(settings).catch(fail));
const charts = new Charts(element('charts'));
const warnings = new Warnings(element('warnings'), element('warningList'));
const untrainedStage = new Stage(
  element('untrainedCanvas'),
  element('untrainedCaption'),
  new Insight(element('untrainedInsight')),
  fail,
);
const currentStage = new Stage(
  element('currentCanvas'),
  element('currentCaption'),
  new Insight(element('currentInsight')),
  fail,
);
followTheme(element('theme'), () => charts.rebuild());

// ---- what is seen follows the state

let reportIsDue = true;
store.subscribe((state, before) => {
  reportIsDue = true;
  if (state.settings !== before.settings) {
    panel.show(state);
    showActing(state);
    history.replaceState(null, '', toQuery(state.settings));
  }
  if (state.settings.environment !== before.settings.environment) openStages().catch(fail);
  if (state.phase !== before.phase) showPhase(state);
});

/** A policy that is new is seen within this time, and not each one of a fast run. */
const POLICIES_PER_SECOND = 4;

let compiling: Promise<WebAssembly.Module> | undefined;

/** What acts on the stages; compiled once. */
function actingModule(): Promise<WebAssembly.Module> {
  compiling ??= compileActing();
  return compiling;
}

async function compileActing(): Promise<WebAssembly.Module> {
  if (typeof WebAssembly === 'undefined') {
    throw new PlatformError(
      'This browser has no WebAssembly, or is set up without it; allow it, or use another browser',
    );
  }
  return WebAssembly.compileStreaming(fetch(new URL('wasm/edge.wasm', document.baseURI)));
}

async function openStages(): Promise<void> {
  const { environment } = store.state.settings;
  for (const stage of [untrainedStage, currentStage]) stage.close();
  const module = await actingModule();
  if (environment !== store.state.settings.environment) return;
  await Promise.all([untrainedStage.open(environment, module), currentStage.open(environment, module)]);
  showPolicies();
}

function showPolicies(): void {
  const { untrained, current, watched } = store.state;
  if (untrained !== undefined) untrainedStage.setPolicy(untrained);
  const shown = watched?.bytes ?? current;
  if (shown !== undefined) currentStage.setPolicy(shown);
}

function showPhase({ phase }: State): void {
  element('start').textContent = START_LABELS[phase];
  // not `disabled`, which would take the focus away from whoever steps by keyboard
  setAvailable('start', ['ready', 'running', 'paused', 'finished'].includes(phase));
  setAvailable('step', phase === 'ready' || phase === 'paused');
  document.documentElement.dataset.phase = phase;
}

function setAvailable(id: string, isAvailable: boolean): void {
  element(id).setAttribute('aria-disabled', String(!isAvailable));
}

const START_LABELS: Readonly<Record<State['phase'], string>> = {
  preparing: 'Start',
  ready: 'Start',
  running: 'Pause',
  pausing: 'Pause',
  paused: 'Go on',
  finished: 'Train on',
  failed: 'Start',
};

function startOrPause(): void | Promise<void> {
  if (store.state.phase === 'running') return session.pause();
  if (store.state.phase === 'finished') return session.trainOn();
  session.start();
}

function report(state: State): void {
  const { updates, timesteps, settings, threads, isKept, watched, phase } = state;
  charts.show(updates);
  element('story').textContent = tellStory(state);
  warnings.show(updates);
  element<HTMLProgressElement>('progress').value = Math.min(1, timesteps / settings.timesteps);
  const done = timesteps.toLocaleString('en');
  element('status').textContent = `${PHASES[phase]} · update ${updates.length} · ${done} steps`;
  element('currentTitle').textContent =
    watched?.fileName ?? (updates.length === 0 ? 'Now' : `After update ${updates.length}`);
  element('facts').textContent = `${threads === 1 ? 'one thread' : `${threads} threads`}${
    crossOriginIsolated ? '' : ' (the page is not cross-origin isolated: more cannot share memory)'
  }, strict SIMD kernels · ${isKept ? 'each update is kept in this browser' : 'not kept when the page is closed: download the run'}`;
  for (const id of ['csv', 'png']) element<HTMLButtonElement>(id).disabled = updates.length === 0;
}

const PHASES: Readonly<Record<State['phase'], string>> = {
  preparing: 'Setting up',
  ready: 'Ready',
  running: 'Training',
  pausing: 'Finishing the update',
  paused: 'Paused',
  finished: 'Finished',
  failed: 'Failed',
};

function showActing({ settings }: State): void {
  for (const stage of [untrainedStage, currentStage]) stage.setExplores(settings.explores);
}

let isStill = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
let lastFrame = performance.now();
let lastReport = 0;
let lastPolicies = 0;
function drawFrame(now: number): void {
  const seconds = (now - lastFrame) / 1000;
  lastFrame = now;
  if (reportIsDue && now - lastReport > 1000 / REPORTS_PER_SECOND) {
    reportIsDue = false;
    lastReport = now;
    report(store.state);
  }
  if (now - lastPolicies > 1000 / POLICIES_PER_SECOND) {
    lastPolicies = now;
    try {
      showPolicies();
    } catch (error) {
      fail(error);
    }
  }
  const theme = currentTheme();
  const playedSeconds = isStill ? 0 : seconds;
  untrainedStage.play(playedSeconds, theme);
  currentStage.play(playedSeconds, theme);
  requestAnimationFrame(drawFrame);
}

// ---- what a person does

function on(id: string, act: () => void | Promise<void>): void {
  element(id).addEventListener('click', async () => {
    try {
      await act();
    } catch (error) {
      fail(error);
    }
  });
}

on('start', startOrPause);
on('still', () => {
  isStill = !isStill;
  showStill();
});
on('step', () => session.step());
on('reset', () => {
  messages.clearProblems();
  return session.prepare();
});
on('share', async () => {
  await navigator.clipboard.writeText(location.href);
  messages.show('note', 'The link to these settings is copied.');
});
on('download', async () => {
  const [{ packRun }, name] = [await runArchive(), runName()];
  downloadFiles({ [`${name}.zip`]: packRun(await session.files(), name) });
});
on('csv', () =>
  downloadFiles({ [`${runName()}.csv`]: new TextEncoder().encode(toCsv(store.state.updates)) }),
);
on('png', async () => downloadFiles({ [`${runName()}.png`]: await toPng(charts, runName()) }));
on('open', () => element('files').click());
element<HTMLInputElement>('files').addEventListener('change', ({ target }) => {
  const input = target as HTMLInputElement;
  void take([...(input.files ?? [])]);
  input.value = '';
});

function showStill(): void {
  element('still').setAttribute('aria-pressed', String(isStill));
}

/** Packing is loaded when it is asked for. */
function runArchive() {
  return import('./runArchive.js');
}

function runName(): string {
  const { environment, seed } = store.state.settings;
  return `${environment}-seed${seed}`;
}

const dropZone = element('dropZone');
addEventListener('dragover', (event) => {
  event.preventDefault();
  dropZone.hidden = false;
});
addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) dropZone.hidden = true;
});
addEventListener('drop', (event) => {
  event.preventDefault();
  dropZone.hidden = true;
  void take([...(event.dataTransfer?.files ?? [])]);
});

/** Goes on with a run, or shows a policy. */
async function take(files: readonly File[]): Promise<void> {
  if (files.length === 0) return;
  messages.clearProblems();
  try {
    const { recognize } = await runArchive();
    const brought = recognize(await readFiles(files));
    if (brought.kind === 'run') await open(brought.files);
    else await watch(files.length === 1 ? files[0].name : brought.name, brought.bytes);
  } catch (error) {
    fail(error);
  }
}

/** A run that cannot be gone on with leaves the page ready for a new one. */
async function open(files: RunFiles, place?: Place): Promise<void> {
  try {
    await session.open(files, place);
  } catch (error) {
    fail(error);
    await session.prepare();
  }
}

async function watch(fileName: string, bytes: RunFiles[string]): Promise<void> {
  const { spec } = createPolicy(await actingModule(), bytes, { name: fileName });
  requireKnown(spec.environmentName);
  const { settings } = store.state;
  if (spec.environmentName !== settings.environment) {
    await session.apply(settingsFor(spec.environmentName, settings));
  }
  store.set({ watched: { fileName, bytes } });
  currentStage.restart();
  messages.show('note', `${fileName} is shown beside the untrained policy.`, {
    label: 'Back to the run',
    act: () => store.set({ watched: undefined }),
  });
}

function tell(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

panel.show(store.state);
showActing(store.state);
showPhase(store.state);
showStill();
openStages().catch(fail);
session.prepare().catch(fail);
requestAnimationFrame(drawFrame);
void offerKeptRun();

async function offerKeptRun(): Promise<void> {
  const kept = await keptRun();
  if (kept === undefined) return;
  const { spec } = createPolicy(await actingModule(), kept.files['policy.safetensors']);
  messages.show('note', `Your last run of ${spec.environmentName} is kept in this browser.`, {
    label: 'Open it',
    act: () => open(kept.files, kept.place).catch(fail),
  });
}
