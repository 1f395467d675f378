import type { Kernels, Pointer } from '../../../src/wasm/kernels.js';

/** out [count] = f(values [count]), count a multiple of 4. */
type VectorFunction = (out: Pointer, values: Pointer, count: number) => void;

/** What build/wasm/parts.wasm exports: see test/kernels/assembly/parts.ts. */
export interface Parts
  extends Pick<Kernels, 'allFinite' | 'dot' | 'stepAlong' | 'adamStep' | 'standardNormals'> {
  expVector: VectorFunction;
  logVector: VectorFunction;
  tanhVector: VectorFunction;
  sinOfTurnsVector: VectorFunction;
  cosOfTurnsVector: VectorFunction;
  expMinusOneFloat64(x: number): number;
  multiplyRows(
    c: Pointer,
    cStride: number,
    a: Pointer,
    aStride: number,
    b: Pointer,
    rows: number,
    inner: number,
    columns: number,
    start: number,
    bias: Pointer,
  ): void;
  accumulateOuterProducts(
    c: Pointer,
    a: Pointer,
    aStride: number,
    b: Pointer,
    bStride: number,
    rows: number,
    inner: number,
    columns: number,
  ): void;
  dotFloat32(x: Pointer, y: Pointer, count: number): number;
  factorCholesky(matrix: Pointer, size: number): number;
  solveCholesky(factor: Pointer, size: number, values: Pointer): void;
  transposePanels(out: Pointer, matrix: Pointer, inner: number, columns: number): void;
  panelOffsetOf(row: number, column: number, inner: number, columns: number): number;
  addScaled(out: Pointer, x: Pointer, a: number, y: Pointer, count: number): void;
  gatherRows(out: Pointer, values: Pointer, stride: number, indices: Pointer, count: number): void;
  sumParts(out: Pointer, parts: Pointer, partCount: number, count: number, scale: number): void;
  toFloat32(out: Pointer, values: Pointer, count: number): void;
  activate(kind: number, values: Pointer, derivative: Pointer, count: number): void;
  multiplyByDerivative(
    kind: number,
    values: Pointer,
    activations: Pointer,
    derivative: Pointer,
    count: number,
  ): void;
  toComponentMajor(tile: Pointer, values: Pointer, stride: number, rows: number, components: number): void;
  toRowMajor(values: Pointer, stride: number, tile: Pointer, rows: number, components: number): void;
  philox4x32(out: Pointer, key0: number, key1: number, c0: number, c1: number, c2: number, c3: number): void;
  drawUniforms(
    out: Pointer,
    components: number,
    rows: number,
    key0: number,
    key1: number,
    firstEnvironment: number,
    step: bigint,
    words: Pointer,
  ): void;
  forbidChoices(inputs: Pointer, masks: Pointer, inputSize: number, rows: number): void;
  limitToAllowed(action: Pointer, inputs: Pointer, count: number, rows: number): void;
  uniformsToNormals(values: Pointer, components: number, rows: number): void;
}
