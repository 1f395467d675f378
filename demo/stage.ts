import type { Insight } from './insight.js';
import { Performance } from './performance.js';
import { SceneView } from './sceneView.js';
import { isRobot } from './settings.js';
import type { StageView, Theme } from './stageView.js';

const CAPTIONS_PER_SECOND = 5;

/** One of the two stages: its canvas, its caption, and the performance on it. */
export class Stage {
  private performance?: Performance;
  private bytes?: Uint8Array;
  private captionAge = 0;
  private explores = true;

  constructor(
    private canvas: HTMLCanvasElement,
    private readonly caption: HTMLElement,
    private readonly insight: Insight,
    private readonly onFailure: (error: Error) => void,
  ) {}

  /** Shows another task, after `close`; a policy comes by `setPolicy`. */
  async open(environment: string, actingModule: WebAssembly.Module): Promise<void> {
    // a canvas keeps the first kind of context that it was asked for
    const fresh = this.canvas.cloneNode() as HTMLCanvasElement;
    this.canvas.replaceWith(fresh);
    this.canvas = fresh;
    const view = await makeView(environment);
    if (this.canvas !== fresh) return;
    view.mount(fresh);
    this.performance = new Performance(environment, view, actingModule, this.onFailure);
    this.performance.explores = this.explores;
    if (this.bytes !== undefined) this.performance.setPolicy(this.bytes);
  }

  /** Ends the performance; the policy is forgotten. */
  close(): void {
    this.performance?.dispose();
    this.performance = undefined;
    this.bytes = undefined;
    this.caption.textContent = '';
    this.insight.hide();
  }

  /** Shows another policy, in mid-episode. Throws what `createPolicy` throws. */
  setPolicy(bytes: Uint8Array): void {
    if (bytes === this.bytes) return;
    this.bytes = bytes;
    this.performance?.setPolicy(bytes);
  }

  /** Whether actions are sampled rather than the most probable ones. */
  setExplores(explores: boolean): void {
    this.explores = explores;
    if (this.performance !== undefined) this.performance.explores = explores;
  }

  restart(): void {
    this.performance?.restart();
  }

  play(seconds: number, theme: Theme): void {
    const { performance } = this;
    if (performance === undefined) return;
    performance.play(seconds, theme);
    this.captionAge += seconds;
    if (this.captionAge < 1 / CAPTIONS_PER_SECOND) return;
    this.captionAge = 0;
    performance.explain((policy, observation) => this.insight.show(policy, observation));
    const { steps, episodeReturn, lastReturn } = performance.standing;
    const last = lastReturn === undefined ? '' : ` · episode before ${short(lastReturn)}`;
    this.caption.textContent = steps === 0 ? '' : `return ${short(episodeReturn)}${last}`;
  }
}

/** three.js comes with the first robot. */
async function makeView(environment: string): Promise<StageView> {
  if (!isRobot(environment)) return new SceneView();
  const { RobotView } = await import('./robotView.js');
  return new RobotView();
}

function short(value: number): string {
  return Math.abs(value) >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1);
}
