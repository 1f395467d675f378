import { MismatchError } from '../errors.js';
import { type PolicyRowShape, type PolicyRows, reservePolicyRows } from '../policy/policyRows.js';
import type { Arena } from '../wasm/arena.js';
import { placeFrames, reserveFramePool, type StackShape } from '../wasm/framePool.js';
import { NULL_POINTER, type Pointer, ROW_TILE } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';

/** Rows beside the batch whose values are asked for together. */
export const CHUNK_ROWS = ROW_TILE;

/** Where the arrays of a batch lie, as plain numbers that any thread can be told; row = step x environments + environment. */
export interface BatchLayout extends PolicyRows {
  readonly steps: number;
  readonly environments: number;
  readonly observationStride: number;
  readonly actionSize: number;
  readonly maskWords: number;
  /** The kernels' description of the rows' frames; a null pointer where observations are float32. */
  readonly frameRows: Pointer;
  /** float32 [rows] each. */
  readonly rewards: Pointer;
  readonly values: Pointer;
  readonly finalValues: Pointer;
  readonly terminated: Pointer;
  readonly truncated: Pointer;
  readonly returns: Pointer;
  /** float32 [environments]: values of the observations after the last step. */
  readonly bootstrapValues: Pointer;
}

/** A batch in the arena, and views of its arrays. */
export class Batch {
  private readonly views = new Map<Pointer, Float32Array>();
  private policyVersion?: number;

  private constructor(
    private readonly arena: Arena,
    readonly layout: BatchLayout,
  ) {}

  /** Reserves the arrays of steps x environments rows. stack: of observations that are images, which are kept as bytes. */
  static reserve(
    engine: Engine,
    policy: PolicyRowShape,
    steps: number,
    environments: number,
    stack?: StackShape,
  ): Batch {
    const { arena } = engine;
    const rows = steps * environments;
    const pool = stack && reserveFramePool(engine, stack, steps, environments);
    const policyRows = reservePolicyRows(arena, 'batch', policy, rows, pool);
    const reserve = (name: string, count = rows) => arena.reserveFloat32(`batch ${name}`, count);
    return new Batch(arena, {
      steps,
      environments,
      observationStride: policy.observationStride,
      actionSize: policy.distribution.actionSize,
      maskWords: policy.distribution.maskWords,
      ...policyRows,
      frameRows: pool === undefined ? NULL_POINTER : placeFrames(engine, pool, policyRows.frames),
      rewards: reserve('rewards'),
      values: reserve('values'),
      finalValues: reserve('final values'),
      terminated: reserve('terminated'),
      truncated: reserve('truncated'),
      returns: reserve('returns'),
      bootstrapValues: reserve('bootstrap values', environments),
    });
  }

  /** Notes the versions of the policy under which its parts were made. Throws MismatchError when they differ. */
  madeBy(versions: readonly number[]): void {
    this.policyVersion = versions[0];
    const other = versions.find((version) => version !== this.policyVersion);
    if (other !== undefined) {
      throw new MismatchError(
        `The batch is mixed: threads acted by versions ${this.policyVersion} and ${other} of the policy's parameters; change them between iterations only`,
      );
    }
  }

  /** Throws MismatchError unless the batch was made by the policy's present parameters. */
  requireMadeBy(policy: { readonly version: number }): void {
    if (policy.version === this.policyVersion) return;
    throw new MismatchError(
      `The batch is stale: version ${this.policyVersion} of the policy's parameters made it, version ${policy.version} is to learn from it; change parameters between iterations only, and collect anew`,
    );
  }

  /** A live view of one of the arrays, [rows] unless told. */
  view(pointer: Pointer, count = this.layout.rows): Float32Array {
    let view = this.views.get(pointer);
    if (view === undefined) {
      view = this.arena.float32(pointer, count);
      this.views.set(pointer, view);
    }
    return view;
  }
}

/** Pointer to float number `index` of an array. */
export function floatAt(pointer: Pointer, index: number): Pointer {
  return (pointer + index * 4) as Pointer;
}
