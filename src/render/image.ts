/** A picture of opaque pixels. */
export interface Image {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Red, green, blue of each pixel, 0 to 255, rows from the top: [height x width x 3]. */
  readonly rgb: Uint8Array;
}

/** A rectangle of whole pixels in a picture, x to the right and y downwards. */
export interface Place {
  readonly xPx: number;
  readonly yPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

export const CHANNELS = 3;
