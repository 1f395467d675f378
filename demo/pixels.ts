/** A canvas of opaque pixels, row after row from the top. */
export function pixelCanvas(
  widthPx: number,
  heightPx: number,
  colorOf: (pixel: number) => readonly [red: number, green: number, blue: number],
): OffscreenCanvas {
  const pixels = new ImageData(widthPx, heightPx);
  for (let pixel = 0; pixel < widthPx * heightPx; pixel++) {
    pixels.data.set(colorOf(pixel), 4 * pixel);
    pixels.data[4 * pixel + 3] = 255;
  }
  const canvas = new OffscreenCanvas(widthPx, heightPx);
  canvas.getContext('2d')!.putImageData(pixels, 0, 0);
  return canvas;
}
