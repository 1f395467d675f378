import { at, multiplyAdd, padToLanes } from '../linear/lanes';
import { multiplyOneRow, PANEL, panelOffset } from '../linear/matmul';
import { START_AT_BIAS, START_AT_RESULT, tile1x8 } from '../linear/matmulTile';
import { tileOuter4x8 } from '../linear/outerProductTile';
import { patchTile4x8 } from '../linear/patchTile';
import { addRows } from './addRows';
import { Layer } from './layer';

/**
 * A convolution without a copy of its patches. An image lies as rows of pixels with channels last, so that a line of a kernel, all
 * channels of kernelSize neighbours, is contiguous in the image and in the weights [kernelSize, kernelSize, channels, filters]. Filters
 * are a multiple of a panel. A sum runs over the lines of the kernel from top to bottom, as far as they lie in the image, whatever tile
 * its position falls into.
 */

/** Numbers of an image row. */
// @ts-ignore: decorator
@inline
function rowLength(layer: Layer): i32 {
  return layer.imageWidth * layer.channels;
}

// @ts-ignore: decorator
@inline
function positions(layer: Layer): i32 {
  return layer.outputHeight * layer.outputWidth;
}

// @ts-ignore: decorator
@inline
function weightRows(layer: Layer): i32 {
  return layer.kernelSize * layer.kernelSize * layer.channels;
}

/** Row or column of the image where the kernel of output row or column `index` begins; before 0 it lies in the padding. */
// @ts-ignore: decorator
@inline
function startOf(layer: Layer, index: i32, padding: i32): i32 {
  return index * layer.stride - padding;
}

/** out [rows x outputStride] = z of the images x [rows x inputStride]. */
export function convAffine(layer: Layer, parameters: usize, x: usize, rows: i32, out: usize): void {
  convolve(layer, at(parameters, layer.weightOffset), x, rows, out, START_AT_BIAS, at(parameters, layer.biasOffset));
}

/** dz [rows x outputStride] += the convolution of dx [rows x inputStride], without the biases. */
export function addConvInputTangent(layer: Layer, parameters: usize, dx: usize, rows: i32, dz: usize): void {
  convolve(layer, at(parameters, layer.weightOffset), dx, rows, dz, START_AT_RESULT, 0);
}

function convolve(layer: Layer, weight: usize, x: usize, rows: i32, out: usize, start: i32, bias: usize): void {
  const filters = layer.filters;
  const positionBytes = <usize>filters << 2;
  const panelBytes = <usize>padToLanes(weightRows(layer)) << 5;
  const lineBytes = <usize>rowLength(layer) << 2;
  const lineLength = layer.kernelSize * layer.channels;
  const count = positions(layer);
  // the positions whose kernels lie in the image as a whole: of both axes from the first to before the end
  const firstY = firstInside(layer.paddingTop, layer.stride);
  const firstX = firstInside(layer.paddingLeft, layer.stride);
  const endY = min(layer.outputHeight, endInside(layer.imageHeight - layer.kernelSize + layer.paddingTop + 1, layer.stride));
  const endX = min(layer.outputWidth, endInside(layer.imageWidth - layer.kernelSize + layer.paddingLeft + 1, layer.stride));
  const isWhole = firstY == 0 && firstX == 0 && endY == layer.outputHeight && endX == layer.outputWidth;
  const stepBytes = <usize>(layer.stride * layer.channels) << 2;
  // from the last patch of a row of the map to the first one of the next row
  const turnBytes = <isize>(layer.stride * <i32>lineBytes) - <isize>(layer.outputWidth - 1) * <isize>stepBytes;
  for (let row = 0; row < rows; row++) {
    const image = at(x, row * layer.inputStride);
    const map = at(out, row * layer.outputStride);
    let px = 0;
    let py = 0;
    let patch = at(image, -layer.paddingTop * rowLength(layer) - layer.paddingLeft * layer.channels);
    let patch1: usize = 0;
    let patch2: usize = 0;
    let patch3: usize = 0;
    let position = 0;
    while (position < count) {
      const c = map + <usize>position * positionBytes;
      // a tile takes the next four positions, in the next row of the map too where no kernel lies in the padding
      const isTile = isWhole ? position + 4 <= count : px >= firstX && px + 4 <= endX && py >= firstY && py < endY;
      if (!isTile) {
        convolveOne(layer, weight, image, py, px, c, start, bias);
        position++;
        patch = px + 1 < layer.outputWidth ? patch + stepBytes : patch + <usize>turnBytes;
        px++;
        if (px == layer.outputWidth) {
          px = 0;
          py++;
        }
        continue;
      }
      const patch0 = patch;
      for (let i = 0; i < 4; i++) {
        if (i == 1) patch1 = patch;
        else if (i == 2) patch2 = patch;
        else if (i == 3) patch3 = patch;
        px++;
        if (px == layer.outputWidth) {
          px = 0;
          py++;
          patch += <usize>turnBytes;
        } else {
          patch += stepBytes;
        }
      }
      let panel = weight;
      for (let filter = 0; filter < filters; filter += PANEL, panel += panelBytes) {
        patchTile4x8(
          at(c, filter), positionBytes, patch0, patch1, patch2, patch3, layer.kernelSize, lineLength, lineBytes, panel,
          start, at(bias, filter),
        );
      }
      position += 4;
    }
  }
}

