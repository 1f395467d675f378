/** A line chart as SVG text: no scripts, no fonts of its own, readable on light and dark pages. */

export interface Curve {
  readonly name: string;
  /** Points in ascending x; a null y is a gap. */
  readonly points: readonly { readonly x: number; readonly y: number | null }[];
}

export interface ChartOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly widthPx?: number;
  readonly heightPx?: number;
}

/** Distinct in lightness as well as hue, so that they differ in grey and for most colour-blind readers. */
const COLORS = ['#1f6feb', '#d9480f', '#2b8a3e', '#862e9c', '#0b7285', '#a61e4d', '#5c940d', '#495057'];
const MARGIN = { left: 72, right: 20, top: 40, bottom: 52 };
const TICKS = 6;
const FONT = 'font-family="system-ui, sans-serif"';

export function lineChartSvg(curves: readonly Curve[], options: ChartOptions): string {
  const { widthPx = 720, heightPx = 400 } = options;
  const legendHeight = curves.length > 1 ? 18 * Math.ceil(curves.length / 2) : 0;
  const totalHeight = heightPx + legendHeight;
  const plotWidth = widthPx - MARGIN.left - MARGIN.right;
  const plotHeight = heightPx - MARGIN.top - MARGIN.bottom;
  const points = curves.flatMap((curve) => curve.points);
  const xScale = scaleFor(points.map(({ x }) => x));
  const yScale = scaleFor(points.flatMap(({ y }) => (y === null ? [] : [y])));
  const xOf = (x: number) => MARGIN.left + ((x - xScale.low) / (xScale.high - xScale.low)) * plotWidth;
  const yOf = (y: number) =>
    MARGIN.top + plotHeight - ((y - yScale.low) / (yScale.high - yScale.low)) * plotHeight;

  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${widthPx} ${totalHeight}" width="${widthPx}" height="${totalHeight}" role="img">`,
    `<title>${escapeXml(options.title)}</title>`,
    `<rect width="${widthPx}" height="${totalHeight}" fill="#ffffff"/>`,
    `<text x="${MARGIN.left}" y="24" ${FONT} font-size="16" font-weight="600" fill="#212529">${escapeXml(options.title)}</text>`,
  ];
  for (const tick of yScale.ticks) {
    const y = fixed(yOf(tick));
    parts.push(
      `<line x1="${MARGIN.left}" x2="${widthPx - MARGIN.right}" y1="${y}" y2="${y}" stroke="#e9ecef"/>`,
      `<text x="${MARGIN.left - 8}" y="${y}" dy="0.35em" text-anchor="end" ${FONT} font-size="12" fill="#495057">${label(tick)}</text>`,
    );
  }
  for (const tick of xScale.ticks) {
    const y = heightPx - MARGIN.bottom;
    parts.push(
      `<text x="${fixed(xOf(tick))}" y="${y + 18}" text-anchor="middle" ${FONT} font-size="12" fill="#495057">${label(tick)}</text>`,
    );
  }
  const axisY = heightPx - MARGIN.bottom;
  parts.push(
    `<line x1="${MARGIN.left}" x2="${widthPx - MARGIN.right}" y1="${axisY}" y2="${axisY}" stroke="#868e96"/>`,
    `<text x="${MARGIN.left + plotWidth / 2}" y="${heightPx - 12}" text-anchor="middle" ${FONT} font-size="13" fill="#212529">${escapeXml(options.xLabel)}</text>`,
    `<text x="18" y="${MARGIN.top + plotHeight / 2}" text-anchor="middle" transform="rotate(-90 18 ${MARGIN.top + plotHeight / 2})" ${FONT} font-size="13" fill="#212529">${escapeXml(options.yLabel)}</text>`,
  );
  curves.forEach((curve, index) => {
    const color = COLORS[index % COLORS.length];
    for (const path of unbrokenPaths(curve, xOf, yOf)) {
      parts.push(
        `<path d="${path}" fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"/>`,
      );
    }
    if (curves.length === 1) return;
    const x = MARGIN.left + (index % 2) * (plotWidth / 2);
    const y = heightPx + 18 * Math.floor(index / 2);
    parts.push(
      `<line x1="${x}" x2="${x + 22}" y1="${y}" y2="${y}" stroke="${color}" stroke-width="3"/>`,
      `<text x="${x + 30}" y="${y}" dy="0.35em" ${FONT} font-size="12" fill="#212529">${escapeXml(curve.name)}</text>`,
    );
  });
  parts.push('</svg>', '');
  return parts.join('\n');
}

/** Path data of a curve's stretches between gaps. */
function unbrokenPaths(curve: Curve, xOf: (x: number) => number, yOf: (y: number) => number): string[] {
  const paths: string[] = [];
  let path = '';
  for (const { x, y } of curve.points) {
    if (y === null) {
      if (path !== '') paths.push(path);
      path = '';
    } else {
      path += `${path === '' ? 'M' : 'L'}${fixed(xOf(x))} ${fixed(yOf(y))}`;
    }
  }
  if (path !== '') paths.push(path);
  return paths;
}

/** Ends and ticks at round numbers (1, 2 or 5 times a power of ten) around all values. */
function scaleFor(values: readonly number[]): { low: number; high: number; ticks: number[] } {
  let low = values.length === 0 ? 0 : values.reduce((a, b) => Math.min(a, b));
  let high = values.length === 0 ? 1 : values.reduce((a, b) => Math.max(a, b));
  if (low === high) {
    low -= 1;
    high += 1;
  }
  const rough = (high - low) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((multiple) => multiple * power >= rough) ?? 10);
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
  return { low: ticks[0], high: ticks[ticks.length - 1], ticks };
}

function label(value: number): string {
  if (Math.abs(value) >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`;
  if (Math.abs(value) >= 1e4) return `${Number((value / 1e3).toPrecision(4))}k`;
  return String(value);
}

function fixed(value: number): string {
  return value.toFixed(1);
}

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
