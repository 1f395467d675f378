import { ALONG_X, type Geom, type Model } from './mjcf.js';
import { MujocoTask } from './mujocoTask.js';
import { completeTaskOptions } from './taskOptions.js';

export interface InvertedPendulumOptions {
  /** MuJoCo's time steps in one step of the environment. */
  readonly frameSkip: number;
  /** Bound of the uniform noise on the start, m and rad, m/s and rad/s. */
  readonly resetNoiseScale: number;
}

const DEFAULTS: InvertedPendulumOptions = { frameSkip: 2, resetNoiseScale: 0.01 };
const ANGLE_LIMIT = 0.2; // rad

/** Geoms that touch nothing. */
const ghost = { contype: 0, friction: [1, 0.1, 0.1] } as const satisfies Partial<Geom>;

const model: Model = {
  name: 'inverted pendulum',
  option: { timestep: 0.02, integrator: 'RK4' },
  geoms: [{ ...ghost, type: 'capsule', size: [0.02, 1], quat: ALONG_X }],
  bodies: [
    {
      name: 'cart',
      pos: [0, 0, 0],
      joints: [{ name: 'slider', type: 'slide', axis: [1, 0, 0], range: [-1, 1], damping: 1 }],
      geoms: [{ ...ghost, type: 'capsule', size: [0.1, 0.1], quat: ALONG_X }],
      color: 'body',
      bodies: [
        {
          name: 'pole',
          pos: [0, 0, 0],
          joints: [{ type: 'hinge', axis: [0, 1, 0], range: [-Math.PI / 2, Math.PI / 2], damping: 1 }],
          // leans a little, so that it falls by itself
          geoms: [{ ...ghost, type: 'capsule', size: [0.049], fromto: [0, 0, 0, 0.001, 0, 0.6] }],
        },
      ],
    },
  ],
  motors: [{ joint: 'slider', gear: 100, ctrlrange: [-3, 3] }],
};

/**
 * InvertedPendulum-v5: balance a pole by pushing its cart along a rail; reward 1 for each step within the angle limit.
 * Observation [x m, angle rad, dx/dt m/s, dangle/dt rad/s]; action [force / 100 N], clipped to +-3.
 * Model and task as in Gymnasium.
 */
export class InvertedPendulum extends MujocoTask {
  constructor(given: Partial<InvertedPendulumOptions> = {}) {
    const { frameSkip, resetNoiseScale } = completeTaskOptions('InvertedPendulum', DEFAULTS, given);
    super({
      name: 'InvertedPendulum',
      model,
      frameSkip,
      observationSize: 4,
      startNoise: { scale: resetNoiseScale, velocities: 'uniform' },
      camera: { view: 'side', left: -1.2, right: 1.2, bottom: -0.3, top: 0.9, follows: false, ground: false },
    });
  }

  protected judge(): void {
    this.outcome.terminated = Math.abs(this.simulation.arrays.qpos[1]) > ANGLE_LIMIT;
    this.outcome.reward = this.outcome.terminated ? 0 : 1;
  }

  protected observe(observation: Float64Array): void {
    const { qpos, qvel } = this.simulation.arrays;
    observation.set(qpos);
    observation.set(qvel, qpos.length);
  }
}
