import { beforeAll, describe, expect, it } from 'vitest';
import {
  Ant,
  HalfCheetah,
  Hopper,
  Humanoid,
  InvertedDoublePendulum,
  InvertedPendulum,
  Reacher,
  Swimmer,
  Walker2d,
} from '../../../src/environments/index.js';
import { loadMujoco } from '../../../src/environments/mujoco/load.js';
import type { MujocoTask } from '../../../src/environments/mujoco/mujocoTask.js';
import { Simulation } from '../../../src/environments/mujoco/simulation.js';
import { EnvironmentError, NonFiniteError, OptionError } from '../../../src/errors.js';
import { RandomStream, StreamPurpose } from '../../../src/random/philox.js';
import { mujocoTasks } from './tasks.js';

beforeAll(loadMujoco);

/** Observations and rewards of `steps` seeded random actions; a new episode at each end. */
function play(environment: MujocoTask, steps: number, seed = 1): number[] {
  const random = new RandomStream(seed, StreamPurpose.actions);
  const { low, high } = environment.actionSpace;
  const seen: number[] = [];
  for (let step = 0; step < steps; step++) {
    const result = environment.step(low.map((bound, i) => random.uniformBetween(bound, high[i])));
    seen.push(...Array.from(result.observation), result.reward);
    if (result.terminated) environment.reset();
  }
  return seen;
}

describe.each(Object.entries(mujocoTasks))('%s', (_, Task) => {
  it('goes on to the same bits from every step of an episode', () => {
    const original = new Task();
    const copy = new Task();
    original.reset({ seed: 8 });
    for (let step = 0; step < 40; step++) {
      play(original, 3, step);
      const saved = original.saveState();
      // JSON cannot tell -0
      expect(saved.some((number) => Object.is(number, -0))).toBe(false);
      copy.restoreState(saved);
      expect(play(copy, 5)).toEqual(play(original, 5));
      expect(copy.saveState()).toEqual(original.saveState());
    }
    original.close();
    copy.close();
  });

  it('is not disturbed by being drawn', () => {
    const [drawn, left] = [new Task(), new Task()];
    for (const environment of [drawn, left]) environment.reset({ seed: 2 });
    for (let step = 0; step < 10; step++) {
      expect(drawn.render().shapes.length).toBeGreaterThan(2);
      expect(drawn.renderSolids().bodies.length).toBeGreaterThan(2);
      expect(play(drawn, 2, step)).toEqual(play(left, 2, step));
    }
  });
});

describe('memory', () => {
  it("may grow under a simulation, which leaves MuJoCo's old views empty", async () => {
    const mujoco = await loadMujoco();
    const [disturbed, left] = [new Ant(), new Ant()];
    for (const environment of [disturbed, left]) environment.reset({ seed: 4 });
    const expected = play(left, 100);
    const { model } = disturbed;
    const witness = new Simulation(mujoco, model);
    const oldView = witness.arrays.qpos;
    const crowd: Simulation[] = [];
    // a view that was detached by growth has no numbers any more
    while (oldView.length > 0) crowd.push(new Simulation(mujoco, model));
    expect(crowd.length).toBeGreaterThan(0);
    expect(witness.arrays.qpos.length).toBe(15);
    expect(play(disturbed, 100)).toEqual(expected);
    for (const simulation of [witness, ...crowd]) simulation.free();
  });

  it('is given back by close(): 200 robots one after the other need no more than a few', () => {
    const buffers = new Set<ArrayBufferLike>();
    for (let i = 0; i < 200; i++) {
      const environment = new InvertedPendulum();
      environment.reset({ seed: i });
      const { simulation } = environment as unknown as { simulation: Simulation };
      buffers.add(simulation.arrays.qpos.buffer);
      environment.close();
    }
    // one buffer for each size that the memory had
    expect(buffers.size).toBeLessThanOrEqual(2);
  });

  it('is made anew by a reset after close()', () => {
    const environment = new Reacher();
    environment.reset({ seed: 1 });
    const expected = play(environment, 5);
    environment.close();
    environment.close();
    expect(() => environment.step([0, 0])).toThrow(EnvironmentError);
    expect(() => environment.render()).toThrow(EnvironmentError);
    expect(() => environment.saveState()).toThrow(EnvironmentError);
    environment.reset({ seed: 1 });
    expect(play(environment, 5)).toEqual(expected);
  });
});

describe('a simulation that diverges', () => {
  it('is refused with its name, and can be reset', () => {
    const environment = new HalfCheetah();
    const state = new Array<number>(18).fill(0);
    state[12] = 1e200; // rad/s
    environment.reset({ options: { state } });
    expect(() => play(environment, 3)).toThrow(NonFiniteError);
    expect(() => play(environment, 1)).toThrow(EnvironmentError);
    environment.reset({ seed: 1 });
    expect(play(environment, 20).every(Number.isFinite)).toBe(true);
  });
});

