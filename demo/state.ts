import type { ProgressRow } from 'wasm-trpo/browser';
import type { Settings } from './settings.js';

/**
 * preparing: the run is being set up. ready: no update yet. running: updates follow each other. pausing: the update
 * under way is the last for now. paused. finished: all steps are made. failed: the run ended with an error.
 */
export type Phase = 'preparing' | 'ready' | 'running' | 'pausing' | 'paused' | 'finished' | 'failed';

/** A row of progress, and whether the update had a trust region. */
export interface Update {
  readonly row: ProgressRow;
  readonly trustRegion: boolean;
}

export interface WatchedPolicy {
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

export interface State {
  readonly settings: Settings;
  readonly phase: Phase;
  readonly updates: readonly Update[];
  /** Environment steps made. */
  readonly timesteps: number;
  readonly threads: number;
  /** Whether the browser keeps the run when the page is closed. */
  readonly isKept: boolean;
  /** The policy before the first update, as the bytes of a policy.safetensors. */
  readonly untrained?: Uint8Array;
  /** The policy now. */
  readonly current?: Uint8Array;
  /** A policy from a file, shown instead of the current one. */
  readonly watched?: WatchedPolicy;
}
