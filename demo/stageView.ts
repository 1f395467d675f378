import type { Environment } from 'wasm-trpo/browser';

export type Theme = 'light' | 'dark';

/** Draws one environment on one canvas. Canvas and environment are the caller's. */
export interface StageView {
  /** Takes the canvas: called once, before the first `draw`. Its size in CSS pixels may change at any time after. */
  mount(canvas: HTMLCanvasElement): void;
  /** Draws the environment as it stands after a reset or a step; called once per animation frame. */
  draw(environment: Environment, theme: Theme): void;
  /** Frees what the view holds (listeners, the graphics card's memory); it is not used afterwards. */
  dispose(): void;
}
