/** Colours of the scenes, of middle brightness so that they show on light and on dark canvases. */
export const palette = {
  body: '#3b82f6',
  limb: '#f59e0b',
  joint: '#64748b',
  ground: '#94a3b8',
  goal: '#22c55e',
} as const;
