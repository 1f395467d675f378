import { clamp } from '../numbers/range.js';
import type { RandomStream } from '../random/philox.js';
import type { Scene } from '../render/scene.js';
import * as track from './mountainCarTrack.js';
import { Discrete } from './spaces.js';
import { StateTask } from './stateTask.js';

const FORCE = 0.001; // velocity per step
const GOAL_POSITION = 0.5;

/**
 * MountainCar-v0: leave a valley with an engine too weak to climb it; push left (0), not (1), right (2).
 * State and observation: [position, velocity in position per step]. Reward -1 per step.
 * Equations: Moore, "Efficient memory-based learning for robot control", 1990; constants as in Gymnasium.
 */
export class MountainCar extends StateTask {
  constructor() {
    super({
      name: 'MountainCar',
      stateNames: ['position', 'velocity'],
      observationSpace: track.trackObservationSpace(),
      actionSpace: new Discrete(3),
      stepsPerSecond: 30,
    });
  }

  protected drawStart(random: RandomStream): void {
    this.dynamics[0] = random.uniformBetween(track.START_LOW, track.START_HIGH);
    this.dynamics[1] = 0;
  }

  protected advance(action: number): void {
    const oldPosition = this.dynamics[0];
    const pushed = this.dynamics[1] + ((action - 1) * FORCE + track.slopePull(oldPosition));
    const velocity = clamp(pushed, -track.MAX_SPEED, track.MAX_SPEED);
    const position = clamp(oldPosition + velocity, track.MIN_POSITION, track.MAX_POSITION);
    const hitsWall = position === track.MIN_POSITION && velocity < 0;

    this.dynamics[0] = position;
    this.dynamics[1] = hitsWall ? 0 : velocity;
    this.outcome.reward = -1;
    this.outcome.terminated = position >= GOAL_POSITION && this.dynamics[1] >= 0;
  }

  protected observe(observation: Float32Array): void {
    observation[0] = this.dynamics[0];
    observation[1] = this.dynamics[1];
  }

  render(): Scene {
    return track.trackScene(this.dynamics[0], GOAL_POSITION);
  }
}
