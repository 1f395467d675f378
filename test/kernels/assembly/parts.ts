/** The inner kernels under test, which the engine does not export. Built as build/wasm/parts.wasm. */

import { exp } from '../../../assembly/linear/exp';
import { expMinusOneFloat64 } from '../../../assembly/linear/expFloat64';
import { log } from '../../../assembly/linear/log';
import { panelOffset } from '../../../assembly/linear/matmul';
import { cosOfTurns, sinOfTurns } from '../../../assembly/linear/sinCos';
import { tanh } from '../../../assembly/linear/tanh';

export { forbidChoices, limitToAllowed } from '../../../assembly/distribution/masks';
export { factorCholesky, solveCholesky } from '../../../assembly/linear/cholesky';
export { dotFloat32 } from '../../../assembly/linear/dotFloat32';
export { toComponentMajor, toRowMajor } from '../../../assembly/linear/componentMajor';
export { accumulateOuterProducts, multiplyRows, transposePanels } from '../../../assembly/linear/matmul';
export {
  addScaled,
  allFinite,
  dot,
  gatherRows,
  stepAlong,
  sumParts,
  toFloat32,
} from '../../../assembly/linear/vector';
export { activate, multiplyByDerivative } from '../../../assembly/network/activation';
export { philox4x32 } from '../../../assembly/random/philox';
export { drawUniforms, standardNormals, uniformsToNormals } from '../../../assembly/random/variates';
export { adamStep } from '../../../assembly/shards/adam';
export { expMinusOneFloat64 };

export function expVector(out: usize, values: usize, count: i32): void {
  for (let i = 0; i < count << 2; i += 16) v128.store(out + i, exp(v128.load(values + i)));
}

export function logVector(out: usize, values: usize, count: i32): void {
  for (let i = 0; i < count << 2; i += 16) v128.store(out + i, log(v128.load(values + i)));
}

export function tanhVector(out: usize, values: usize, count: i32): void {
  for (let i = 0; i < count << 2; i += 16) v128.store(out + i, tanh(v128.load(values + i)));
}

export function sinOfTurnsVector(out: usize, values: usize, count: i32): void {
  for (let i = 0; i < count << 2; i += 16) v128.store(out + i, sinOfTurns(v128.load(values + i)));
}

export function cosOfTurnsVector(out: usize, values: usize, count: i32): void {
  for (let i = 0; i < count << 2; i += 16) v128.store(out + i, cosOfTurns(v128.load(values + i)));
}

export function panelOffsetOf(row: i32, column: i32, inner: i32, columns: i32): i32 {
  return panelOffset(row, column, inner, columns);
}
