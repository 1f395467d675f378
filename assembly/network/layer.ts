/** Kinds of layers; layerKinds.ts switches on them. */
export const DENSE: i32 = 0;

/** One layer of a chain, described once by TypeScript; sizes in numbers, offsets in floats. */
@unmanaged
export class Layer {
  kind: i32;
  inputSize: i32;
  /** Padded to whole lanes, as are all strides. */
  inputStride: i32;
  outputStride: i32;
  activation: i32;
  /** Panel matrix [inputSize x outputSize] in the parameters. */
  weightOffset: i32;
  biasOffset: i32;
  /** Activations [rows x outputStride] in a tile's block. */
  activationOffset: i32;
  /** Derivatives [rows x outputStride] in a tile's block, for activations that store them. */
  derivativeOffset: i32;
  /** Transposed weights in the network's transposed block. */
  transposedOffset: i32;
}
