import { describe, expect, it } from 'vitest';
import { environmentList } from '../../src/environments/index.js';
import { OptionError } from '../../src/errors.js';
import { animationPng, filmstripPng } from '../../src/render/pictures.js';
import type { Scene } from '../../src/render/scene.js';
import { colorAt, readPng } from '../support/pngReader.js';

/** A blue disc at x, from -2 to 2, in a view twice as wide as high. */
function discAt(x: number): Scene {
  return {
    view: { left: -2, right: 2, bottom: -1, top: 1 },
    shapes: [{ kind: 'circle', center: [x, 0], radius: 0.5, fill: '#0000ff' }],
  };
}

describe('filmstripPng', () => {
  it('puts frames into rows, each in a border', async () => {
    const strip = readPng(await filmstripPng([-1, 0, 1].map(discAt), { columns: 2, frameWidthPx: 100 }));
    expect(strip).toMatchObject({ widthPx: 224, heightPx: 124, chunkTypes: ['IHDR', 'IDAT', 'IEND'] });
    const { canvas } = strip.frames[0];
    const at = (x: number, y: number) => colorAt(strip, canvas, x, y);
    // middles of the discs: frames begin at 8 and 116, rows at 8 and 66
    for (const [x, y] of [
      [8 + 25, 8 + 25],
      [116 + 50, 8 + 25],
      [8 + 75, 66 + 25],
    ]) {
      expect(at(x, y)).toBe('#0000ff');
    }
    expect([at(0, 0), at(7, 30), at(8, 30), at(107, 30), at(108, 30)]).toEqual([
      '#ffffff',
      '#cbd5e1',
      '#f8fafc',
      '#f8fafc',
      '#cbd5e1',
    ]);
    expect(at(160, 100)).toBe('#ffffff');
  });

  it.each(environmentList)('draws $id: something, and not everywhere', async ({ create }) => {
    const environment = create();
    await environment.reset({ seed: 0 });
    const { frames } = readPng(
      await filmstripPng([environment.render!()], { columns: 1, frameWidthPx: 100 }),
    );
    const { canvas } = frames[0];
    const pixels = Array.from({ length: canvas.length / 3 }, (_, i) =>
      String(canvas.slice(3 * i, 3 * i + 3)),
    );
    const background = String([0xf8, 0xfa, 0xfc]);
    const empty = pixels.filter((pixel) => pixel === background).length / pixels.length;
    expect(empty).toBeGreaterThan(0.3);
    expect(empty).toBeLessThan(0.98);
  });

  it('refuses no scenes, a view without area, and columns or widths below 1', async () => {
    const options = { columns: 1, frameWidthPx: 100 };
    const flat = { ...discAt(0), view: { left: 1, right: 1, bottom: 0, top: 1 } };
    for (const [scenes, given] of [
      [[], options],
      [[flat], options],
      [[discAt(0)], { ...options, columns: 0.5 }],
      [[discAt(0)], { ...options, frameWidthPx: 0 }],
    ] as const) {
      await expect(filmstripPng(scenes, given)).rejects.toThrow(OptionError);
    }
  });
});

describe('animationPng', () => {
  it('has a frame for each scene, in which only what moved is stored anew', async () => {
    const scenes = [-1, 0, 0, 1].map(discAt);
    const file = readPng(await animationPng(scenes, { frameWidthPx: 100, scenesPerSecond: 25 }));
    expect(file).toMatchObject({ widthPx: 100, heightPx: 50 });
    expect(file.chunkTypes.slice(0, 4)).toEqual(['IHDR', 'acTL', 'fcTL', 'IDAT']);
    expect(file.frames.map(({ delay }) => delay)).toEqual([0.04, 0.04, 0.04, 0.04]);
    expect(file.frames.map(({ widthPx, heightPx }) => [widthPx, heightPx])).toEqual([
      [100, 50],
      // both discs together: 12.5 to 62.5 across, 12.5 to 37.5 down
      [51, 26],
      // nothing moved: a frame must have a pixel
      [1, 1],
      [51, 26],
    ]);
  });

  it('shows after each frame what the scene alone would show', async () => {
    const scenes = [-1, 0.3, 0.3, 1].map(discAt);
    const options = { frameWidthPx: 64, scenesPerSecond: 10 };
    const together = readPng(await animationPng(scenes, options));
    for (const [i, scene] of scenes.entries()) {
      const alone = readPng(await animationPng([scene], options));
      expect(together.frames[i].canvas).toEqual(alone.frames[0].canvas);
    }
  });

  it('leaves scenes out above 50 per second, never the last, and keeps the speed', async () => {
    const scenes = Array.from({ length: 9 }, (_, i) => discAt(i / 8));
    const file = readPng(await animationPng(scenes, { frameWidthPx: 64, scenesPerSecond: 125 }));
    // 0, 3, 6 and the last, 8
    expect(file.frames.map(({ delay }) => delay)).toEqual([3 / 125, 3 / 125, 3 / 125, 3 / 125]);
    const last = readPng(await animationPng([scenes[8]], { frameWidthPx: 64, scenesPerSecond: 125 }));
    expect(file.frames[3].canvas).toEqual(last.frames[0].canvas);
  });

  it('refuses no scenes and rates out of range', async () => {
    const options = { frameWidthPx: 64, scenesPerSecond: 25 };
    await expect(animationPng([], options)).rejects.toThrow(OptionError);
    for (const scenesPerSecond of [0, 0.5, 1001, Number.NaN]) {
      await expect(animationPng([discAt(0)], { ...options, scenesPerSecond })).rejects.toThrow(OptionError);
    }
  });
});
