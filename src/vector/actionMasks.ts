import { copyMask, maskSizeOf } from '../environments/actionMask.js';
import type { Info } from '../environments/environment.js';
import { type ActionSpace, type Discrete, isMasked, type MultiDiscrete } from '../environments/spaces.js';
import { EnvironmentError } from '../errors.js';
import type { Place } from './environmentCalls.js';

/** Takes the masks that environments tell in info: those of a masked action space at each reset and step, and no others. */
export class ActionMasks {
  /** [rows x mask size] 1 where a choice may be taken; absent where the action space is not masked. */
  readonly rows?: Uint8Array;
  private readonly space?: Discrete | MultiDiscrete;
  private readonly size: number;

  constructor(
    private readonly actionSpace: ActionSpace,
    count: number,
  ) {
    this.size = maskSizeOf(actionSpace);
    if (!isMasked(actionSpace)) return;
    this.space = actionSpace;
    this.rows = new Uint8Array(count * this.size);
  }

  /** Row `row` = what info tells. Throws EnvironmentError naming the place for a mask that is none, missing or not expected. */
  take(row: number, info: Info | undefined, method: 'reset' | 'step', place: Place): void {
    if (this.space === undefined) {
      if (info !== undefined) this.requireNone(info, method, place);
      return;
    }
    const mask = maskOf(info, method, place);
    if (mask === undefined) {
      throw new EnvironmentError(
        `${place()} returned no info.actionMask from ${method}(), and its action space is masked; give a mask of ${this.size} zeros and ones at each reset() and step(), or leave { masked: true } out`,
      );
    }
    const fault = copyMask(this.space, mask, this.rows!, row * this.size);
    if (fault === undefined) return;
    throw new EnvironmentError(`${place()} returned from ${method}() an info.actionMask that ${fault}`);
  }

  /** A mask that nothing follows would be a silent mistake. */
  private requireNone(info: Info, method: 'reset' | 'step', place: Place): void {
    if (maskOf(info, method, place) === undefined) return;
    const { kind } = this.actionSpace;
    const wayOut =
      kind === 'Discrete' || kind === 'MultiDiscrete'
        ? `write its action space as new ${kind}(..., { masked: true }), or leave the mask out of info`
        : `only choices of a Discrete or MultiDiscrete can be masked: leave the mask out of info`;
    throw new EnvironmentError(
      `${place()} returned an info.actionMask from ${method}(), and its action space is not masked; ${wayOut}`,
    );
  }
}

/** What info tells under either name: Gymnasium's, and the same as TypeScript spells it. */
function maskOf(info: Info | undefined, method: string, place: Place): unknown {
  const mask = info?.actionMask;
  const gymnasiums = info?.action_mask;
  if (mask === undefined || gymnasiums === undefined) return mask ?? gymnasiums ?? undefined;
  throw new EnvironmentError(
    `${place()} returned both info.actionMask and info.action_mask from ${method}(); give one of them`,
  );
}
