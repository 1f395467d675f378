import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadMujoco } from '../../../src/environments/mujoco/load.js';
import { mjcfOf, shapeOf, withDescendants } from '../../../src/environments/mujoco/mjcf.js';
import { mujocoTasks } from './tasks.js';

type Compiled = Readonly<Record<string, number | ArrayLike<number>>>;

/** What MuJoCo makes of Gymnasium's models (test/recordings/mujoco/make.py). */
interface Reference {
  readonly sizes: Compiled;
  readonly option: Compiled;
  /** Of joints and of motors. */
  readonly limited: Readonly<Record<'jnt_limited' | 'actuator_ctrllimited', readonly boolean[]>>;
  readonly arrays: Compiled;
}

const TOLERANCE = 1e-9;
const references: Readonly<Record<string, Reference>> = JSON.parse(
  readFileSync(new URL('../../recordings/mujoco/models.json', import.meta.url), 'utf8'),
);

describe.each(Object.entries(mujocoTasks))("%s has Gymnasium's model", (id, Task) => {
  const { model } = new Task();
  const reference = references[id];
  let compiled: Compiled & { readonly opt: Compiled };

  beforeAll(async () => {
    compiled = (await loadMujoco()).MjModel.from_xml_string(mjcfOf(model)) as unknown as typeof compiled;
  });

  it('sizes', () => {
    const sizes = Object.keys(reference.sizes).map((name) => [name, compiled[name]]);
    expect(Object.fromEntries(sizes)).toEqual(reference.sizes);
  });

  it('options of physics and solver', () => {
    expectSame(compiled.opt, reference.option);
  });

  it.each(Object.keys(reference.arrays))('%s', (name) => {
    expectSame({ [name]: compiled[name] }, { [name]: reference.arrays[name] });
  });

  // the bindings cannot read truth values: MuJoCo limits what has a range
  it('limits', () => {
    const joints = model.bodies.flatMap(withDescendants).flatMap((body) => body.joints ?? []);
    expect(joints.map(({ range }) => range !== undefined)).toEqual(reference.limited.jnt_limited);
    expect(model.motors.map(({ ctrlrange }) => ctrlrange !== undefined)).toEqual(
      reference.limited.actuator_ctrllimited,
    );
  });

  it('is described with the sizes that MuJoCo finds', () => {
    const { positions, velocities, bodies, controlRanges } = shapeOf(model);
    const { nq, nv, nbody, nu } = compiled;
    expect([positions, velocities, bodies.length, controlRanges.length]).toEqual([nq, nv, nbody, nu]);
  });
});

function expectSame(actual: Compiled, expected: Compiled): void {
  for (const [name, numbers] of Object.entries(expected)) {
    const [ours, theirs] = [actual[name], numbers].map((value) =>
      typeof value === 'number' ? [value] : Array.from(value ?? []),
    );
    expect(ours.length, `length of ${name}`).toBe(theirs.length);
    theirs.forEach((value, i) => {
      const bound = TOLERANCE * Math.max(1, Math.abs(value));
      expect(Math.abs(ours[i] - value), `${name}[${i}]: ${ours[i]}, not ${value}`).toBeLessThanOrEqual(bound);
    });
  }
}
