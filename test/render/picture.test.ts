import { expect, test } from 'vitest';
import { filmstripSvg } from '../../src/render/filmstrip.js';
import { Raster } from '../../src/render/raster.js';
import type { Scene } from '../../src/render/scene.js';

/** Red, green above blue, white. */
const image = {
  ...{ widthPx: 2, heightPx: 2 },
  rgb: Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255]),
};
const scene: Scene = {
  view: { left: 0, right: 2, bottom: 0, top: 2 },
  shapes: [
    {
      kind: 'picture',
      points: [
        [0, 0],
        [2, 2],
      ],
      image,
    },
  ],
};

function drawn(sizePx: number): number[][] {
  const raster = new Raster(sizePx, sizePx);
  raster.drawScene(scene, { xPx: 0, yPx: 0, widthPx: sizePx, heightPx: sizePx });
  return Array.from({ length: sizePx * sizePx }, (_, i) => Array.from(raster.rgb.subarray(3 * i, 3 * i + 3)));
}

test('a picture is drawn with its first row on top, each of its pixels as large as it must be', () => {
  expect(drawn(2)).toEqual([
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 255],
  ]);
  const large = drawn(6);
  expect([large[0], large[2], large[3], large[35]]).toEqual([
    [255, 0, 0],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 255],
  ]);
});

test('a smaller one has the means of its pixels', () => {
  expect(drawn(1)).toEqual([[128, 128, 128]]);
});

test('an SVG has no pixels', () => {
  expect(() => filmstripSvg([scene], { columns: 1, frameWidthPx: 10 })).toThrow(/write a \.png or an \.apng/);
});
