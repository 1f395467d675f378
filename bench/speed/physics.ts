import { type EnvironmentEntry, environmentList } from '../../src/environments/index.js';
import { loadMujoco } from '../../src/environments/mujoco/load.js';
import { MujocoTask } from '../../src/environments/mujoco/mujocoTask.js';
import { Simulation } from '../../src/environments/mujoco/simulation.js';
import { TimeLimit } from '../../src/environments/timeLimit.js';
import { Trainer } from '../../src/training/trainer.js';
import type { BenchContext } from '../report/section.js';
import { median } from '../report/statistics.js';
import type { Row, Table } from '../report/table.js';

/** Of both trainings, which must have the same batches. */
const ENVIRONMENTS = 4;
const ROWS = 2048;
const ITERATIONS = 8;
/** Each thread compiles MuJoCo for itself, a second time once it has run for long. */
const WARM_UP_MS = 1500;

interface Times {
  readonly collectMs: number;
  readonly updateMs: number;
  readonly physicsMs: number;
}

/** MuJoCo's tasks: steps per second with one thread and with several, and how much of one thread's time is physics. */
export async function physics(context: BenchContext): Promise<Table[]> {
  await loadMujoco();
  const robots = environmentList
    .filter((entry) => isRobot(entry) && (context.environments?.includes(entry.id) ?? true))
    .map(({ id }) => id);
  const rows: Row[] = [];
  for (const id of robots) {
    context.progress(id);
    rows.push(await rowOf(context, id));
  }
  return [
    {
      title: `Robots: steps per second with 1 and ${context.threads} threads`,
      notes: [
        `${ENVIRONMENTS} environments, ${ROWS} steps an iteration, otherwise the environment's tuned options; in turn, medians over iterations`,
        "physics: MuJoCo's part of one thread's whole time, and of its collection",
        'verified: the trainings with one thread and with several end with the same bits',
      ],
      rows,
    },
  ];
}

function isRobot({ create }: EnvironmentEntry): boolean {
  const environment = create();
  return environment instanceof TimeLimit && environment.inner instanceof MujocoTask;
}

async function rowOf({ module, threading, threads }: BenchContext, id: string): Promise<Row> {
  const runtime = { module, variant: 'bench', yieldToEventLoop: async () => {}, threading };
  const trainers = await Promise.all(
    [1, threads].map((count) =>
      Trainer.create(runtime, {
        environment: id,
        environments: ENVIRONMENTS,
        steps: ROWS / ENVIRONMENTS,
        timesteps: 1e12,
        threads: count,
      }),
    ),
  );
  const runs = trainers.map((trainer) => trainer.iterations());
  const timed = async (i: number): Promise<Times> => {
    const stopwatch = new PhysicsStopwatch();
    const { collectMs, updateMs } = (await runs[i].next()).value!.report;
    return { collectMs, updateMs, physicsMs: stopwatch.stop() };
  };
  const started = performance.now();
  do {
    for (const i of [0, 1]) await timed(i);
  } while (performance.now() - started < 2 * WARM_UP_MS);
  const times: Times[][] = [[], []];
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    for (const i of iteration % 2 === 0 ? [0, 1] : [1, 0]) times[i].push(await timed(i));
  }
  const [single, several] = trainers.map((trainer) => trainer.encodeCheckpoint());
  for (const trainer of trainers) await trainer.close();
  if (Buffer.compare(single, several) !== 0) throw new Error(`${id}: threads change the training`);
  const perSecond = (i: number, ms: (times: Times) => number) =>
    Math.round((1000 * ROWS) / median(times[i].map(ms))).toLocaleString('en-US');
  const share = (ms: (times: Times) => number) =>
    `${(100 * median(times[0].map((row) => row.physicsMs / ms(row)))).toFixed(0)} %`;
  const collection = ({ collectMs }: Times) => collectMs;
  const whole = ({ collectMs, updateMs }: Times) => collectMs + updateMs;
  return {
    environment: id,
    'collected, 1 thread': perSecond(0, collection),
    [`collected, ${threads} threads`]: perSecond(1, collection),
    'trained, 1 thread': perSecond(0, whole),
    [`trained, ${threads} threads`]: perSecond(1, whole),
    'physics of collection': share(collection),
    'physics of the whole': share(whole),
  };
}

/** Adds up the time that this thread spends in MuJoCo, from its making until it is stopped. */
class PhysicsStopwatch {
  private ms = 0;
  private readonly plain = {
    step: Simulation.prototype.step,
    forward: Simulation.prototype.forward,
    measureContactForces: Simulation.prototype.measureContactForces,
  };

  constructor() {
    const { plain } = this;
    const add = (started: number) => {
      this.ms += performance.now() - started;
    };
    Simulation.prototype.step = function (controls, frames) {
      const started = performance.now();
      plain.step.call(this, controls, frames);
      add(started);
    };
    Simulation.prototype.forward = function () {
      const started = performance.now();
      plain.forward.call(this);
      add(started);
    };
    Simulation.prototype.measureContactForces = function () {
      const started = performance.now();
      plain.measureContactForces.call(this);
      add(started);
    };
  }

  /** ms; takes the clocks out again. */
  stop(): number {
    Object.assign(Simulation.prototype, this.plain);
    return this.ms;
  }
}
