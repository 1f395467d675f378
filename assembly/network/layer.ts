/** Kinds of layers; layerKinds.ts switches on them. */
export const DENSE: i32 = 0;
export const CONV2D: i32 = 1;

/** One layer of a chain, described once by TypeScript; sizes in numbers, offsets in floats. */
@unmanaged
export class Layer {
  kind: i32;
  inputSize: i32;
  /** Padded to whole lanes, as are all strides. */
  inputStride: i32;
  outputStride: i32;
  activation: i32;
  /** Panel matrix [inputSize x outputSize] in the parameters; of a convolution [kernelSize^2 channels x filters]. */
  weightOffset: i32;
  biasOffset: i32;
  /** Activations [rows x outputStride] in a tile's block. */
  activationOffset: i32;
  /** Derivatives [rows x outputStride] in a tile's block, for activations that store them. */
  derivativeOffset: i32;
  /** Transposed weights in the network's transposed block. */
  transposedOffset: i32;
  /** Of a convolution: pixels and channels of an image, and of the kernel; what lies before the image in the first kernel. */
  imageHeight: i32;
  imageWidth: i32;
  channels: i32;
  filters: i32;
  kernelSize: i32;
  stride: i32;
  paddingTop: i32;
  paddingLeft: i32;
  outputHeight: i32;
  outputWidth: i32;
}
