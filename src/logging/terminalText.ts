/** How figures and texts are shown in the cells of a terminal. */

/** What stands for a value that does not exist. */
export const MISSING = '-';

/** Rounded down: 100% means done. */
export function percent(share: number): string {
  if (Number.isNaN(share)) return MISSING;
  // 0.29 * 100 is a little below 29.
  return `${Math.floor(share * 100 + 1e-9)}%`;
}

/** 1,234,567 */
export function whole(value: number): string {
  if (!Number.isFinite(value)) return MISSING;
  return value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** 123,456 or 1.23M */
export function compactWhole(value: number): string {
  return value < 999_999.5 ? whole(value) : `${(value / 1e6).toPrecision(3)}M`;
}

/** At most 7 characters: 4.2s, 42s, 3m 07s, 12h 05m, 4d 03h. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return MISSING;
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  const rounded = Math.round(seconds);
  if (rounded < 60) return `${rounded}s`;
  if (rounded < 3600) return `${Math.floor(rounded / 60)}m ${twoDigits(rounded % 60)}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}h ${twoDigits(minutes % 60)}m`;
  const hours = Math.round(seconds / 3600);
  if (hours < 999 * 24) return `${Math.floor(hours / 24)}d ${twoDigits(hours % 24)}h`;
  return '>2y';
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** At most 8 characters, two decimals where they matter. */
export function valueText(value: number): string {
  const size = Math.abs(value);
  if (size < 9_999.995) return value.toFixed(2);
  if (size < 99_999.95) return value.toFixed(1);
  if (size < 9_999_999.5) return value.toFixed(0);
  return Number.isFinite(value) ? value.toExponential(1) : infinity(value);
}

/** At most 6 characters. */
export function lengthText(value: number): string {
  if (value < 9_999.95) return value.toFixed(1);
  return value < 999_999.5 ? value.toFixed(0) : value.toExponential(0);
}

/** At most 7 characters, for numbers around 0.01. */
export function smallText(value: number): string {
  if (!Number.isFinite(value)) return infinity(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.0001 || size >= 100)) return value.toExponential(1);
  return value.toFixed(size < 1 ? 4 : 3);
}

/** At most 6 characters, for numbers around 1. */
export function ratioText(value: number): string {
  const size = Math.abs(value);
  if (size < 9.9995) return value.toFixed(3);
  if (size < 999.95) return value.toFixed(1);
  if (size < 99_999.5) return value.toFixed(0);
  return Number.isFinite(value) ? value.toExponential(0) : infinity(value);
}

/** Four digits, and none that say nothing: 0.85, 12, 0.0001235. */
export function shortText(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function infinity(value: number): string {
  return value > 0 ? 'inf' : '-inf';
}

export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to take out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

/** Lines of at most `width` cells, broken between words; all but the first are indented. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(cut(line, width));
      line = `  ${word}`;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, cut(line, width)];
}

export function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  return width < 1 ? '' : `${text.slice(0, width - 1)}…`;
}
