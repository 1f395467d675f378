import { log } from '../numbers/log.js';
import { cos } from '../numbers/sinCos.js';
import type { RandomStream } from './philox.js';

/**
 * A standard normal number out of the stream's next two uniforms (Box and Muller, "A note on the generation of random
 * normal deviates", 1958). The second number that the method could give is left, so that the stream's count of draws
 * remains all of its state.
 */
export function drawNormal(stream: RandomStream): number {
  // 1 - u is in (0, 1], where the logarithm is finite
  const radius = Math.sqrt(-2 * log(1 - stream.uniform()));
  return radius * cos(2 * Math.PI * stream.uniform());
}
