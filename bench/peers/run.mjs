// Times peers against us in one interleaved run; README.md here says what is compared and how to run it.
import { access, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleBenchmarks, projectPath } from '../bundle.mjs';
import { Participant } from './participant.mjs';
import { idleLine, machineLine, productLine, renderCases, renderTraining } from './report.mjs';
import { CARTPOLE, CASES, SETTINGS } from './settings.mjs';

const PYTHON_PEERS = {
  sb3: 'pip install torch==2.13.0 sb3-contrib==2.9.2 stable-baselines3==2.9.2 gymnasium==1.4.0',
  tianshou: 'pip install torch==2.13.0 tianshou==2.0.1',
  torch: 'pip install torch==2.13.0 numpy',
};
const INSTALL_TFJS = 'npm install @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0';
/** Least time of one sample: short cases run several times in a row. */
const SAMPLE_MS = 60;
/** Before the first round: engines compile hot code a second time, libraries fill their caches. */
const WARM_UP_MS = 400;
/** Rounds go on until this much time has gone into a case, but are at least LEAST_ROUNDS. */
const CASE_SECONDS = 40;
const LEAST_ROUNDS = 3;
/** Threads of a process that has answered may spin for some milliseconds. */
const REST_MS = 30;

const here = fileURLToPath(new URL('.', import.meta.url));
const { values: options } = parseArgs({
  options: {
    python: { type: 'string' },
    tfjs: { type: 'string' },
    node24: { type: 'string' },
    variant: { type: 'string', default: 'simd' },
    variant24: { type: 'string' },
    threads: { type: 'string', default: '1' },
    workloads: { type: 'string', default: 'W1,W2,W3' },
    rounds: { type: 'string', default: '9' },
    training: { type: 'string', default: '3' },
    json: { type: 'string' },
  },
});
const threads = Number(options.threads);
const largestRounds = Number(options.rounds);
const progress = (message) => process.stderr.write(`${message}\n`);

const ours = await startOurs();
const peers = await startPeers(ours[0].description.workloads);
const everyone = [...ours, ...peers];
const machine = { cpu: cpus()[0].model, cores: cpus().length, threads, date: new Date().toISOString() };
const participants = everyone.map(({ description }) => description);
console.log(machineLine(machine));
for (const description of participants) console.log(productLine(description));

const cases = [];
for (const { name: workload } of ours[0].description.workloads) {
  for (const name of Object.keys(CASES)) {
    const takers = everyone.filter((participant) => participant.has(workload, name));
    // with nobody to compare with, there is nothing to time
    if (peers.length > 0 && takers.length === ours.length) continue;
    progress(`${workload}: ${CASES[name]}`);
    cases.push({ workload, case: name, samples: await timeCase(workload, name, takers) });
  }
}
console.log(`\n${renderCases(cases, participants)}`);

const training = Number(options.training) > 0 ? await timeTraining(Number(options.training)) : [];
if (training.length > 0) console.log(`\n${renderTraining(training, participants)}`);
console.log(`\n${idleLine([...cases.flatMap(({ samples }) => samples), ...training], participants)}`);

if (options.json !== undefined) {
  const result = { machine, settings: SETTINGS, cartPole: CARTPOLE, participants, cases, training };
  await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
}
for (const participant of everyone) participant.close();

/** Ourselves on this Node and, where one is given, on Node 24 with its own build of the kernels. */
async function startOurs() {
  await bundleBenchmarks({ peers: 'peers/ours.ts' });
  const bundle = projectPath('build/bench/peers.mjs');
  const commands = [[process.execPath, bundle, '--variant', options.variant]];
  if (options.node24 !== undefined) {
    const variant = options.variant24 ?? ((await exists('build/wasm/relaxed.wasm')) ? 'relaxed' : 'simd');
    commands.push([options.node24, bundle, '--variant', variant]);
  }
  const started = [];
  for (const command of commands) {
    progress(`verifying ours: ${command.join(' ')}`);
    const participant = new Participant(command, { threads });
    await participant.prepare({ workloads: options.workloads.split(','), threads, settings: SETTINGS });
    started.push(participant);
  }
  return started;
}

/** All peers that can be had; a line for each that cannot. */
async function startPeers(workloads) {
  const candidates = Object.entries(PYTHON_PEERS).map(([name, install]) => ({
    name,
    command: options.python && [options.python, join(here, 'peer.py'), name],
    advice: `give --python PYTHON after: ${install}`,
  }));
  candidates.push({
    name: 'tfjs',
    command: options.tfjs && [process.execPath, join(here, 'tfjs.mjs'), options.tfjs],
    advice: `give --tfjs FOLDER_WITH_NODE_MODULES after: ${INSTALL_TFJS}`,
  });
  const started = [];
  for (const { name, command, advice } of candidates) {
    if (command === undefined) {
      progress(`${name} left out: ${advice}`);
      continue;
    }
    progress(`starting ${name}`);
    const participant = new Participant(command, { threads });
    try {
      await participant.prepare({ workloads, threads, settings: SETTINGS });
      started.push(participant);
    } catch (error) {
      participant.close();
      progress(`${name} left out: ${error.message}\n  ${advice}`);
    }
  }
  return started;
}

/** Samples of one case, a list of rounds; in each round everyone answers once, and another one begins. */
async function timeCase(workload, name, takers) {
  const ask = async (participant, sampleMs) => {
    const answer = await askAlone(participant, { task: 'run', workload, case: name, sampleMs });
    return [participant.description.name, answer];
  };
  for (const participant of takers) await ask(participant, WARM_UP_MS);
  const rounds = [];
  const started = performance.now();
  while (rounds.length < largestRounds) {
    const order = rotate(takers, rounds.length);
    const round = [];
    for (const participant of order) round.push(await ask(participant, SAMPLE_MS));
    rounds.push(Object.fromEntries(round));
    const seconds = (performance.now() - started) / 1000;
    if (rounds.length >= LEAST_ROUNDS && seconds > CASE_SECONDS) break;
  }
  return rounds;
}

/** Whole runs on CartPole-v1, a seed a round. */
async function timeTraining(rounds) {
  const takers = everyone.filter((participant) => participant.has('training', 'cartPole'));
  const results = [];
  for (let round = 0; round < rounds; round++) {
    const answers = [];
    for (const participant of rotate(takers, round)) {
      progress(`${CARTPOLE.environment}, seed ${round}: ${participant.description.name}`);
      const answer = await askAlone(participant, { task: 'train', seed: round, ...CARTPOLE });
      answers.push([participant.description.name, answer]);
    }
    results.push(Object.fromEntries(answers));
  }
  return results;
}

/**
 * An answer, after which its threads have time to go to sleep; with it, what processor time the others took meanwhile,
 * who should have been asleep.
 */
async function askAlone(participant, task) {
  const others = everyone.filter((other) => other !== participant);
  const before = await cpuTimes(others);
  const started = performance.now();
  const answer = await participant.ask(task);
  const wallMs = performance.now() - started;
  const after = await cpuTimes(others);
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  const othersCpuMs = Object.fromEntries(
    others.map(({ description }, i) => [description.name, after[i] - before[i]]),
  );
  return { ...answer, wallMs, othersCpuMs };
}

/** Processor milliseconds of each so far, one asked after the other. */
async function cpuTimes(list) {
  const times = [];
  for (const participant of list) times.push((await participant.ask({ task: 'cpu' })).ms);
  return times;
}

function rotate(list, by) {
  const first = by % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}

async function exists(path) {
  return access(projectPath(path)).then(
    () => true,
    () => false,
  );
}
