import uPlot from 'uplot';
import { progressKey } from 'wasm-trpo/browser';
import { LEAST_EXPLAINED, type Line, type Plot, plots } from './plots.js';
import type { Update } from './state.js';
import { cssColor } from './theme.js';

const HEIGHT_PX = 142;
const LEAST_WIDTH_PX = 160;
const AXIS_WIDTH_PX = 46;
const RIGHT_SCALE = 'right';
const BAND_OPACITY = 0.16;
const BAR_OPACITY = 0.6;

/** All plots of a run. A hovered update is shown in all of them; arrow keys move it where a plot has the focus. */
export class Charts {
  private charts: Chart[] = [];
  private updates: readonly Update[] = [];

  constructor(private readonly parent: HTMLElement) {
    this.rebuild();
    new ResizeObserver(() => {
      for (const chart of this.charts) chart.fit();
    }).observe(parent);
  }

  show(updates: readonly Update[]): void {
    this.updates = updates;
    for (const chart of this.charts) chart.show(updates);
  }

  /** Draws all anew, after the theme's colours have changed. */
  rebuild(): void {
    for (const chart of this.charts) chart.remove();
    this.charts = plots.map((plot) => new Chart(plot, this.parent, (index) => this.point(index)));
    this.show(this.updates);
  }

  /** The plots as they are drawn now, with their titles. */
  get pictures(): readonly {
    readonly title: string;
    readonly readout: string;
    readonly canvas: HTMLCanvasElement;
  }[] {
    return this.charts.map(({ title, readoutText, canvas }) => ({ title, readout: readoutText, canvas }));
  }

  private point(index: number | null): void {
    for (const chart of this.charts) chart.point(index);
  }
}

class Chart {
  private readonly figure = document.createElement('figure');
  private readonly readout = document.createElement('span');
  private readonly hint = document.createElement('p');
  private readonly plot: uPlot;
  private updates: readonly Update[] = [];
  private pointed: number | null = null;
  /** While all plots follow one, what they report is its echo. */
  private isFollowing = false;

  constructor(
    private readonly spec: Plot,
    parent: HTMLElement,
    private readonly onPoint: (index: number | null) => void,
  ) {
    const caption = document.createElement('figcaption');
    const title = document.createElement('h2');
    title.textContent = spec.title;
    this.readout.className = 'readout';
    this.hint.className = 'hint';
    caption.append(title, this.readout, this.hint);
    const body = document.createElement('div');
    body.className = 'plot';
    body.tabIndex = 0;
    body.setAttribute('role', 'img');
    body.setAttribute('aria-label', `${spec.title}, by update. Arrow keys move from update to update.`);
    body.addEventListener('keydown', (event) => this.moveByKey(event));
    body.addEventListener('blur', () => this.onPoint(null));
    this.figure.className = 'chart';
    this.figure.append(caption, body);
    parent.append(this.figure);
    this.plot = new uPlot(this.options(), [[]], body);
    this.fit();
  }

  get title(): string {
    return this.spec.title;
  }

  get readoutText(): string {
    return [...this.readout.children].map(({ textContent }) => textContent).join(' · ');
  }

  get canvas(): HTMLCanvasElement {
    return this.plot.ctx.canvas;
  }

  show(updates: readonly Update[]): void {
    this.updates = updates;
    const iterations = updates.map(({ row }) => Number(row[progressKey.iterations]));
    this.plot.setData([iterations, ...this.spec.lines.map((line) => updates.map(line.valueOf))]);
    this.writeReadout();
  }

  fit(): void {
    const width = Math.max(LEAST_WIDTH_PX, this.plot.root.parentElement!.clientWidth);
    if (width !== this.plot.width) this.plot.setSize({ width, height: HEIGHT_PX });
  }

  /** Shows the values of an update; null for the last. */
  point(index: number | null): void {
    this.pointed = index;
    this.isFollowing = true;
    const { plot } = this;
    const x = plot.data[0][index ?? -1];
    const left = index === null || x === undefined ? -1 : plot.valToPos(x, 'x');
    plot.setCursor({ left, top: left < 0 ? -1 : plot.over.clientHeight / 2 }, false);
    this.isFollowing = false;
    this.writeReadout();
  }

  remove(): void {
    this.plot.destroy();
    this.figure.remove();
  }

  private moveByKey(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const last = this.updates.length - 1;
    if (step === undefined || last < 0) return;
    event.preventDefault();
    this.onPoint(Math.min(last, Math.max(0, (this.pointed ?? last) + step)));
  }

