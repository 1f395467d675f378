import type { Point } from './scene.js';

export interface Curve {
  readonly name: string;
  /** Points in ascending x; a null y is a gap. */
  readonly points: readonly { readonly x: number; readonly y: number | null }[];
  /** What lies around the curve, in ascending x. */
  readonly band?: readonly { readonly x: number; readonly low: number; readonly high: number }[];
}

export interface ChartOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly widthPx?: number;
  readonly heightPx?: number;
  /** Equal ratios get equal heights; what is not above 0 is a gap. Default false. */
  readonly logarithmic?: boolean;
}

/** What a chart consists of, in pixels from its upper left corner, y downwards. */
export type ChartElement =
  | {
      readonly kind: 'rule';
      readonly from: Point;
      readonly to: Point;
      readonly widthPx: number;
      readonly color: string;
    }
  | {
      readonly kind: 'curve';
      readonly points: readonly Point[];
      readonly widthPx: number;
      readonly color: string;
    }
  | { readonly kind: 'area'; readonly points: readonly Point[]; readonly color: string }
  | {
      readonly kind: 'text';
      readonly at: Point;
      readonly text: string;
      readonly sizePx: number;
      readonly color: string;
      readonly anchor: 'start' | 'middle' | 'end';
      readonly bold?: boolean;
      /** Read from bottom to top, around `at`. */
      readonly upwards?: boolean;
    };

export interface ChartLayout {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly elements: readonly ChartElement[];
}

/** Distinct in lightness as well as hue, so that they differ in grey and for most colour-blind readers. */
const COLORS = ['#1f6feb', '#d9480f', '#2b8a3e', '#862e9c', '#0b7285', '#a61e4d', '#5c940d', '#495057'];
const INK = '#212529';
const TICK_INK = '#495057';
const MARGIN = { left: 72, right: 20, top: 40, bottom: 52 };
const LEGEND_LINE_PX = 18;
const TICKS = 6;
/** Differences and ratios of numbers beyond this overflow; what is beyond is not drawn. */
const FARTHEST = 1e100;
const NEAREST = 1 / FARTHEST;

interface Scale {
  readonly ticks: readonly number[];
  /** Place of a value between 0, the low end, and 1. */
  readonly share: (value: number) => number;
}

/** Where everything of a line chart goes; the drawings as SVG and as pixels are made from it. */
export function layOutChart(curves: readonly Curve[], options: ChartOptions): ChartLayout {
  const { widthPx = 720, heightPx = 400, logarithmic = false } = options;
  const plotWidth = widthPx - MARGIN.left - MARGIN.right;
  const plotHeight = heightPx - MARGIN.top - MARGIN.bottom;
  const reached = curves.map(withinReach);
  const drawn = logarithmic ? reached.map(aboveZero) : reached;
  const xScale = linearScale(drawn.flatMap(({ points }) => points.map(({ x }) => x)));
  const ys = drawn.flatMap(({ points, band = [] }) => [
    ...points.flatMap(({ y }) => (y === null ? [] : [y])),
    ...band.flatMap(({ low, high }) => [low, high]),
  ]);
  const yScale = logarithmic ? logarithmicScale(ys) : linearScale(ys);
  const place = (x: number, y: number): Point => [
    MARGIN.left + xScale.share(x) * plotWidth,
    MARGIN.top + (1 - yScale.share(y)) * plotHeight,
  ];
  const elements: ChartElement[] = [
    {
      kind: 'text',
      at: [MARGIN.left, 24],
      text: options.title,
      sizePx: 16,
      color: INK,
      anchor: 'start',
      bold: true,
    },
    ...axes(xScale, yScale, options, { widthPx, heightPx }),
  ];
  drawn.forEach(({ band = [] }, index) => {
    if (band.length < 2) return;
    const outline = [
      ...band.map(({ x, high }) => place(x, high)),
      ...band.toReversed().map(({ x, low }) => place(x, low)),
    ];
    elements.push({ kind: 'area', points: outline, color: colorOf(index) });
  });
  drawn.forEach((curve, index) => {
    for (const points of unbroken(curve)) {
      const line = points.map(({ x, y }) => place(x, y));
      elements.push({ kind: 'curve', points: line, widthPx: 2, color: colorOf(index) });
    }
  });
  if (curves.length === 1) return { widthPx, heightPx, elements };
  return {
    widthPx,
    heightPx: heightPx + LEGEND_LINE_PX * Math.ceil(curves.length / 2),
    elements: [...elements, ...legend(curves, heightPx, plotWidth)],
  };
}

