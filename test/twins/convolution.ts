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
