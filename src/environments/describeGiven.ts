/** How messages name a value of the wrong type: by what it is, not by all that it holds. */
export function describeGiven(given: unknown): string {
  if (typeof given === 'function') return `the function ${given.name || 'without a name'}`;
  if (given === null || typeof given !== 'object') return String(given);
  if (ArrayBuffer.isView(given)) return `a ${given.constructor.name} of ${given.byteLength} bytes`;
  if (Array.isArray(given)) return `a list of ${given.length}`;
  return `an object with ${Object.keys(given).join(', ') || 'nothing'}`;
}
