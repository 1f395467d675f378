/** At most `count` (2 or more) of the scenes, evenly spread, the first and the last among them. */
export function spread<Scene>(scenes: readonly Scene[], count: number): Scene[] {
  if (scenes.length <= count) return [...scenes];
  return Array.from({ length: count }, (_, i) => scenes[Math.round((i * (scenes.length - 1)) / (count - 1))]);
}
