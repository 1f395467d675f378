import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { actionSizeOf } from '../../src/environments/spaces.js';
import { type GymnasiumSpec, nameOfSpec } from '../../src/gymnasium/gymnasiumSource.js';
import { GymnasiumVector } from '../../src/gymnasium/gymnasiumVector.js';
import { pythonProgram } from '../../src/gymnasium/pythonLink.js';
import { bridgeFile } from '../../src/platform/nodePackageFile.js';
import { EnvironmentCalls } from '../../src/vector/environmentCalls.js';
import { vectorOf } from '../../src/vector/environmentSource.js';
import type { SteppedVector } from '../../src/vector/vectorEnvironment.js';
import type { BenchContext } from '../report/section.js';
import { median } from '../report/statistics.js';
import type { Row, Table } from '../report/table.js';

const COUNT = 8;
const ROUNDS = 15;
/** Rounds at the start, which are not counted. */
const WARM_UP = 3;
const ALL = Array.from({ length: COUNT }, (_, index) => index);

interface Task {
  readonly spec: GymnasiumSpec;
  /** Of a round: about a tenth of a second. */
  readonly ticks: number;
}

const TASKS: readonly Task[] = [
  { spec: { kind: 'gymnasium', id: 'CartPole-v1' }, ticks: 1000 },
  { spec: { kind: 'gymnasium', id: 'LunarLander-v3' }, ticks: 400 },
  // whole episodes, as a trained policy has them: a fall would add an exchange for the reset
  { spec: { kind: 'gymnasium', id: 'Hopper-v5', args: { terminate_when_unhealthy: false } }, ticks: 100 },
  { spec: { kind: 'atari', id: 'Pong' }, ticks: 30 },
];

/** Time of a tick of 8 environments through the bridge, and in Python alone. */
export async function gymnasium(context: BenchContext): Promise<Table[]> {
  const rows: Row[] = [];
  for (const task of TASKS) {
    context.progress(nameOfSpec(task.spec));
    rows.push(await rowOf(task));
  }
  return [
    {
      title: `Gymnasium: a tick of ${COUNT} environments, one Python process`,
      notes: [
        `${ROUNDS} rounds in turn, medians; alone: a loop in Python that steps the same environments with the same actions`,
        'bridge: the checked vector, from actions in Node.js to observations there; overhead: median of the differences of a round',
        'verified: the sums of rewards are the same in every round, to the bit',
      ],
      rows,
    },
  ];
}

async function rowOf({ spec, ticks }: Task): Promise<Row> {
  const name = nameOfSpec(spec);
  const made = await GymnasiumVector.open(name, spec, COUNT);
  const vector = vectorOf(made, new EnvironmentCalls(0), { one: () => name, all: () => name });
  const alone = startAlone(spec);
  await vector.reset(ALL, ALL);
  const times: { bridge: number; alone: number }[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const [bridge, python] = await inTurn(
      round % 2 === 0,
      () => playThrough(vector, round * ticks, ticks),
      () => alone.play(ticks),
    );
    if (bridge.rewards !== python.rewards) {
      throw new Error(`${name}: rewards through the bridge are ${bridge.rewards}, alone ${python.rewards}`);
    }
    const microseconds = (seconds: number) => (1e6 * seconds) / ticks;
    if (round >= WARM_UP) {
      times.push({ bridge: microseconds(bridge.seconds), alone: microseconds(python.seconds) });
    }
  }
  alone.end();
  await vector.close?.();
  const overhead = median(times.map(({ bridge, alone }) => bridge - alone));
  const share = median(times.map(({ bridge, alone }) => bridge / alone - 1));
  return {
    environment: name,
    'alone, µs': Math.round(median(times.map(({ alone }) => alone))),
    'bridge, µs': Math.round(median(times.map(({ bridge }) => bridge))),
    'overhead, µs': Math.round(overhead),
    overhead: `${(100 * share).toFixed(1)} %`,
  };
}

/** What both give; they run in this order or the other way round. */
async function inTurn<Result>(
  inOrder: boolean,
  first: () => Promise<Result>,
  second: () => Promise<Result>,
): Promise<[Result, Result]> {
  if (inOrder) return [await first(), await second()];
  const later = await second();
  return [await first(), later];
}

/** Steps all environments `ticks` times, and resets those whose episodes end. */
async function playThrough(
  vector: SteppedVector,
  first: number,
  ticks: number,
): Promise<{ seconds: number; rewards: number }> {
  const space = vector.actionSpace;
  const size = actionSizeOf(space);
  const actions = Array.from({ length: ticks }, (_, i) =>
    Float64Array.from({ length: COUNT * size }, (_, at) => {
      const step = 7 * (first + i) + 3 * Math.floor(at / size);
      return space.kind === 'Discrete' ? step % space.n : ((step + 5 * (at % size)) % 11) / 5 - 1;
    }),
  );
  let rewards = 0;
  const started = performance.now();
  for (const row of actions) {
    const outcomes = await vector.step(ALL, row);
    const over: number[] = [];
    for (const index of ALL) {
      rewards += outcomes.rewards[index];
      if (outcomes.terminated[index] === 1 || outcomes.truncated[index] === 1) over.push(index);
    }
    if (over.length > 0) await vector.reset(over);
  }
  return { seconds: (performance.now() - started) / 1000, rewards };
}

function startAlone(spec: GymnasiumSpec) {
  const child = spawn(
    pythonProgram(),
    [
      fileURLToPath(new URL('../../bench/speed/gymnasiumAlone.py', import.meta.url)),
      fileURLToPath(bridgeFile()),
      JSON.stringify(spec),
      String(COUNT),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async play(ticks: number): Promise<{ seconds: number; rewards: number }> {
      child.stdin.write(`${ticks}\n`);
      return JSON.parse((await lines.next()).value);
    },
    end: () => child.stdin.end(),
  };
}
