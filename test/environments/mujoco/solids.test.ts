import { beforeAll, describe, expect, it } from 'vitest';
import { loadMujoco } from '../../../src/environments/mujoco/load.js';
import type { MujocoTask } from '../../../src/environments/mujoco/mujocoTask.js';
import type { Simulation } from '../../../src/environments/mujoco/simulation.js';
import { RandomStream, StreamPurpose } from '../../../src/random/philox.js';
import { mujocoTasks } from './tasks.js';

beforeAll(loadMujoco);

function simulationOf(environment: MujocoTask): Simulation {
  return (environment as unknown as { simulation: Simulation }).simulation;
}

/** A moment in mid-episode. */
function moved(Task: new () => MujocoTask): MujocoTask {
  const environment = new Task();
  environment.reset({ seed: 3 });
  const random = new RandomStream(3, StreamPurpose.actions);
  const { low, high } = environment.actionSpace;
  for (let step = 0; step < 5; step++) {
    environment.step(low.map((bound, i) => random.uniformBetween(bound, high[i])));
  }
  return environment;
}

type Vector = readonly number[];

/** Rotation matrix of a unit quaternion w, x, y, z, row by row. */
function matrixOf([w, x, y, z]: Vector): Vector[] {
  return [
    [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
}

const times = (matrix: readonly Vector[], vector: Vector) =>
  matrix.map((row) => row.reduce((sum, number, i) => sum + number * vector[i], 0));

describe.each(Object.entries(mujocoTasks))('%s', (_, Task) => {
  it("poses of bodies and places in them give MuJoCo's positions and axes of all geoms", () => {
    const environment = moved(Task);
    const { bodies, poses } = environment.renderSolids();
    const { geoms, arrays } = simulationOf(environment);
    const seen = bodies.flatMap(({ solids }, body) => {
      const pose = Array.from(poses.subarray(7 * body, 7 * body + 7));
      const rotation = matrixOf(pose.slice(3));
      return solids.map(({ position, quaternion }) => {
        const axis = matrixOf(quaternion).map((row) => row[2]);
        return [...times(rotation, position).map((number, i) => number + pose[i]), ...times(rotation, axis)];
      });
    });
    // MuJoCo numbers geoms body by body
    const expected = Array.from(geoms.type.keys(), (geom) => [
      ...arrays.geom_xpos.subarray(3 * geom, 3 * geom + 3),
      ...[2, 5, 8].map((i) => arrays.geom_xmat[9 * geom + i]),
    ]);
    expect(seen).toHaveLength(expected.length);
    expect(bodies.length * 7).toBe(poses.length);
    seen.flat().forEach((number, i) => {
      expect(number).toBeCloseTo(expected.flat()[i], 12);
    });
    environment.close();
  });

  it('gives the same bodies and a copy of the poses each time', () => {
    const environment = moved(Task);
    const before = environment.renderSolids();
    const kept = Array.from(before.poses);
    environment.step(environment.actionSpace.high);
    const after = environment.renderSolids();
    expect(after.bodies).toBe(before.bodies);
    expect(Array.from(before.poses)).toEqual(kept);
    expect(Array.from(after.poses)).not.toEqual(kept);
    environment.close();
  });
});

it('knows sizes, kinds and roles', () => {
  const environment = new mujocoTasks['Hopper-v5']();
  environment.reset({ seed: 0 });
  const { bodies, camera } = environment.renderSolids();
  expect(bodies.map(({ name, role }) => `${name}: ${role}`)).toEqual([
    'world: ground',
    'torso: body',
    'thigh: limb',
    'shin: limb',
    'foot: limb',
  ]);
  expect(bodies[0].solids).toMatchObject([{ kind: 'plane', position: [0, 0, 0] }]);
  const [foot] = bodies[4].solids;
  expect(foot).toMatchObject({ kind: 'capsule', radius: 0.06, halfLength: 0.195 });
  expect(camera).toMatchObject({ view: 'side', follows: true });
  environment.close();
});