describe('starts', () => {
  const RESETS = 2000;

  /** The internal states, [resets][qpos, qvel], less the initial configuration's. */
  function starts(environment: MujocoTask): { positions: number[][]; velocities: number[][] } {
    const positions: number[][] = [];
    const velocities: number[][] = [];
    const { simulation } = reset(environment);
    simulation.reset();
    const initial = Array.from(simulation.arrays.qpos);
    for (let i = 0; i < RESETS; i++) {
      const { qpos, qvel } = reset(environment, i).simulation.arrays;
      positions.push(Array.from(qpos, (number, j) => number - initial[j]));
      velocities.push(Array.from(qvel));
    }
    return { positions, velocities };
  }

  function reset(environment: MujocoTask, seed = 0): { simulation: Simulation } {
    environment.reset({ seed });
    return environment as unknown as { simulation: Simulation };
  }

  function expectUniform(numbers: readonly number[], bound: number): void {
    expect(Math.max(...numbers.map(Math.abs))).toBeLessThanOrEqual(bound * (1 + 1e-12));
    expect(Math.max(...numbers)).toBeGreaterThan(0.99 * bound);
    expect(Math.min(...numbers)).toBeLessThan(-0.99 * bound);
    expectDeviation(numbers, bound / Math.sqrt(3));
  }

  /** Mean 0 and the deviation, within about five standard errors. */
  function expectDeviation(numbers: readonly number[], deviation: number): void {
    const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
    const square = numbers.reduce((sum, x) => sum + x * x, 0) / numbers.length;
    expect(Math.abs(mean)).toBeLessThan((5 * deviation) / Math.sqrt(numbers.length));
    expect(Math.abs(square / deviation ** 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / numbers.length));
  }

  it.each([
    { name: 'InvertedPendulum', create: () => new InvertedPendulum(), scale: 0.01, normal: false },
    { name: 'Swimmer', create: () => new Swimmer(), scale: 0.1, normal: false },
    { name: 'Hopper', create: () => new Hopper(), scale: 0.005, normal: false },
    { name: 'Walker2d', create: () => new Walker2d(), scale: 0.005, normal: false },
    { name: 'Humanoid', create: () => new Humanoid(), scale: 0.01, normal: false },
    { name: 'InvertedDoublePendulum', create: () => new InvertedDoublePendulum(), scale: 0.1, normal: true },
    { name: 'HalfCheetah', create: () => new HalfCheetah(), scale: 0.1, normal: true },
    { name: 'Ant', create: () => new Ant(), scale: 0.1, normal: true },
    { name: 'a given scale', create: () => new Ant({ resetNoiseScale: 0.02 }), scale: 0.02, normal: true },
  ])('$name: noise of scale $scale', ({ create, scale, normal }) => {
    const environment = create();
    const { positions, velocities } = starts(environment);
    // one coordinate at a time is enough draws, all of them together are more
    expectUniform(positions.flat(), scale);
    expectUniform(
      positions.map((row) => row[0]),
      scale,
    );
    if (normal) {
      expectDeviation(velocities.flat(), scale);
      expect(Math.max(...velocities.flat())).toBeGreaterThan(2.5 * scale);
    } else {
      expectUniform(velocities.flat(), scale);
    }
    environment.close();
  });

  it('Reacher: the target anywhere in a circle, the arm almost straight and still', () => {
    const environment = new Reacher();
    const { positions, velocities } = starts(environment);
    // the target's coordinates are those of the world
    const radii = positions.map(([, , x, y]) => Math.hypot(x + 0.1, y - 0.1));
    expect(Math.max(...radii)).toBeLessThan(0.2);
    // evenly over the area: the square of the radius is uniform
    const share = radii.filter((radius) => radius < 0.1).length / RESETS;
    expect(Math.abs(share - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / RESETS));
    expectUniform(
      positions.flatMap((row) => row.slice(0, 2)),
      0.1,
    );
    expectUniform(
      velocities.flatMap((row) => row.slice(0, 2)),
      0.005,
    );
    expect(velocities.every((row) => row[2] === 0 && row[3] === 0)).toBe(true);
  });
});

describe('options', () => {
  it.each([
    [{ frameSkips: 4 }, /Hopper: option "frameSkips" is unknown \(did you mean "frameSkip"\?\)/],
    [{ frameSkip: 0 }, /Hopper: frameSkip is 0; give a whole number of 1 or more/],
    [{ ctrlCostWeight: Number.NaN }, /ctrlCostWeight is null; give a finite number/],
    [{ terminateWhenUnhealthy: 1 }, /terminateWhenUnhealthy is 1; give true or false/],
    [{ healthyZRange: [2, 1] }, /healthyZRange is \[2,1\]; give a pair \[low, high\]/],
    [{ healthyZRange: 2 }, /healthyZRange is 2; give a pair/],
  ])('refuses %j', (options, message) => {
    const make = () => new Hopper(options as object);
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });

  it('leaves the default where undefined is given', () => {
    const environment = new Hopper({ excludeCurrentPositionsFromObservation: undefined });
    expect(environment.observationSpace.size).toBe(11);
  });
});

describe('drawings', () => {
  it('follow a robot that moves', () => {
    const environment = new Hopper();
    const state = new Array<number>(12).fill(0);
    state[0] = 30; // m
    state[1] = 1.25; // m
    environment.reset({ options: { state } });
    const { view, shapes } = environment.render();
    expect((view.left + view.right) / 2).toBeCloseTo(30);
    const torso = shapes.find((shape) => shape.kind === 'line' && shape.width === 0.1);
    expect(torso).toMatchObject({
      points: [
        [30, 1.05],
        [30, 1.45],
      ].map((point) => point.map((number) => expect.closeTo(number, 9))),
    });
  });

  it('show Reacher from above, with its target', () => {
    const environment = new Reacher();
    environment.reset({ options: { state: [0, 0, 0.05, 0.15, 0, 0, 0, 0] } });
    const { shapes } = environment.render();
    const circles = shapes.filter((shape) => shape.kind === 'circle').map(({ center }) => center);
    const near = (point: number[]) => circles.some(([x, y]) => Math.hypot(x - point[0], y - point[1]) < 1e-9);
    expect(near([0.05, 0.15])).toBe(true); // target
    expect(near([0.21, 0])).toBe(true); // fingertip
  });
});
