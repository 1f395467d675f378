import { clamp, wrapAngle } from '../numbers/range.js';
import { cos, sin } from '../numbers/sinCos.js';
import type { RandomStream } from '../random/philox.js';
import { palette } from '../render/palette.js';
import type { Point, Scene } from '../render/scene.js';
import { Box } from './spaces.js';
import { StateTask } from './stateTask.js';

const GRAVITY = 10; // m/s^2
const MASS = 1; // kg
const LENGTH = 1; // m
const TIME_STEP = 0.05; // s
const MAX_SPEED = 8; // rad/s
const MAX_TORQUE = 2; // N m
const START_ANGLE = Math.PI; // rad
const START_SPEED = 1; // rad/s

/**
 * Pendulum-v1: swing a rod up and hold it there with a weak motor; no state ends the episode.
 * State [theta rad (0 upright, counter-clockwise, not wrapped), thetaDot rad/s];
 * observation [cos theta, sin theta, thetaDot]; action [torque N m], clipped to +-2.
 * Reward -(theta^2 + 0.1 thetaDot^2 + 0.001 torque^2), theta in [-pi, pi], from the state before the step.
 * Equations, constants and the semi-implicit Euler step as in Gymnasium.
 */
export class Pendulum extends StateTask {
  constructor() {
    super({
      name: 'Pendulum',
      stateNames: ['theta', 'thetaDot'],
      observationSpace: new Box({ low: [-1, -1, -MAX_SPEED], high: [1, 1, MAX_SPEED] }),
      actionSpace: new Box({ low: [-MAX_TORQUE], high: [MAX_TORQUE] }),
      stepsPerSecond: 30,
    });
  }

  protected drawStart(random: RandomStream): void {
    this.dynamics[0] = random.uniformBetween(-START_ANGLE, START_ANGLE);
    this.dynamics[1] = random.uniformBetween(-START_SPEED, START_SPEED);
  }

  protected advance(action: number): void {
    const theta = this.dynamics[0];
    const thetaDot = this.dynamics[1];
    const torque = clamp(action, -MAX_TORQUE, MAX_TORQUE);
    const fromUpright = wrapAngle(theta);
    const acceleration =
      ((3 * GRAVITY) / (2 * LENGTH)) * sin(theta) + (3 / (MASS * LENGTH * LENGTH)) * torque;

    this.dynamics[1] = clamp(thetaDot + acceleration * TIME_STEP, -MAX_SPEED, MAX_SPEED);
    // semi-implicit: the angle moves with the new speed
    this.dynamics[0] = theta + this.dynamics[1] * TIME_STEP;

    this.outcome.reward = -(fromUpright * fromUpright + 0.1 * thetaDot * thetaDot + 0.001 * torque * torque);
  }

  protected observe(observation: Float32Array): void {
    observation[0] = cos(this.dynamics[0]);
    observation[1] = sin(this.dynamics[0]);
    observation[2] = this.dynamics[1];
  }

  render(): Scene {
    const theta = this.dynamics[0];
    const pivot: Point = [0, 0];
    const tip: Point = [-LENGTH * sin(theta), LENGTH * cos(theta)];
    return {
      view: { left: -1.3, right: 1.3, bottom: -1.3, top: 1.3 },
      shapes: [
        { kind: 'line', points: [pivot, tip], width: 0.16, stroke: palette.limb },
        { kind: 'circle', center: tip, radius: 0.14, fill: palette.body },
        { kind: 'circle', center: pivot, radius: 0.05, fill: palette.joint },
      ],
    };
  }
}
