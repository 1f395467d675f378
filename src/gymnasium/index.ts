/** The module that makes environments of Python: an entry of its own, which a thread loads where it needs one. */

import { type GymnasiumSpec, nameOfSpec } from './gymnasiumSource.js';
import { GymnasiumVector } from './gymnasiumVector.js';

/** `count` environments of a spec, stepped by one Python process. Throws PlatformError or EnvironmentError. */
export function makeGymnasium(count: number, spec: GymnasiumSpec): Promise<GymnasiumVector> {
  return GymnasiumVector.open(nameOfSpec(spec), spec, count);
}
