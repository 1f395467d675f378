import type { Image } from './image.js';

/** A picture as plain shapes in world units, y upwards; a canvas, an SVG or a rasteriser can draw it. */
export interface Scene {
  /** What is visible of the world. */
  readonly view: Rectangle;
  /** Drawn in order, later ones on top. */
  readonly shapes: readonly Shape[];
}

/** In world units. */
export interface Rectangle {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

export type Point = readonly [x: number, y: number];

export type Shape =
  | {
      readonly kind: 'polygon';
      readonly points: readonly Point[];
      readonly fill: string;
      /** 0 to 1, default 1. */
      readonly opacity?: number;
    }
  | { readonly kind: 'circle'; readonly center: Point; readonly radius: number; readonly fill: string }
  | {
      readonly kind: 'line';
      readonly points: readonly Point[];
      /** Line width in world units. */
      readonly width: number;
      readonly stroke: string;
    }
  | {
      /** Pixels, such as a frame that another program has drawn; no SVG shows them. */
      readonly kind: 'picture';
      /** The corners bottom left and top right. */
      readonly points: readonly [Point, Point];
      readonly image: Image;
    };

export function rectangle({ left, right, bottom, top }: Rectangle, fill: string): Shape {
  const points: Point[] = [
    [left, bottom],
    [right, bottom],
    [right, top],
    [left, top],
  ];
  return { kind: 'polygon', points, fill };
}

/** An image as a scene of its size. */
export function sceneOfImage(image: Image): Scene {
  const { widthPx: right, heightPx: top } = image;
  return {
    view: { left: 0, right, bottom: 0, top },
    shapes: [
      {
        kind: 'picture',
        points: [
          [0, 0],
          [right, top],
        ],
        image,
      },
    ],
  };
}
