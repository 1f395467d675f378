import type { Charts } from './charts.js';
import type { Update } from './state.js';
import { cssColor } from './theme.js';

const COLUMNS = 3;
const TITLE_PX = 22;
const GAP_PX = 16;

/** The rows of progress as a table. */
export function toCsv(updates: readonly Update[]): string {
  const names = Object.keys(updates[0]?.row ?? {});
  const cell = (value: unknown) => {
    const text = value === null || value === undefined ? '' : String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const rows = updates.map(({ row }) => names.map((name) => row[name]));
  return `${[names, ...rows].map((row) => row.map(cell).join(',')).join('\n')}\n`;
}

/** All plots as one picture, as they look on the page. */
export async function toPng(charts: Charts, heading: string): Promise<Uint8Array> {
  const { pictures } = charts;
  const scale = window.devicePixelRatio;
  const widthPx = Math.max(...pictures.map(({ canvas }) => canvas.width)) / scale;
  const heightPx = Math.max(...pictures.map(({ canvas }) => canvas.height)) / scale;
  const rows = Math.ceil(pictures.length / COLUMNS);
  const picture = document.createElement('canvas');
  picture.width = scale * (GAP_PX + COLUMNS * (widthPx + GAP_PX));
  picture.height = scale * (GAP_PX + TITLE_PX + rows * (TITLE_PX + heightPx + GAP_PX));
  const context = picture.getContext('2d')!;
  context.scale(scale, scale);
  context.fillStyle = cssColor('--card');
  context.fillRect(0, 0, picture.width, picture.height);
  const write = (text: string, font: string, color: string, x: number, y: number) => {
    context.font = font;
    context.fillStyle = cssColor(color);
    context.fillText(text, x, y);
    return context.measureText(text).width;
  };
  write(heading, '600 15px system-ui, sans-serif', '--ink', GAP_PX, GAP_PX + 10);
  pictures.forEach(({ title, readout, canvas }, index) => {
    const x = GAP_PX + (index % COLUMNS) * (widthPx + GAP_PX);
    const y = GAP_PX + TITLE_PX + Math.floor(index / COLUMNS) * (TITLE_PX + heightPx + GAP_PX);
    const width = write(title, '600 13px system-ui, sans-serif', '--ink', x, y + 14);
    write(readout, '12px system-ui, sans-serif', '--muted', x + width + 10, y + 14);
    context.drawImage(canvas, x, y + TITLE_PX, canvas.width / scale, canvas.height / scale);
  });
  const blob = await new Promise<Blob | null>((resolve) => {
    picture.toBlob(resolve);
  });
  return new Uint8Array(await blob!.arrayBuffer());
}