/** One position, of whose kernel a part may lie in the padding. */
function convolveOne(
  layer: Layer,
  weight: usize,
  image: usize,
  y: i32,
  x: i32,
  c: usize,
  start: i32,
  bias: usize,
): void {
  const top = startOf(layer, y, layer.paddingTop);
  const left = startOf(layer, x, layer.paddingLeft);
  const firstColumn = max(0, -left);
  const endColumn = min(layer.kernelSize, layer.imageWidth - left);
  const length = (endColumn - firstColumn) * layer.channels;
  const panelBytes = <usize>padToLanes(weightRows(layer)) << 5;
  let panel = weight;
  for (let filter = 0; filter < layer.filters; filter += PANEL, panel += panelBytes) {
    let from = start;
    for (let line = max(0, -top); line < min(layer.kernelSize, layer.imageHeight - top); line++) {
      const pixels = at(image, (top + line) * rowLength(layer) + (left + firstColumn) * layer.channels);
      const weights = panel + (<usize>((line * layer.kernelSize + firstColumn) * layer.channels) << 5);
      tile1x8(at(c, filter), pixels, weights, length, from, at(bias, filter));
      from = START_AT_RESULT;
    }
  }
}

/** gradient += that of weights and biases, summed over rows, where delta [rows x outputStride] is the gradient of z. */
export function convParameterGradient(layer: Layer, gradient: usize, x: usize, delta: usize, rows: i32): void {
  const weight = at(gradient, layer.weightOffset);
  for (let row = 0; row < rows; row++) {
    const image = at(x, row * layer.inputStride);
    const map = at(delta, row * layer.outputStride);
    if (layer.paddingTop == 0 && layer.paddingLeft == 0) {
      const lineLength = layer.kernelSize * layer.channels;
      for (let line = 0; line < layer.kernelSize; line++) {
        addPieceGradient(layer, weight, image, map, line, 0, lineLength);
      }
      continue;
    }
    for (let line = 0; line < layer.kernelSize; line++) {
      for (let column = 0; column < layer.kernelSize; column++) {
        addPieceGradient(layer, weight, image, map, line, column, layer.channels);
      }
    }
  }
  addRows(at(gradient, layer.biasOffset), delta, layer.filters, rows * positions(layer));
}

/**
 * weight += what the `length` weights of each filter from (line, column) of the kernel on, in one line, get from one image: those
 * that lie in the image together.
 */
function addPieceGradient(
  layer: Layer,
  weight: usize,
  image: usize,
  map: usize,
  line: i32,
  column: i32,
  length: i32,
): void {
  const stride = layer.stride;
  const width = layer.outputWidth;
  // the columns, and below the rows, of the map at which the piece lies in the image
  const first = firstInside(layer.paddingLeft - column, stride);
  const end = min(width, endInside(layer.imageWidth + layer.paddingLeft - column, stride));
  if (first >= end) return;
  const pixelBytes = <usize>(stride * layer.channels) << 2;
  const filterBytes = <usize>layer.filters << 2;
  const firstRow = firstInside(layer.paddingTop - line, stride);
  const endRow = min(layer.outputHeight, endInside(layer.imageHeight + layer.paddingTop - line, stride));
  const pieceRow = (line * layer.kernelSize + column) * layer.channels;
  const panelBytes = <usize>padToLanes(weightRows(layer)) << 5;
  const wholeLength = length & ~3;
  // from a row of the map to the next one: of the image, and of the map
  const lineBytes = <usize>(stride * rowLength(layer)) << 2;
  const mapBytes = <usize>width * filterBytes;
  if (firstRow >= endRow) return;
  for (let filter = 0; filter < layer.filters; filter += PANEL, weight += panelBytes) {
    for (let j = 0; j < length; j += 4) {
      const c = weight + (<usize>(pieceRow + j) << 5);
      const pixelRow = (startOf(layer, firstRow, layer.paddingTop) + line) * rowLength(layer);
      const pixel = (startOf(layer, first, layer.paddingLeft) + column) * layer.channels;
      const a = at(image, pixelRow + pixel + j);
      const b = at(map, (firstRow * width + first) * layer.filters + filter);
      if (j < wholeLength) {
        tileOuter4x8(c, a, pixelBytes, lineBytes, b, filterBytes, mapBytes, end - first, endRow - firstRow);
        continue;
      }
      for (let y = 0; y < endRow - firstRow; y++) {
        addOuterRows(
          c, a + <usize>y * lineBytes, pixelBytes, b + <usize>y * mapBytes, filterBytes, end - first, length - j,
        );
      }
    }
  }
}