  private writeReadout(): void {
    const index = this.pointed ?? this.updates.length - 1;
    const update = this.updates[index];
    this.hint.textContent =
      this.pointed === null || update === undefined
        ? this.spec.hint
        : `Update ${update.row[progressKey.iterations]}`;
    if (update === undefined) {
      this.readout.textContent = '';
      return;
    }
    const values = this.spec.lines
      .filter(({ drawn }) => drawn !== 'hidden')
      .flatMap((line) => {
        const value = line.valueOf(update);
        return value === null ? [] : [valueElement(line, value)];
      });
    this.readout.replaceChildren(...values);
  }

  private options(): uPlot.Options {
    const { spec } = this;
    const ink = cssColor('--muted');
    const grid = { stroke: cssColor('--line'), width: 1 };
    const axis = { stroke: ink, grid, ticks: { show: false }, font: `11px ${FONT}`, gap: 4 };
    const accuracy = (_: uPlot, splits: number[]) =>
      splits.map((value) => (value === null ? '' : compact(value)));
    return {
      width: LEAST_WIDTH_PX,
      height: HEIGHT_PX,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, points: { size: 6 } },
      scales: {
        x: { time: false, range: (_, low, high) => [low ?? 0, Math.max(high ?? 10, (low ?? 0) + 10)] },
        y: spec.isLogarithmic
          ? { distr: 3 }
          : { range: (_, low, high) => padded(spec.startsAtZero ? 0 : low, high) },
        [RIGHT_SCALE]: { range: [LEAST_EXPLAINED, 1] },
      },
      axes: [
        { ...axis, size: 24 },
        {
          ...axis,
          size: AXIS_WIDTH_PX,
          values: accuracy,
          ...(spec.isCount ? { incrs: [1, 2, 5, 10] } : {}),
          ...(spec.isLogarithmic ? { grid: { ...grid, filter: wholeDecades }, filter: wholeDecades } : {}),
        },
        ...(spec.lines.some(({ isRight }) => isRight)
          ? [{ ...axis, side: 1 as const, scale: RIGHT_SCALE, size: 34, grid: { show: false } }]
          : []),
      ],
      series: [{}, ...spec.lines.map(seriesOf)],
      bands:
        spec.band === undefined
          ? []
          : [
              {
                series: [spec.band[0] + 1, spec.band[1] + 1],
                fill: withOpacity(cssColor(spec.lines[spec.band[0]].color), BAND_OPACITY),
              },
            ],
      hooks: {
        setCursor: [
          ({ cursor }) => {
            if (!this.isFollowing) this.onPoint(cursor.idx ?? null);
          },
        ],
      },
    };
  }
}

const MOST_DECADES = 5;
const FONT = 'system-ui, sans-serif';

function seriesOf({ label, color, drawn, isRight }: Line): uPlot.Series {
  const stroke = cssColor(color);
  const common = { label, scale: isRight ? RIGHT_SCALE : 'y', points: { show: false } };
  switch (drawn) {
    case 'hidden':
      return { ...common, stroke: 'transparent', width: 0 };
    case 'bars':
      return {
        ...common,
        stroke,
        fill: withOpacity(stroke, BAR_OPACITY),
        width: 0,
        paths: uPlot.paths.bars!({ size: [0.8, 12] }),
      };
    case 'steps':
      return { ...common, stroke, width: 1.5, dash: [5, 4], paths: uPlot.paths.stepped!({ align: 1 }) };
    default:
      return { ...common, stroke, width: 1.75, spanGaps: true };
  }
}

function valueElement({ label, color }: Line, value: number): HTMLElement {
  const element = document.createElement('span');
  element.textContent = `${label} ${compact(value)}`;
  element.style.color = `var(${color})`;
  return element;
}

/** Of a logarithmic scale only the powers of ten, and not all of them where they are many. */
function wholeDecades(_: uPlot, splits: number[]): (number | null)[] {
  const decades = splits.map(Math.log10);
  const whole = decades.filter(isWhole);
  const stride = Math.ceil(whole.length / MOST_DECADES);
  return splits.map((value, i) =>
    isWhole(decades[i]) && Math.round(decades[i]) % stride === 0 ? value : null,
  );
}

function isWhole(decade: number): boolean {
  return Math.abs(decade - Math.round(decade)) < 1e-6;
}

function padded(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const margin = (high - low || Math.abs(high) || 1) * 0.06;
  return [low === 0 ? 0 : low - margin, high + margin];
}

/** Three digits, and no more room than an axis has. */
function compact(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e5)) return value.toExponential(1).replace('.0e', 'e');
  return String(Number(value.toPrecision(3)));
}

function withOpacity(color: string, opacity: number): string {
  return `color-mix(in srgb, ${color} ${100 * opacity}%, transparent)`;
}
