import { describe, expect, it } from 'vitest';
import type { Environment, StepResult } from '../../src/environments/environment.js';
import { CartPole, TimeLimit } from '../../src/environments/index.js';
import { sideCamera } from '../../src/environments/mujoco/locomotion.js';
import { Box, Discrete } from '../../src/environments/spaces.js';
import { EnvironmentError, OptionError, ShapeError } from '../../src/errors.js';
import type { SolidScene } from '../../src/render/solidScene.js';

/** Counts its steps, ends at `lastStep`; hands out one result object for ever; cannot save or render. */
class Counter implements Environment {
  readonly observationSpace = new Box({ low: [0], high: [Infinity] });
  readonly actionSpace = new Discrete(1);
  closed = false;
  private readonly result: StepResult = { observation: [0], reward: 1, terminated: false, truncated: false };
  private steps = 0;

  constructor(private readonly lastStep = Infinity) {}

  reset() {
    this.steps = 0;
    return { observation: [0] };
  }

  step() {
    this.steps++;
    this.result.observation = [this.steps];
    this.result.terminated = this.steps === this.lastStep;
    return this.result;
  }

  close() {
    this.closed = true;
  }
}

/** The counter behind promises, as a remote simulator would be. */
class RemoteCounter implements Environment {
  readonly observationSpace = new Box({ low: [0], high: [Infinity] });
  readonly actionSpace = new Discrete(1);
  private readonly counter = new Counter();

  async reset() {
    return this.counter.reset();
  }

  async step() {
    return this.counter.step();
  }
}

function steps(environment: TimeLimit, count: number): StepResult[] {
  return Array.from({ length: count }, () => ({ ...(environment.step(0) as StepResult) }));
}

describe('TimeLimit', () => {
  it('truncates the step that reaches the limit, in every episode', () => {
    const environment = new TimeLimit(new Counter(), 3);
    for (let episode = 0; episode < 3; episode++) {
      environment.reset();
      expect(steps(environment, 3).map(({ truncated }) => truncated)).toEqual([false, false, true]);
      expect(() => environment.step(0)).toThrow(EnvironmentError);
    }
  });

  it('counts anew after a reset in mid-episode', () => {
    const environment = new TimeLimit(new Counter(), 3);
    environment.reset();
    steps(environment, 2);
    environment.reset();
    expect(steps(environment, 3).map(({ truncated }) => truncated)).toEqual([false, false, true]);
  });

  it('lets an earlier end through, and refuses the step after it', () => {
    const environment = new TimeLimit(new Counter(2), 3);
    environment.reset();
    const last = steps(environment, 2)[1];
    expect([last.terminated, last.truncated]).toEqual([true, false]);
    expect(() => environment.step(0)).toThrow(
      /TimeLimit: step\(\) without a running episode.*call reset\(\)/,
    );
  });

  it('is both terminated and truncated when both happen in one step, as in Gymnasium', () => {
    const environment = new TimeLimit(new Counter(3), 3);
    environment.reset();
    const last = steps(environment, 3)[2];
    expect([last.terminated, last.truncated]).toEqual([true, true]);
  });

  it('refuses a step before the first reset, even when the inner environment would not', () => {
    expect(() => new TimeLimit(new Counter(), 3).step(0)).toThrow(EnvironmentError);
  });

  it('waits for environments that answer with promises', async () => {
    const environment = new TimeLimit(new RemoteCounter(), 2);
    expect((await environment.reset()).observation).toEqual([0]);
    expect(await environment.step(0)).toMatchObject({ observation: [1], truncated: false });
    expect(await environment.step(0)).toMatchObject({ observation: [2], truncated: true });
    expect(() => environment.step(0)).toThrow(EnvironmentError);
  });

  it('answers at once when the inner environment does', () => {
    const environment = new TimeLimit(new CartPole(), 2);
    expect(environment.reset()).not.toBeInstanceOf(Promise);
    expect(environment.step(0)).not.toBeInstanceOf(Promise);
  });

  it('saves its elapsed steps together with the inner state', () => {
    const original = new TimeLimit(new CartPole(), 3);
    original.reset({ seed: 1 });
    original.step(0);
    const copy = new TimeLimit(new CartPole(), 3);
    copy.restoreState!(original.saveState!());
    expect(steps(copy, 2).map(({ truncated }) => truncated)).toEqual([false, true]);
    expect(() => copy.restoreState!([])).toThrow(ShapeError);
  });

  it('saves and renders only what the inner environment can', () => {
    const bare = new TimeLimit(new Counter(), 3);
    const { saveState, restoreState, render, renderSolids } = bare;
    expect([saveState, restoreState, render, renderSolids]).toEqual(new Array(4).fill(undefined));
    const full = new TimeLimit(new CartPole(), 3);
    full.reset({ seed: 1 });
    expect(full.render!()).toEqual((full.inner as CartPole).render());
    const solids: SolidScene = { bodies: [], poses: new Float64Array(), camera: sideCamera(1) };
    const solid = new TimeLimit(Object.assign(new Counter(), { renderSolids: () => solids }), 3);
    expect(solid.renderSolids!()).toBe(solids);
  });

  it('closes the inner environment', () => {
    const counter = new Counter();
    new TimeLimit(counter, 1).close();
    expect(counter.closed).toBe(true);
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity])('refuses a limit of %d', (limit) => {
    expect(() => new TimeLimit(new Counter(), limit)).toThrow(OptionError);
  });
});
