import { cos, sin } from '../numbers/sinCos.js';
import type { RandomStream } from '../random/philox.js';
import { palette } from '../render/palette.js';
import { type Point, rectangle, type Scene } from '../render/scene.js';
import { Box, Discrete } from './spaces.js';
import { StateTask } from './stateTask.js';

const GRAVITY = 9.8; // m/s^2
const CART_MASS = 1; // kg
const POLE_MASS = 0.1; // kg
const TOTAL_MASS = CART_MASS + POLE_MASS; // kg
const HALF_POLE_LENGTH = 0.5; // m
const POLE_MASS_LENGTH = POLE_MASS * HALF_POLE_LENGTH; // kg m
const PUSH_FORCE = 10; // N
const TIME_STEP = 0.02; // s
const POSITION_LIMIT = 2.4; // m
const ANGLE_LIMIT = (12 * 2 * Math.PI) / 360; // rad
const START_RANGE = 0.05; // of every number of the state

// twice the limits, so that the state which ends an episode is inside
const OBSERVATION_HIGH = [2 * POSITION_LIMIT, Infinity, 2 * ANGLE_LIMIT, Infinity].map(Math.fround);

/**
 * CartPole-v1: keep a pole upright by pushing its cart left (0) or right (1); reward 1 per step.
 * Equations: Barto, Sutton, Anderson, "Neuronlike adaptive elements that can solve difficult learning control
 * problems", 1983, without friction; constants and explicit Euler step as in Gymnasium.
 * State and observation: [x m, xDot m/s, theta rad (0 upright), thetaDot rad/s].
 */
export class CartPole extends StateTask {
  constructor() {
    super({
      name: 'CartPole',
      stateNames: ['x', 'xDot', 'theta', 'thetaDot'],
      observationSpace: new Box({ low: OBSERVATION_HIGH.map((high) => -high), high: OBSERVATION_HIGH }),
      actionSpace: new Discrete(2),
      stepsPerSecond: 50,
    });
  }

  protected drawStart(random: RandomStream): void {
    for (let i = 0; i < this.dynamics.length; i++) {
      this.dynamics[i] = random.uniformBetween(-START_RANGE, START_RANGE);
    }
  }

  protected advance(action: number): void {
    const state = this.dynamics;
    const xDot = state[1];
    const theta = state[2];
    const thetaDot = state[3];
    const force = action === 1 ? PUSH_FORCE : -PUSH_FORCE;
    const sinTheta = sin(theta);
    const cosTheta = cos(theta);

    const pushed = (force + POLE_MASS_LENGTH * thetaDot * thetaDot * sinTheta) / TOTAL_MASS;
    const thetaAcceleration =
      (GRAVITY * sinTheta - cosTheta * pushed) /
      (HALF_POLE_LENGTH * (4 / 3 - (POLE_MASS * cosTheta * cosTheta) / TOTAL_MASS));
    const xAcceleration = pushed - (POLE_MASS_LENGTH * thetaAcceleration * cosTheta) / TOTAL_MASS;

    // explicit Euler: positions move with the velocities from before the step
    state[0] += TIME_STEP * xDot;
    state[1] += TIME_STEP * xAcceleration;
    state[2] += TIME_STEP * thetaDot;
    state[3] += TIME_STEP * thetaAcceleration;

    this.outcome.reward = 1;
    this.outcome.terminated =
      state[0] < -POSITION_LIMIT ||
      state[0] > POSITION_LIMIT ||
      state[2] < -ANGLE_LIMIT ||
      state[2] > ANGLE_LIMIT;
  }

  protected observe(observation: Float32Array): void {
    // observation.set() is slower for so few numbers
    for (let i = 0; i < observation.length; i++) observation[i] = this.dynamics[i];
  }

  render(): Scene {
    const [x, , theta] = this.dynamics;
    const axle: Point = [x, 0];
    const tip: Point = [x + 2 * HALF_POLE_LENGTH * sin(theta), 2 * HALF_POLE_LENGTH * cos(theta)];
    return {
      view: { left: -2.7, right: 2.7, bottom: -0.5, top: 1.4 },
      shapes: [
        {
          kind: 'line',
          points: [
            [-POSITION_LIMIT, -0.15],
            [POSITION_LIMIT, -0.15],
          ],
          width: 0.03,
          stroke: palette.ground,
        },
        ...[-POSITION_LIMIT, POSITION_LIMIT].map((end) => ({
          kind: 'line' as const,
          points: [
            [end, -0.25],
            [end, -0.05],
          ] as const,
          width: 0.03,
          stroke: palette.ground,
        })),
        rectangle({ left: x - 0.25, right: x + 0.25, bottom: -0.14, top: 0.14 }, palette.body),
        { kind: 'line', points: [axle, tip], width: 0.08, stroke: palette.limb },
        { kind: 'circle', center: axle, radius: 0.06, fill: palette.joint },
      ],
    };
  }
}
