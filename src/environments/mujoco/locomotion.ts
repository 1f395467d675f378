import { clamp } from '../../numbers/range.js';
import type { Camera } from '../../render/camera.js';
import { type Range, shapeOf } from './mjcf.js';
import { MujocoTask, type TaskSpec } from './mujocoTask.js';

/** What all tasks that reward moving along x can be told. */
export interface LocomotionOptions {
  /** MuJoCo's time steps in one step of the environment. */
  readonly frameSkip: number;
  /** Reward for each m/s along x. */
  readonly forwardRewardWeight: number;
  /** Cost of the sum of the squared controls. */
  readonly ctrlCostWeight: number;
  /** Bound of the uniform, deviation of the normal noise on the start's positions and velocities. */
  readonly resetNoiseScale: number;
  /** Leaves x (and y, where the robot can move sidewards) out of the observation. */
  readonly excludeCurrentPositionsFromObservation: boolean;
}

/** What tasks whose robot can fall can be told beside that. */
export interface HealthyOptions {
  /** Reward for each step after which the robot is healthy. */
  readonly healthyReward: number;
  readonly terminateWhenUnhealthy: boolean;
  /** m: height of the torso. */
  readonly healthyZRange: Range;
}

interface LocomotionSpec extends Omit<TaskSpec, 'frameSkip' | 'observationSize' | 'startNoise'> {
  readonly velocityNoise: 'uniform' | 'normal';
  /** Leading positions that are where the robot is: x, or x and y. */
  readonly places: 1 | 2;
  /** Velocities beyond it are cut in the observation, m/s or rad/s. */
  readonly velocityLimit?: number;
  /** Numbers that `observe` of the subclass adds. */
  readonly furtherObservations?: number;
}

/**
 * A robot that is rewarded for moving along x: reward = forwardRewardWeight dx/dt + healthyReward (if healthy)
 * - ctrlCostWeight |action|^2 - contact cost. Observation: positions (without places, unless asked), velocities, and
 * what the subclass adds.
 */
export abstract class Locomotion extends MujocoTask {
  private readonly places: number;
  private readonly velocityLimit: number;

  protected constructor(
    { velocityNoise, places, velocityLimit = Infinity, furtherObservations = 0, ...spec }: LocomotionSpec,
    private readonly weights: LocomotionOptions & Partial<HealthyOptions>,
  ) {
    const { positions, velocities } = shapeOf(spec.model);
    const skipped = weights.excludeCurrentPositionsFromObservation ? places : 0;
    super({
      ...spec,
      frameSkip: weights.frameSkip,
      observationSize: positions - skipped + velocities + furtherObservations,
      startNoise: { scale: weights.resetNoiseScale, velocities: velocityNoise },
      carriedNames: ['x'],
    });
    this.places = skipped;
    this.velocityLimit = velocityLimit;
  }

  /** m: the coordinate that should grow. As MuJoCo's last step left it. */
  protected forwardPosition(): number {
    return this.simulation.arrays.qpos[0];
  }

  protected isHealthy(): boolean {
    return true;
  }

  protected contactCost(): number {
    return 0;
  }

  protected override begin(): void {
    this.carried[0] = this.forwardPosition() + 0;
  }

  protected judge(action: ArrayLike<number>): void {
    const { forwardRewardWeight, ctrlCostWeight, healthyReward = 0, terminateWhenUnhealthy } = this.weights;
    const before = this.carried[0];
    const after = this.forwardPosition();
    const isHealthy = this.isHealthy();
    const gain =
      (forwardRewardWeight * (after - before)) / this.stepSeconds + (isHealthy ? healthyReward : 0);
    this.carried[0] = after + 0;
    this.outcome.reward = gain - (ctrlCostWeight * sumOfSquares(action) + this.contactCost());
    this.outcome.terminated = terminateWhenUnhealthy === true && !isHealthy;
  }

  /** Positions and velocities. */
  protected observe(observation: Float64Array): void {
    const { qpos, qvel } = this.simulation.arrays;
    let offset = 0;
    for (let i = this.places; i < qpos.length; i++) observation[offset++] = qpos[i];
    for (let i = 0; i < qvel.length; i++) {
      observation[offset++] = clamp(qvel[i], -this.velocityLimit, this.velocityLimit);
    }
  }
}

/** Sum of squares of an array, the numbers first brought into a range if one is given. */
export function sumOfSquares(numbers: ArrayLike<number>, [low, high]: Range = [-Infinity, Infinity]): number {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) {
    const number = clamp(numbers[i], low, high);
    sum += number * number;
  }
  return sum;
}

/** Whether low < number < high. */
export function isInside(number: number, [low, high]: Range): boolean {
  return low < number && number < high;
}

/** From the side, beside a robot of about `height` m. */
export function sideCamera(height: number): Camera {
  const halfWidth = height * 0.9;
  return {
    view: 'side',
    left: -halfWidth,
    right: halfWidth,
    bottom: -0.15,
    top: height,
    follows: true,
    ground: true,
  };
}
