import { Quaternion } from 'three';

const POSE_SIZE = 7;
/** m: a body that moves further in one step was put elsewhere by a reset. */
const LONGEST_STEP = 1;

/** Poses between two steps of an environment: a robot that steps less often than the screen still moves smoothly. */
export class PoseBlend {
  private from: number[] = [];
  private to: number[] = [];
  private shown: number[] = [];
  /** Of the way from one step's poses to the next's, 0 to 1. */
  private progress = 1;

  /**
   * What to show. poses [bodies x 7]: the environment's now, as in a SolidScene; stepSeconds: between two of its steps;
   * frameSeconds: since the last call.
   */
  next(poses: ArrayLike<number>, stepSeconds: number, frameSeconds: number): readonly number[] {
    const now = Array.from(poses);
    if (this.isElsewhere(now)) {
      this.from = now;
      this.to = now;
      this.shown = [...now];
    } else if (now.some((number, i) => number !== this.to[i])) {
      this.from = [...this.shown];
      this.to = now;
      this.progress = 0;
    }
    this.progress = Math.min(1, this.progress + frameSeconds / stepSeconds);
    this.mix();
    return this.shown;
  }

  private isElsewhere(now: readonly number[]): boolean {
    if (now.length !== this.to.length) return true;
    return now.some((number, i) => i % POSE_SIZE < 3 && Math.abs(number - this.to[i]) > LONGEST_STEP);
  }

  private mix(): void {
    const { from, to, shown, progress } = this;
    for (let pose = 0; pose < shown.length; pose += POSE_SIZE) {
      for (let i = pose; i < pose + 3; i++) shown[i] = from[i] + progress * (to[i] - from[i]);
      // the order of a quaternion's numbers does not matter to it
      Quaternion.slerpFlat(shown, pose + 3, from, pose + 3, to, pose + 3, progress);
    }
  }
}
