import { describe, expect, it } from 'vitest';
import { PoseBlend } from '../../demo/poseBlend.js';

const STEP = 0.05; // s
/** A pose turned about z. */
const pose = (x: number, angle: number) => [x, 0, 1, Math.cos(angle / 2), 0, 0, Math.sin(angle / 2)];
const bodies = (...poses: number[][]) => Float64Array.from(poses.flat());

function expectPose(shown: readonly number[], expected: readonly number[]): void {
  expect(shown).toHaveLength(expected.length);
  shown.forEach((number, i) => {
    expect(number).toBeCloseTo(expected[i], 12);
  });
}

describe('between two steps', () => {
  it('goes evenly from one to the next within the time of a step, place and turn', () => {
    const blend = new PoseBlend();
    expectPose(blend.next(bodies(pose(0, 0), pose(0.5, 1)), STEP, 0), [...pose(0, 0), ...pose(0.5, 1)]);
    const to = bodies(pose(0.4, 1), pose(0.1, -1));
    for (const part of [0.25, 0.5, 0.75, 1, 1]) {
      expectPose(blend.next(to, STEP, STEP / 4), [
        ...pose(0.4 * part, part),
        ...pose(0.5 - 0.4 * part, 1 - 2 * part),
      ]);
    }
  });

  it('shows each step at once where frames are longer than steps', () => {
    const blend = new PoseBlend();
    for (const x of [0, 0.1, 0.2]) expectPose(blend.next(bodies(pose(x, x)), STEP, 2 * STEP), pose(x, x));
  });

  it('goes on from what is shown when a step comes early', () => {
    const blend = new PoseBlend();
    blend.next(bodies(pose(0, 0)), STEP, 0);
    expectPose(blend.next(bodies(pose(0.4, 0)), STEP, STEP / 2), pose(0.2, 0));
    expectPose(blend.next(bodies(pose(0.8, 0)), STEP, STEP / 2), pose(0.5, 0));
  });
});

it('jumps where a reset puts a robot elsewhere, and takes another robot', () => {
  const blend = new PoseBlend();
  blend.next(bodies(pose(5, 0)), STEP, 0);
  expectPose(blend.next(bodies(pose(0, 0.1)), STEP, 0), pose(0, 0.1));
  expectPose(blend.next(bodies(pose(0, 0), pose(1, 1)), STEP, 0), [...pose(0, 0), ...pose(1, 1)]);
});

it('keeps no hold of the poses it is given', () => {
  const blend = new PoseBlend();
  const poses = bodies(pose(0, 0));
  blend.next(poses, STEP, STEP);
  poses[0] = 0.5;
  expectPose(blend.next(poses, STEP, STEP / 2), pose(0.25, 0));
});
