import type { SolidBody } from 'wasm-trpo/browser';
import type { Theme } from './stageView.js';

/** CSS colours of everything in a view of robots. */
export interface RobotColors {
  readonly sky: string;
  /** The two kinds of squares of the ground, and the line from which the robots start. */
  readonly squares: readonly [string, string];
  readonly startLine: string;
  /** Light from above, and what the ground throws back. */
  readonly light: { readonly above: string; readonly below: string };
  /** Candela per m^2 of the light from everywhere, lux of the sun. */
  readonly strength: { readonly everywhere: number; readonly sun: number };
  readonly bodies: Readonly<Record<SolidBody['role'], string>>;
}

export const robotColors: Readonly<Record<Theme, RobotColors>> = {
  light: {
    sky: '#eef2f7',
    squares: ['#dde4ed', '#ccd5e1'],
    startLine: '#8fa1b8',
    light: { above: '#ffffff', below: '#cbd5e1' },
    strength: { everywhere: 1.9, sun: 2.1 },
    bodies: { body: '#2563eb', limb: '#f59e0b', joint: '#64748b', goal: '#16a34a', ground: '#94a3b8' },
  },
  dark: {
    sky: '#131a24',
    squares: ['#1b2430', '#243040'],
    startLine: '#5b6f8c',
    light: { above: '#e2ebff', below: '#55637a' },
    strength: { everywhere: 1.7, sun: 2.2 },
    bodies: { body: '#5b93ff', limb: '#fbb33c', joint: '#9aa9bf', goal: '#34d07a', ground: '#64748b' },
  },
};
