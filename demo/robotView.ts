import {
  Color,
  DirectionalLight,
  Fog,
  HemisphereLight,
  PCFShadowMap,
  PerspectiveCamera,
  Scene,
  Vector2,
  Vector3,
  WebGLRenderer,
} from 'three';
import { type Environment, EnvironmentError, PlatformError, type SolidScene } from 'wasm-trpo/browser';
import { PoseBlend } from './poseBlend.js';
import { RobotBodies } from './robotBodies.js';
import { robotColors } from './robotColors.js';
import { RobotGround } from './robotGround.js';
import type { StageView, Theme } from './stageView.js';

const FIELD_OF_VIEW = 26; // degrees, upright
/** More than the camera's rectangle is shown, because what is nearer than its plane looks larger. */
const AIR = 1.1;
/** Of the rectangle's width, which leaves room on both sides, on a narrow canvas. */
const NEEDED_WIDTH = 0.8;
/** Where the camera stands, seen from what it looks at; x forward, z up. */
const FROM_SIDE = new Vector3(0.32, -1, 0.26).normalize();
const FROM_ABOVE = new Vector3(0, -0.75, 1).normalize();
/** Where the sun stands. */
const SUN = new Vector3(-0.45, -0.6, 1).normalize();
/** s: how fast the camera catches up with the robot, so that a hop does not shake the ground. */
const CATCHES_UP = 0.12;
/** s: a frame that took longer counts as so long: the page was hidden. */
const LONGEST_FRAME = 0.1;
/** m: a robot that is further away was put elsewhere by a reset. */
const LONGEST_CHASE = 2;
const POSE_SIZE = 7;
const SHADOW_PIXELS = 1024;
const MOST_PIXELS_PER_POINT = 2;

/** Robots in three dimensions, with light and shadow, on a ground of squares one metre wide. */
export class RobotView implements StageView {
  private readonly scene = new Scene();
  private readonly camera = new PerspectiveCamera(FIELD_OF_VIEW, 1, 0.1, 200);
  private readonly sky = new HemisphereLight();
  private readonly sun = new DirectionalLight();
  /** The sky's colour, in which the ground ends. */
  private readonly haze = new Fog(0);
  private readonly blend = new PoseBlend();
  /** What the camera looks at, m. */
  private readonly target = new Vector3();
  private renderer?: WebGLRenderer;
  private ground?: RobotGround;
  private robot?: RobotBodies;
  private theme?: Theme;
  private lastDrawnMs = -Infinity;

  /** PlatformError: the browser has no WebGL 2. */
  mount(canvas: HTMLCanvasElement): void {
    this.renderer = openRenderer(canvas);
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.type = PCFShadowMap;
    this.ground = new RobotGround(this.renderer.capabilities.getMaxAnisotropy());
    this.camera.up.set(0, 0, 1);
    this.sun.castShadow = true;
    this.sun.shadow.mapSize.setScalar(SHADOW_PIXELS);
    this.sun.shadow.radius = 4;
    this.sun.shadow.bias = -0.0005;
    this.sun.shadow.normalBias = 0.025;
    this.scene.fog = this.haze;
    this.scene.add(this.ground.group, this.sky, this.sun, this.sun.target);
  }

  /** EnvironmentError: the environment cannot be drawn in three dimensions, or was never reset. */
  draw(environment: Environment, theme: Theme): void {
    if (environment.renderSolids === undefined) {
      throw new EnvironmentError(
        'This environment has no renderSolids(), which a view of robots needs; draw its render() on a plain canvas',
      );
    }
    const { bodies, poses, camera } = environment.renderSolids();
    const nowMs = performance.now();
    const frameSeconds = Math.min(LONGEST_FRAME, (nowMs - this.lastDrawnMs) / 1000);
    this.lastDrawnMs = nowMs;
    if (this.robot?.bodies !== bodies) this.cast(bodies);
    this.paint(theme);
    const shown = this.blend.next(poses, 1 / (environment.stepsPerSecond ?? 60), frameSeconds);
    this.robot!.place(shown);
    this.ground!.group.visible = camera.ground;
    this.ground!.group.position.z = groundHeight(bodies);
    this.fit();
    this.follow(shown, camera, frameSeconds);
    this.renderer!.render(this.scene, this.camera);
  }

