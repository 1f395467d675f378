import { describe, expect, it } from 'vitest';
import { environmentList } from '../../src/environments/index.js';
import { OptionError } from '../../src/errors.js';
import { filmstripSvg } from '../../src/render/filmstrip.js';
import type { Scene } from '../../src/render/scene.js';

const view = { left: -2, right: 2, bottom: -1, top: 1 };
const scene: Scene = {
  view,
  shapes: [
    { kind: 'circle', center: [0.5, 0.25], radius: 0.1, fill: '#123456' },
    {
      kind: 'polygon',
      points: [
        [0, 0],
        [1, 0],
        [0, 1 / 3],
      ],
      fill: 'red',
    },
    {
      kind: 'line',
      points: [
        [-1, 0],
        [1, 0],
      ],
      width: 0.05,
      stroke: 'blue',
    },
  ],
};

function count(text: string, part: string | RegExp): number {
  return text.split(part).length - 1;
}

describe('filmstripSvg', () => {
  it('draws every shape of a scene, with y upwards', () => {
    const svg = filmstripSvg([scene], { columns: 1, frameWidthPx: 100 });
    expect(svg).toContain('viewBox="-2 -1 4 2"');
    expect(svg).toContain('<g transform="scale(1,-1)">');
    expect(svg).toContain('<circle cx="0.5" cy="0.25" r="0.1" fill="#123456"/>');
    expect(svg).toContain('<polygon points="0 0 1 0 0 0.333333" fill="red"/>');
    expect(svg).toContain('<polyline points="-1 0 1 0" fill="none" stroke="blue" stroke-width="0.05"');
  });

  it('puts frames into rows, each with a border and its number', () => {
    const svg = filmstripSvg([scene, scene, scene], { columns: 2, frameWidthPx: 100 });
    // 2 columns of 100 and 2 rows of 50, with gaps of 8
    expect(svg).toContain('width="224" height="124"');
    expect(svg).toContain('<svg x="8" y="66" width="100" height="50"');
    expect(count(svg, '<svg ')).toBe(1 + 3);
    expect(count(svg, 'fill="none" stroke="#cbd5e1"')).toBe(3);
    expect(count(svg, /<text [^>]*>[012]<\/text>/)).toBe(3);
  });

  it('is no wider than its frames', () => {
    expect(filmstripSvg([scene], { columns: 10, frameWidthPx: 100 })).toContain('width="116"');
  });

  it('brings its own background, and closes what it opens', () => {
    const svg = filmstripSvg([scene, scene], { columns: 2, frameWidthPx: 100 });
    expect(svg).toContain('<rect width="224" height="66" fill="#ffffff"/>');
    for (const tag of ['svg', 'g', 'text']) expect(count(svg, `<${tag} `)).toBe(count(svg, `</${tag}>`));
  });

  it.each(environmentList)('draws $id without a number that is not finite', async ({ create }) => {
    const environment = create();
    await environment.reset({ seed: 0 });
    const svg = filmstripSvg([environment.render!()], { columns: 1, frameWidthPx: 200 });
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('refuses no scenes, and columns or widths below 1', () => {
    expect(() => filmstripSvg([], { columns: 1, frameWidthPx: 100 })).toThrow(OptionError);
    expect(() => filmstripSvg([scene], { columns: 0, frameWidthPx: 100 })).toThrow(OptionError);
    expect(() => filmstripSvg([scene], { columns: 1, frameWidthPx: Number.NaN })).toThrow(OptionError);
  });
});