/** The first index >= 0 with index stride >= from. */
// @ts-ignore: decorator
@inline
function firstInside(from: i32, stride: i32): i32 {
  return from <= 0 ? 0 : (from + stride - 1) / stride;
}

/** The first index >= 0 with index stride >= end: those before it have index stride < end. */
// @ts-ignore: decorator
@inline
function endInside(end: i32, stride: i32): i32 {
  return firstInside(end, stride);
}

/** c [count x 8] += a^T b over rows, count < 4. */
function addOuterRows(c: usize, a: usize, aBytes: usize, b: usize, bBytes: usize, rows: i32, count: i32): void {
  for (let k = 0; k < count; k++, c += 32, a += 4) {
    let left = v128.load(c, 0);
    let right = v128.load(c, 16);
    let x = a;
    let y = b;
    for (let row = 0; row < rows; row++, x += aBytes, y += bBytes) {
      const value = v128.load32_splat(x);
      left = multiplyAdd(value, v128.load(y, 0), left);
      right = multiplyAdd(value, v128.load(y, 16), right);
    }
    v128.store(c, left, 0);
    v128.store(c, right, 16);
  }
}

/**
 * Floats of a piece of transposed weights, [filters x length] as panels: a line of the kernel, or where there is padding the
 * channels of one of its pixels, because then a line need not lie in the image as a whole.
 */
// @ts-ignore: decorator
@inline
function pieceLength(layer: Layer): i32 {
  return layer.paddingTop == 0 && layer.paddingLeft == 0 ? layer.kernelSize * layer.channels : layer.channels;
}

// @ts-ignore: decorator
@inline
function pieceFloats(layer: Layer): i32 {
  return layer.filters * padToLanes(pieceLength(layer));
}

export function convTransposedFloats(layer: Layer): i32 {
  return (weightRows(layer) / pieceLength(layer)) * pieceFloats(layer);
}

/** transposed = the weights for convInputGradient. */
export function transposeConv(layer: Layer, parameters: usize, transposed: usize): void {
  const weight = at(parameters, layer.weightOffset);
  const inner = padToLanes(weightRows(layer));
  const length = pieceLength(layer);
  const columns = padToLanes(length);
  let target = at(transposed, layer.transposedOffset);
  memory.fill(target, 0, <usize>convTransposedFloats(layer) << 2);
  for (let row = 0; row < weightRows(layer); row++) {
    const column = row % length;
    const piece = at(target, (row / length) * pieceFloats(layer));
    for (let filter = 0; filter < layer.filters; filter++) {
      const value = load<f32>(at(weight, panelOffset(row, filter, inner, layer.filters)));
      store<f32>(at(piece, panelOffset(filter, column, layer.filters, columns)), value);
    }
  }
}

/**
 * out [rows x inputStride] = the gradient of x, where delta [rows x outputStride] is the gradient of z. What is added beyond a piece
 * to fill its lanes is 0.
 */
export function convInputGradient(layer: Layer, transposed: usize, delta: usize, rows: i32, out: usize): void {
  memory.fill(out, 0, <usize>(rows * layer.inputStride) << 2);
  const pieces = at(transposed, layer.transposedOffset);
  const length = pieceLength(layer);
  const columns = padToLanes(length);
  const panelBytes = <usize>layer.filters << 5;
  const bytes = <usize>pieceFloats(layer) << 2;
  const piecesOfLine = (layer.kernelSize * layer.channels) / length;
  for (let row = 0; row < rows; row++) {
    const image = at(out, row * layer.inputStride);
    let d = at(delta, row * layer.outputStride);
    for (let y = 0; y < layer.outputHeight; y++) {
      const top = startOf(layer, y, layer.paddingTop);
      for (let x = 0; x < layer.outputWidth; x++, d += <usize>layer.filters << 2) {
        const left = startOf(layer, x, layer.paddingLeft);
        for (let line = max(0, -top); line < min(layer.kernelSize, layer.imageHeight - top); line++) {
          for (let piece = 0; piece < piecesOfLine; piece++) {
            // without padding the one piece of a line lies in the image
            if (left + piece < 0 || left + piece >= layer.imageWidth) continue;
            const target = at(image, (top + line) * rowLength(layer) + (left + piece) * layer.channels);
            const b = pieces + <usize>(line * piecesOfLine + piece) * bytes;
            multiplyOneRow(target, d, b, panelBytes, layer.filters, columns, START_AT_RESULT, 0);
          }
        }
      }
    }
  }
}
