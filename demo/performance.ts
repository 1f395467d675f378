import { type Box, type Environment, makeEnvironment } from 'wasm-trpo/browser';
import { createPolicy, type Policy } from 'wasm-trpo/edge';
import type { StageView, Theme } from './stageView.js';

/** What a stage shows now, for its caption. */
export interface Standing {
  readonly episode: number;
  readonly steps: number;
  readonly episodeReturn: number;
  /** Return of the episode before; undefined in the first. */
  readonly lastReturn?: number;
}

/** How long the end of an episode stays in sight. */
const CURTAIN_SECONDS = 0.8;
/** After a pause of the page the play goes on, it does not catch up. */
const LONGEST_FRAME_SECONDS = 0.1;

/** A policy acting in an environment of its own on one canvas, at the task's own speed. */
export class Performance {
  /** Whether actions are sampled rather than the most probable ones. */
  explores = true;
  private policy?: Policy;
  private observation?: ArrayLike<number>;
  private episode = 0;
  private steps = 0;
  private episodeReturn = 0;
  private lastReturn?: number;
  private owedSeconds = 0;
  private curtainSeconds = 0;
  private needsReset = true;
  private isResetting = false;
  private isDisposed = false;
  private readonly environment: Environment<Box>;

  /** onFailure: called once, when the environment or the policy throws; the stage then stands still. */
  constructor(
    environmentId: string,
    private readonly view: StageView,
    private readonly actingModule: WebAssembly.Module,
    private readonly onFailure: (error: Error) => void,
  ) {
    this.environment = makeEnvironment(environmentId);
  }

  /**
   * The policy acts from the next step on. Throws what `createPolicy` throws, and
   * ShapeError through `onFailure` when it was made for another environment.
   */
  setPolicy(bytes: Uint8Array): void {
    this.policy = createPolicy(this.actingModule, bytes);
  }

  /** Begins the episodes anew, from the first. */
  restart(): void {
    this.episode = 0;
    this.lastReturn = undefined;
    this.needsReset = true;
    this.curtainSeconds = 0;
  }

  /** Plays on for as long as passed, and draws. */
  async play(seconds: number, theme: Theme): Promise<void> {
    if (this.isResetting || this.isDisposed || this.policy === undefined) return;
    try {
      await this.act(Math.min(seconds, LONGEST_FRAME_SECONDS));
      if (this.observation !== undefined && !this.isDisposed) this.view.draw(this.environment, theme);
    } catch (error) {
      this.policy = undefined;
      this.onFailure(error as Error);
    }
  }

  /** Calls `show` with the policy and its observation, if it acts. */
  explain(show: (policy: Policy, observation: ArrayLike<number>) => void): void {
    const { policy, observation } = this;
    if (policy !== undefined && observation !== undefined) show(policy, observation);
  }

  get standing(): Standing {
    const { episode, steps, episodeReturn, lastReturn } = this;
    return { episode, steps, episodeReturn, lastReturn };
  }

  dispose(): void {
    this.isDisposed = true;
    this.view.dispose();
    this.environment.close?.();
  }

  private async act(seconds: number): Promise<void> {
    if (this.curtainSeconds > 0) {
      this.curtainSeconds -= seconds;
      if (this.curtainSeconds > 0) return;
    }
    if (this.needsReset) await this.begin();
    this.owedSeconds += seconds;
    const stepSeconds = 1 / (this.environment.stepsPerSecond ?? 30);
    while (this.owedSeconds >= stepSeconds && !this.needsReset && !this.isDisposed) {
      this.owedSeconds -= stepSeconds;
      await this.step();
    }
  }

  private async begin(): Promise<void> {
    this.isResetting = true;
    // both stages begin their episodes from the same states
    const seed = this.episode;
    const begun = this.environment.reset({ seed });
    this.observation = (begun instanceof Promise ? await begun : begun).observation;
    this.isResetting = false;
    this.episode++;
    this.steps = 0;
    this.episodeReturn = 0;
    this.owedSeconds = 0;
    this.needsReset = false;
  }

  private async step(): Promise<void> {
    // named by episode and step: what was played before changes nothing
    const draw = { seed: 0, step: this.steps, firstEnvironment: this.episode };
    const action = this.policy!.act(this.observation!, { deterministic: !this.explores, draw });
    const stepped = this.environment.step(action);
    const { observation, reward, terminated, truncated } =
      stepped instanceof Promise ? await stepped : stepped;
    this.observation = observation;
    this.steps++;
    this.episodeReturn += reward;
    if (!terminated && !truncated) return;
    this.lastReturn = this.episodeReturn;
    this.needsReset = true;
    this.curtainSeconds = CURTAIN_SECONDS;
  }
}