function axes(
  xScale: Scale,
  yScale: Scale,
  { xLabel, yLabel }: ChartOptions,
  { widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number },
): ChartElement[] {
  const elements: ChartElement[] = [];
  const [left, right, bottom] = [MARGIN.left, widthPx - MARGIN.right, heightPx - MARGIN.bottom];
  const middleY = (MARGIN.top + bottom) / 2;
  const text = { kind: 'text', sizePx: 12, color: TICK_INK } as const;
  for (const tick of yScale.ticks) {
    const y = bottom - yScale.share(tick) * (bottom - MARGIN.top);
    elements.push(
      { kind: 'rule', from: [left, y], to: [right, y], widthPx: 1, color: '#e9ecef' },
      { ...text, at: [left - 8, y + 4], text: label(tick), anchor: 'end' },
    );
  }
  for (const tick of xScale.ticks) {
    const x = left + xScale.share(tick) * (right - left);
    elements.push({ ...text, at: [x, bottom + 18], text: label(tick), anchor: 'middle' });
  }
  const title = { kind: 'text', sizePx: 13, color: INK, anchor: 'middle' } as const;
  elements.push(
    { kind: 'rule', from: [left, bottom], to: [right, bottom], widthPx: 1, color: '#868e96' },
    { ...title, at: [(left + right) / 2, heightPx - 12], text: xLabel },
    { ...title, at: [18, middleY], text: yLabel, upwards: true },
  );
  return elements;
}

/** Two names a line. */
function legend(curves: readonly Curve[], topPx: number, plotWidth: number): ChartElement[] {
  return curves.flatMap(({ name }, index): ChartElement[] => {
    const x = MARGIN.left + (index % 2) * (plotWidth / 2);
    const y = topPx + LEGEND_LINE_PX * Math.floor(index / 2);
    return [
      { kind: 'rule', from: [x, y], to: [x + 22, y], widthPx: 3, color: colorOf(index) },
      { kind: 'text', at: [x + 30, y + 4], text: name, sizePx: 12, color: INK, anchor: 'start' },
    ];
  });
}

function colorOf(index: number): string {
  return COLORS[index % COLORS.length];
}

function withinReach({ name, points, band }: Curve): Curve {
  const isNear = (value: number) => Math.abs(value) <= FARTHEST;
  return {
    name,
    points: points
      .filter(({ x }) => isNear(x))
      .map(({ x, y }) => ({ x, y: y !== null && isNear(y) ? y : null })),
    band: band?.filter(({ x, low, high }) => isNear(x) && isNear(low) && isNear(high)),
  };
}

function aboveZero({ name, points, band }: Curve): Curve {
  return {
    name,
    points: points.map(({ x, y }) => ({ x, y: y !== null && y >= NEAREST ? y : null })),
    band: band?.filter(({ low }) => low >= NEAREST),
  };
}

/** A curve's stretches between gaps. */
function unbroken({ points }: Curve): { x: number; y: number }[][] {
  const stretches: { x: number; y: number }[][] = [[]];
  for (const { x, y } of points) {
    if (y === null) stretches.push([]);
    else stretches[stretches.length - 1].push({ x, y });
  }
  return stretches.filter((stretch) => stretch.length > 0);
}

/** Ends and ticks at round numbers (1, 2 or 5 times a power of ten) around all values. */
function linearScale(values: readonly number[]): Scale {
  let [low, high] = rangeOf(values) ?? [0, 1];
  const size = Math.max(Math.abs(low), Math.abs(high));
  // float64 has no round numbers between values that are nearly the same
  if (high - low <= Math.max(size * 1e-12, NEAREST)) {
    const margin = Math.max(1, size / 1000);
    low -= margin;
    high += margin;
  }
  const rough = (high - low) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((multiple) => multiple * power >= rough) ?? 10);
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
  const [start, end] = [ticks[0], ticks[ticks.length - 1]];
  return { ticks, share: (value) => (value - start) / (end - start) };
}

/** Ends and ticks at powers of ten around all values, which are above 0. */
function logarithmicScale(values: readonly number[]): Scale {
  const [low, high] = rangeOf(values) ?? [0.1, 1];
  const first = Math.floor(Math.log10(low));
  const last = Math.max(first + 1, Math.ceil(Math.log10(high)));
  const stride = Math.ceil((last - first) / TICKS);
  const ticks = Array.from({ length: Math.floor((last - first) / stride) + 1 }, (_, i) =>
    Number(`1e${first + i * stride}`),
  );
  return { ticks, share: (value) => (Math.log10(value) - first) / (last - first) };
}

function rangeOf(values: readonly number[]): [number, number] | undefined {
  if (values.length === 0) return undefined;
  // not Math.min(...values): a million values are too many arguments
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

function label(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(4))}k`;
  return size > 0 && size < 1e-3 ? value.toExponential() : String(value);
}