  dispose(): void {
    this.robot?.dispose();
    this.ground?.dispose();
    this.sun.dispose();
    this.renderer?.dispose();
    // a browser keeps only so many contexts, and frees this one late by itself
    this.renderer?.forceContextLoss();
  }

  private cast(bodies: SolidScene['bodies']): void {
    if (this.robot !== undefined) {
      this.scene.remove(this.robot.group);
      this.robot.dispose();
    }
    this.robot = new RobotBodies(bodies);
    this.scene.add(this.robot.group);
    this.theme = undefined;
  }

  private paint(theme: Theme): void {
    if (theme === this.theme) return;
    this.theme = theme;
    const colors = robotColors[theme];
    this.scene.background = new Color(colors.sky);
    this.haze.color.set(colors.sky);
    this.sky.color.set(colors.light.above);
    this.sky.groundColor.set(colors.light.below);
    this.sky.intensity = colors.strength.everywhere;
    this.sun.intensity = colors.strength.sun;
    this.ground!.paint(colors);
    this.robot!.paint(colors);
  }

  /** Brings camera, sun and ground to the first body. */
  private follow(poses: readonly number[], camera: SolidScene['camera'], frameSeconds: number): void {
    const [x, y] = camera.follows ? poses.slice(POSE_SIZE) : [0, 0];
    const middle = { x: (camera.left + camera.right) / 2, up: (camera.bottom + camera.top) / 2 };
    const place = camera.view === 'side' ? new Vector3(x, 0, 0) : new Vector3(x, y, 0);
    const { target } = this;
    if (place.distanceTo(target) > LONGEST_CHASE) target.copy(place);
    else target.lerp(place, 1 - Math.exp(-frameSeconds / CATCHES_UP));
    const center = target.clone();
    center.x += middle.x;
    center[camera.view === 'side' ? 'z' : 'y'] += middle.up;
    const distance = this.distanceFor(camera);
    this.camera.position
      .copy(center)
      .addScaledVector(camera.view === 'side' ? FROM_SIDE : FROM_ABOVE, distance);
    this.camera.lookAt(center);
    Object.assign(this.haze, { near: 1.2 * distance, far: 5 * distance });
    this.shineOn(center, camera.right - camera.left);
    this.ground!.moveUnder(center.x, center.y);
  }

  /** reach: m, how far around the place there are shadows. */
  private shineOn(place: Vector3, reach: number): void {
    const { sun } = this;
    sun.position.copy(place).addScaledVector(SUN, 2 * reach);
    sun.target.position.copy(place);
    const box = { left: -reach, right: reach, bottom: -reach, top: reach, far: 4 * reach };
    Object.assign(sun.shadow.camera, box).updateProjectionMatrix();
  }

  /** m: from where the camera's rectangle fits into the picture. */
  private distanceFor({ left, right, bottom, top }: SolidScene['camera']): number {
    const halfHeight = Math.max((top - bottom) / 2, (NEEDED_WIDTH * (right - left)) / 2 / this.camera.aspect);
    return (AIR * halfHeight) / Math.tan((FIELD_OF_VIEW * Math.PI) / 360);
  }

  /** The picture has the canvas's size on the page, whatever that is now. */
  private fit(): void {
    const { renderer, camera } = this;
    const { clientWidth, clientHeight } = renderer!.domElement;
    const ratio = Math.min(MOST_PIXELS_PER_POINT, globalThis.devicePixelRatio);
    camera.aspect = Math.max(1, clientWidth) / Math.max(1, clientHeight);
    camera.updateProjectionMatrix();
    // setting a size takes new memory for the picture
    const size = renderer!.getSize(new Vector2());
    if (size.x === clientWidth && size.y === clientHeight && renderer!.getPixelRatio() === ratio) return;
    renderer!.setPixelRatio(ratio);
    renderer!.setSize(clientWidth, clientHeight, false);
  }
}

/** m: of the world's plane. */
function groundHeight([world]: SolidScene['bodies']): number {
  return world.solids.find(({ kind }) => kind === 'plane')?.position[2] ?? 0;
}

function openRenderer(canvas: HTMLCanvasElement): WebGLRenderer {
  try {
    return new WebGLRenderer({ canvas, antialias: true });
  } catch (cause) {
    throw new PlatformError(
      'The robots are drawn with WebGL 2, which this browser does not give; switch on hardware acceleration, or use a current browser',
      { cause },
    );
  }
}
