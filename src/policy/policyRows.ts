import type { Arena } from '../wasm/arena.js';
import type { FramePool } from '../wasm/framePool.js';
import { NULL_POINTER, type Pointer } from '../wasm/kernels.js';

/** What the widths of columns depend on, such as a PolicyNetwork. */
export interface PolicyRowShape {
  /** Floats between two observations. */
  readonly observationStride: number;
  readonly distribution: { readonly actionSize: number; readonly maskWords: number };
}

/**
 * Columns that acting reads and writes, with the float32 numbers of a row: observations normalised, actions as drawn. Masks are
 * bytes, four of which take the place of a number.
 */
export function actionColumns({ observationStride, distribution }: PolicyRowShape) {
  const { actionSize, maskWords } = distribution;
  return { observations: observationStride, masks: maskWords, actions: actionSize, logProbabilities: 1 };
}

/** The same of rows whose observations are frames of a pool: a uint32 number for each frame takes the place of a float32. */
export function rowColumns(shape: PolicyRowShape, pool: FramePool | undefined) {
  const columns = { ...actionColumns(shape), frames: pool?.depth ?? 0 };
  return pool === undefined ? columns : { ...columns, observations: 0 };
}

/** Columns that an update of a policy reads. */
export function policyColumns(shape: PolicyRowShape, pool?: FramePool) {
  return { ...rowColumns(shape, pool), advantages: 1 };
}

/** Where the columns of rows lie in the arena, float32 [rows x width] each; a null pointer where the width is 0. */
type Rows<Columns> = { readonly rows: number } & { readonly [Name in keyof Columns]: Pointer };

export type ActionRows = Rows<ReturnType<typeof actionColumns>>;
/** pool: what `frames` are numbers of. */
export type PolicyRows = Rows<ReturnType<typeof policyColumns>> & { readonly pool?: FramePool };

/** Reserves the columns that an update of a policy reads. */
export function reservePolicyRows(
  arena: Arena,
  prefix: string,
  shape: PolicyRowShape,
  rows: number,
  pool?: FramePool,
): PolicyRows {
  return { ...reserveRows(arena, prefix, policyColumns(shape, pool), rows), pool };
}

/** Reserves columns of rows, named "prefix observations" and so on. */
export function reserveRows<Columns extends Readonly<Record<string, number>>>(
  arena: Arena,
  prefix: string,
  columns: Columns,
  rows: number,
): Rows<Columns> {
  const pointers = Object.entries(columns).map(([name, width]) => [
    name,
    width === 0 ? NULL_POINTER : arena.reserveFloat32(`${prefix} ${name}`, rows * width),
  ]);
  return { rows, ...Object.fromEntries(pointers) };
}

/** Row i of `to` = row chosen[i] of `from`, in the columns of rows to act on. */
export function copyActionRows(
  arena: Arena,
  shape: PolicyRowShape,
  from: PolicyRows,
  chosen: Int32Array,
  to: PolicyRows,
): void {
  for (const [name, width] of Object.entries(rowColumns(shape, from.pool))) {
    const column = name as keyof ReturnType<typeof rowColumns>;
    // bits are copied, whatever they stand for
    const source = arena.int32(from[column], from.rows * width);
    const target = arena.int32(to[column], to.rows * width);
    chosen.forEach((row, i) => {
      target.set(source.subarray(row * width, (row + 1) * width), i * width);
    });
  }
}
