import { clamp, wrapAngle } from '../numbers/range.js';
import { cos, sin } from '../numbers/sinCos.js';
import type { RandomStream } from '../random/philox.js';
import { palette } from '../render/palette.js';
import type { Point, Scene } from '../render/scene.js';
import { Box, Discrete } from './spaces.js';
import { StateTask } from './stateTask.js';

const GRAVITY = 9.8; // m/s^2
const LINK_LENGTH = 1; // m, of link 1; link 2 is drawn and measured as long
const LINK_MASS = 1; // kg, both links
const CENTER_OF_MASS = 0.5; // m from the link's upper end, both links
const INERTIA = 1; // kg m^2, both links
const TORQUES = [-1, 0, 1]; // N m on the joint between the links, by action
const TIME_STEP = 0.2; // s
const MAX_SPEED_1 = 4 * Math.PI; // rad/s
const MAX_SPEED_2 = 9 * Math.PI; // rad/s
const GOAL_HEIGHT = 1; // m above the upper joint
const START_RANGE = 0.1; // of every number of the state

const OBSERVATION_HIGH = [1, 1, 1, 1, MAX_SPEED_1, MAX_SPEED_2].map(Math.fround);

/**
 * Acrobot-v1: swing the free end of two hanging links above the goal line with a motor between them.
 * State [theta1 rad (0 hanging), theta2 rad (relative to link 1), dtheta1 rad/s, dtheta2 rad/s];
 * observation [cos theta1, sin theta1, cos theta2, sin theta2, dtheta1, dtheta2];
 * action 0, 1, 2: torque -1, 0, 1 N m.
 * Reward -1 per step, 0 for the step that reaches the goal.
 * Equations: Sutton and Barto, "Reinforcement Learning", 1998, section 11.3;
 * one Runge-Kutta step per step, as in Gymnasium.
 */
export class Acrobot extends StateTask {
  private readonly slopes = Array.from({ length: 4 }, () => new Float64Array(4));
  private readonly trial = new Float64Array(4);

  constructor() {
    super({
      name: 'Acrobot',
      stateNames: ['theta1', 'theta2', 'dtheta1', 'dtheta2'],
      observationSpace: new Box({ low: OBSERVATION_HIGH.map((high) => -high), high: OBSERVATION_HIGH }),
      actionSpace: new Discrete(TORQUES.length),
      stepsPerSecond: 15,
    });
  }

  protected drawStart(random: RandomStream): void {
    for (let i = 0; i < this.dynamics.length; i++) {
      // Gymnasium starts this environment, and only this one, from float32 numbers
      this.dynamics[i] = Math.fround(random.uniformBetween(-START_RANGE, START_RANGE));
    }
  }

  protected advance(action: number): void {
    const state = this.dynamics;
    this.integrate(TORQUES[action]);
    state[0] = wrapAngle(state[0]);
    state[1] = wrapAngle(state[1]);
    state[2] = clamp(state[2], -MAX_SPEED_1, MAX_SPEED_1);
    state[3] = clamp(state[3], -MAX_SPEED_2, MAX_SPEED_2);

    const height = -cos(state[0]) - cos(state[1] + state[0]);
    this.outcome.terminated = height > GOAL_HEIGHT;
    this.outcome.reward = this.outcome.terminated ? 0 : -1;
  }

  /** One classical fourth-order Runge-Kutta step of TIME_STEP, in place. */
  private integrate(torque: number): void {
    const y = this.dynamics;
    const [k1, k2, k3, k4] = this.slopes;
    const h = TIME_STEP;
    derivative(y, torque, k1);
    derivative(moved(y, h / 2, k1, this.trial), torque, k2);
    derivative(moved(y, h / 2, k2, this.trial), torque, k3);
    derivative(moved(y, h, k3, this.trial), torque, k4);
    for (let i = 0; i < y.length; i++) y[i] += (h / 6) * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
  }

  protected observe(observation: Float32Array): void {
    const [theta1, theta2, dtheta1, dtheta2] = this.dynamics;
    observation[0] = cos(theta1);
    observation[1] = sin(theta1);
    observation[2] = cos(theta2);
    observation[3] = sin(theta2);
    observation[4] = dtheta1;
    observation[5] = dtheta2;
  }

  render(): Scene {
    const [theta1, theta2] = this.dynamics;
    const shoulder: Point = [0, 0];
    const elbow: Point = [LINK_LENGTH * sin(theta1), -LINK_LENGTH * cos(theta1)];
    const tip: Point = [
      elbow[0] + LINK_LENGTH * sin(theta1 + theta2),
      elbow[1] - LINK_LENGTH * cos(theta1 + theta2),
    ];
    return {
      view: { left: -2.2, right: 2.2, bottom: -2.2, top: 2.2 },
      shapes: [
        {
          kind: 'line',
          points: [
            [-2.2, GOAL_HEIGHT],
            [2.2, GOAL_HEIGHT],
          ],
          width: 0.03,
          stroke: palette.goal,
        },
        { kind: 'line', points: [shoulder, elbow], width: 0.2, stroke: palette.body },
        { kind: 'line', points: [elbow, tip], width: 0.2, stroke: palette.limb },
        { kind: 'circle', center: shoulder, radius: 0.09, fill: palette.joint },
        { kind: 'circle', center: elbow, radius: 0.09, fill: palette.joint },
      ],
    };
  }
}

/** d state / dt under a constant torque, into `out`. state [4], out [4]. */
function derivative(state: Float64Array, torque: number, out: Float64Array): void {
  // the book's names: m mass, l length, lc centre of mass, I inertia, d and phi terms of the two equations
  const m = LINK_MASS;
  const l = LINK_LENGTH;
  const lc = CENTER_OF_MASS;
  const I = INERTIA;
  const g = GRAVITY;
  const theta1 = state[0];
  const theta2 = state[1];
  const dtheta1 = state[2];
  const dtheta2 = state[3];
  const sin2 = sin(theta2);
  const cos2 = cos(theta2);

  const d1 = m * lc * lc + m * (l * l + lc * lc + 2 * l * lc * cos2) + I + I;
  const d2 = m * (lc * lc + l * lc * cos2) + I;
  // the book's cos(angle - pi/2) is sin(angle)
  const phi2 = m * lc * g * sin(theta1 + theta2);
  const phi1 =
    -m * l * lc * dtheta2 * dtheta2 * sin2 -
    2 * m * l * lc * dtheta2 * dtheta1 * sin2 +
    (m * lc + m * l) * g * sin(theta1) +
    phi2;
  const acceleration2 =
    (torque + (d2 / d1) * phi1 - m * l * lc * dtheta1 * dtheta1 * sin2 - phi2) /
    (m * lc * lc + I - (d2 * d2) / d1);
  out[0] = dtheta1;
  out[1] = dtheta2;
  out[2] = -(d2 * acceleration2 + phi1) / d1;
  out[3] = acceleration2;
}

/** out = from + time slope; returns `out`. */
function moved(from: Float64Array, time: number, slope: Float64Array, out: Float64Array): Float64Array {
  for (let i = 0; i < out.length; i++) out[i] = from[i] + time * slope[i];
  return out;
}
