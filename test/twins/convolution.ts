/**
 * A convolution as the dense layer that it is: the same weights stand at many places of a matrix [inputs x outputs]. What holds for
 * dense layers then holds for it, and its derivatives are sums over those places.
 */

export interface ConvolutionShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly filters: number;
  readonly kernelSize: number;
  readonly stride: number;
  readonly padding: 'valid' | 'same';
}

function along(
  size: number,
  { kernelSize, stride, padding }: ConvolutionShape,
): [outputs: number, before: number] {
  if (padding === 'valid') return [Math.floor((size - kernelSize) / stride) + 1, 0];
  const outputs = Math.ceil(size / stride);
  return [outputs, Math.floor(Math.max(0, (outputs - 1) * stride + kernelSize - size) / 2)];
}

export function outputShape(shape: ConvolutionShape): [rows: number, columns: number, filters: number] {
  return [along(shape.height, shape)[0], along(shape.width, shape)[0], shape.filters];
}

/** Calls visit(place in the matrix, place in the weights [kernelSize, kernelSize, channels, filters]) for all that is not always 0. */
export function forEachWeight(shape: ConvolutionShape, visit: (dense: number, own: number) => void): void {
  const { height, width, channels, filters, kernelSize, stride } = shape;
  const [rows, top] = along(height, shape);
  const [columns, left] = along(width, shape);
  const outputs = rows * columns * filters;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      for (let ky = 0; ky < kernelSize; ky++) {
        for (let kx = 0; kx < kernelSize; kx++) {
          const [row, column] = [y * stride - top + ky, x * stride - left + kx];
          if (row < 0 || row >= height || column < 0 || column >= width) continue;
          for (let c = 0; c < channels; c++) {
            for (let f = 0; f < filters; f++) {
              const input = (row * width + column) * channels + c;
              const output = (y * columns + x) * filters + f;
              visit(input * outputs + output, ((ky * kernelSize + kx) * channels + c) * filters + f);
            }
          }
        }
      }
    }
  }
}

export type Convolution = Pick<ConvolutionShape, 'filters' | 'kernelSize' | 'stride' | 'padding'>;

/** Numbers of a dense parameter vector, and those of the convolutions' own one that stand there. */
export type Places = readonly (readonly [dense: number, own: number])[];

/**
 * Convolutions one after the other on images [height, width, channels] as the dense layers that they are, before `rest` further
 * parameters: numbers of each layer's outputs, places in the parameter vector, and lengths of both vectors.
 */
export function denseTwin(
  image: readonly number[],
  convolutions: readonly Convolution[],
  rest: (inputs: number) => number,
) {
  let [height, width, channels] = image;
  let inputs = height * width * channels;
  const sizes: number[] = [];
  const places: [dense: number, own: number][] = [];
  let [dense, own] = [0, 0];
  for (const convolution of convolutions) {
    const shape = { height, width, channels, ...convolution };
    const { kernelSize, filters } = shape;
    [height, width] = outputShape(shape);
    const outputs = height * width * filters;
    forEachWeight(shape, (to, from) => places.push([dense + to, own + from]));
    dense += inputs * outputs;
    own += kernelSize * kernelSize * channels * filters;
    for (let output = 0; output < outputs; output++) places.push([dense + output, own + (output % filters)]);
    dense += outputs;
    own += filters;
    sizes.push(outputs);
    channels = filters;
    inputs = outputs;
  }
  const further = rest(inputs);
  for (let i = 0; i < further; i++) places.push([dense + i, own + i]);
  return { sizes, places: places as Places, denseCount: dense + further, ownCount: own + further };
}

/** The dense vector that has these numbers at all their places. */
export function spread(places: Places, values: ArrayLike<number>, denseCount: number): Float64Array {
  const vector = new Float64Array(denseCount);
  for (const [to, from] of places) vector[to] = values[from];
  return vector;
}

/** Of a covector of the dense parameters that of their own: the sum over their places. */
export function gather(places: Places, vector: Float64Array, ownCount: number): Float64Array {
  const values = new Float64Array(ownCount);
  for (const [from, to] of places) values[to] += vector[from];
  return values;
}
