import { clamp } from '../../numbers/range.js';
import { cos, sin } from '../../numbers/sinCos.js';
import { ALONG_X, type Body, type Geom, type Model, type Vector } from './mjcf.js';
import { MujocoTask } from './mujocoTask.js';
import { completeTaskOptions } from './taskOptions.js';

export interface InvertedDoublePendulumOptions {
  /** MuJoCo's time steps in one step of the environment. */
  readonly frameSkip: number;
  /** Reward for each step after which the tip is high enough. */
  readonly healthyReward: number;
  /** Bound of the uniform noise on positions, deviation of the normal noise on velocities at the start. */
  readonly resetNoiseScale: number;
}

const DEFAULTS: InvertedDoublePendulumOptions = { frameSkip: 5, healthyReward: 10, resetNoiseScale: 0.1 };
const LOWEST_TIP = 1; // m
const BEST_TIP = 2; // m, above what the poles reach
const OBSERVED_LIMIT = 10; // m/s, rad/s, and N
const POLE_LENGTH = 0.6; // m
const DAMPING = 0.05; // N s/m, N m s/rad

/** Geoms that touch nothing. */
const ghost = { contype: 0, friction: [1, 0.1, 0.1] } as const satisfies Partial<Geom>;

function pole(name: string, pos: Vector, more: Partial<Body>): Body {
  return {
    name,
    pos,
    joints: [{ type: 'hinge', axis: [0, 1, 0], damping: DAMPING }],
    geoms: [{ ...ghost, type: 'capsule', size: [0.045], fromto: [0, 0, 0, 0, 0, POLE_LENGTH] }],
    ...more,
  };
}

const model: Model = {
  name: 'inverted double pendulum',
  // a hint of gravity along x keeps the poles from standing still
  option: { timestep: 0.01, integrator: 'RK4', gravity: [1e-5, 0, -9.81] },
  geoms: [
    { ...ghost, type: 'plane', size: [40, 40, 40], pos: [0, 0, -3] },
    { ...ghost, type: 'capsule', size: [0.02, 1], quat: ALONG_X },
  ],
  bodies: [
    {
      name: 'cart',
      pos: [0, 0, 0],
      joints: [
        { name: 'slider', type: 'slide', axis: [1, 0, 0], range: [-1, 1], margin: 0.01, damping: DAMPING },
      ],
      geoms: [{ ...ghost, type: 'capsule', size: [0.1, 0.1], quat: ALONG_X }],
      color: 'body',
      bodies: [
        pole('lower pole', [0, 0, 0], {
          bodies: [pole('upper pole', [0, 0, POLE_LENGTH], { sites: [[0, 0, POLE_LENGTH]], color: 'joint' })],
        }),
      ],
    },
  ],
  motors: [{ joint: 'slider', gear: 500, ctrlrange: [-1, 1] }],
};

/**
 * InvertedDoublePendulum-v5: balance two poles, one on the other, by pushing a cart along a rail.
 * Observation [x m, sin and cos of both angles, velocities in +-10 m/s and rad/s, the rail's constraint force in +-10 N];
 * action [force / 500 N], clipped to +-1.
 * Reward: healthyReward - 0.01 x^2 - (y - 2)^2 of the tip - 0.001 v1^2 - 0.005 v2^2 of the poles.
 * Model and task as in Gymnasium.
 */
export class InvertedDoublePendulum extends MujocoTask {
  private readonly healthyReward: number;

  constructor(given: Partial<InvertedDoublePendulumOptions> = {}) {
    const options = completeTaskOptions('InvertedDoublePendulum', DEFAULTS, given);
    super({
      name: 'InvertedDoublePendulum',
      model,
      frameSkip: options.frameSkip,
      observationSize: 9,
      startNoise: { scale: options.resetNoiseScale, velocities: 'normal' },
      camera: { view: 'side', left: -1.5, right: 1.5, bottom: -0.3, top: 1.4, follows: false, ground: false },
    });
    this.healthyReward = options.healthyReward;
  }

  protected judge(): void {
    const { site_xpos, qvel } = this.simulation.arrays;
    const [x, , y] = site_xpos;
    const terminated = y <= LOWEST_TIP;
    const distancePenalty = 0.01 * x * x + (y - BEST_TIP) * (y - BEST_TIP);
    const speedPenalty = 0.001 * qvel[1] * qvel[1] + 0.005 * qvel[2] * qvel[2];
    this.outcome.terminated = terminated;
    this.outcome.reward = (terminated ? 0 : this.healthyReward) - distancePenalty - speedPenalty;
  }

  protected observe(observation: Float64Array): void {
    const { qpos, qvel, qfrc_constraint } = this.simulation.arrays;
    const [x, lower, upper] = qpos;
    observation.set([x, sin(lower), sin(upper), cos(lower), cos(upper)]);
    for (let i = 0; i < qvel.length; i++)
      observation[5 + i] = clamp(qvel[i], -OBSERVED_LIMIT, OBSERVED_LIMIT);
    observation[8] = clamp(qfrc_constraint[0], -OBSERVED_LIMIT, OBSERVED_LIMIT);
  }
}
