import { CHANNELS, type Image } from './image.js';

/** What pixels belong to: [height, width, channels], those of the newest of `stackSize` frames last. */
export interface PixelShape {
  readonly shape: readonly number[];
  readonly stackSize: number;
}

/** Whether a frame is a picture: grey, or in red, green and blue. */
export function isPicture({ shape, stackSize }: PixelShape): boolean {
  return shape.length === 3 && [1, CHANNELS].includes(shape[2] / stackSize);
}

/** The newest frame of pixels 0 to 255, of which `isPicture` is true. */
export function newestFrame(pixels: ArrayLike<number>, { shape, stackSize }: PixelShape): Image {
  const [heightPx, widthPx, channels] = shape;
  const ofFrame = channels / stackSize;
  const rgb = new Uint8Array(heightPx * widthPx * CHANNELS);
  for (let i = 0; i < rgb.length; i++) {
    const [pixel, channel] = [Math.floor(i / CHANNELS), i % CHANNELS];
    rgb[i] = pixels[pixel * channels + channels - ofFrame + (ofFrame === 1 ? 0 : channel)];
  }
  return { heightPx, widthPx, rgb };
}
