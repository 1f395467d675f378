import { clamp } from '../numbers/range.js';
import type { RandomStream } from '../random/philox.js';
import type { Scene } from '../render/scene.js';
import * as track from './mountainCarTrack.js';
import { Box } from './spaces.js';
import { StateTask } from './stateTask.js';

const POWER = 0.0015; // velocity per step at full force
const MAX_FORCE = 1;
const GOAL_POSITION = 0.45;
const GOAL_REWARD = 100;
const ACTION_COST = 0.1; // per squared action

/**
 * MountainCarContinuous-v0: the mountain car with a force from -1 to 1 (clipped); 100 for the goal.
 * State and observation: [position, velocity in position per step], both float32 after every step.
 * Reward: -0.1 action^2, of the action before clipping, and 100 more when the goal is reached.
 * Equations and constants as in Gymnasium.
 */
export class MountainCarContinuous extends StateTask {
  constructor() {
    super({
      name: 'MountainCarContinuous',
      stateNames: ['position', 'velocity'],
      observationSpace: track.trackObservationSpace(),
      actionSpace: new Box({ low: [-MAX_FORCE], high: [MAX_FORCE] }),
      stepsPerSecond: 30,
    });
  }

  protected drawStart(random: RandomStream): void {
    this.dynamics[0] = random.uniformBetween(track.START_LOW, track.START_HIGH);
    this.dynamics[1] = 0;
  }

  protected advance(action: number): void {
    const oldPosition = this.dynamics[0];
    const force = clamp(action, -MAX_FORCE, MAX_FORCE);
    const pushed = this.dynamics[1] + (force * POWER + track.slopePull(oldPosition));
    const velocity = clamp(pushed, -track.MAX_SPEED, track.MAX_SPEED);
    const position = clamp(oldPosition + velocity, track.MIN_POSITION, track.MAX_POSITION);
    const hitsWall = position === track.MIN_POSITION && velocity < 0;

    // the goal is judged before the rounding, as in Gymnasium
    this.outcome.terminated = position >= GOAL_POSITION && velocity >= 0;
    this.outcome.reward = (this.outcome.terminated ? GOAL_REWARD : 0) - ACTION_COST * action * action;
    this.dynamics[0] = Math.fround(position);
    this.dynamics[1] = hitsWall ? 0 : Math.fround(velocity);
  }

  protected observe(observation: Float32Array): void {
    observation[0] = this.dynamics[0];
    observation[1] = this.dynamics[1];
  }

  render(): Scene {
    return track.trackScene(this.dynamics[0], GOAL_POSITION);
  }
}
