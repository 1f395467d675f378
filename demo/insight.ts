import type { Policy } from 'wasm-trpo/edge';
import { pixelCanvas } from './pixels.js';

const GAP_PX = 4;
/** Sides of a channel of the observation and of a filter, with the gap; how many stand in a row. */
const CHANNEL_PX = 80 + GAP_PX;
const FILTER_PX = 18 + GAP_PX;
const [CHANNELS_IN_ROW, FILTERS_IN_ROW] = [4, 8];
const CHANNELS_WIDTH_PX = CHANNELS_IN_ROW * CHANNEL_PX;

/** Shows how a policy acts: a bar for each choice, and for images their channels and the first layer's filters. */
export class Insight {
  private readonly bars: HTMLElement;
  private readonly canvas: HTMLCanvasElement;

  constructor(private readonly root: HTMLElement) {
    this.bars = document.createElement('div');
    this.bars.className = 'bars';
    this.canvas = document.createElement('canvas');
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', 'What the policy sees, and the filters of its first layer');
    root.append(this.bars, this.canvas);
  }

  hide(): void {
    this.root.hidden = true;
  }

  show(policy: Policy, observation: ArrayLike<number>): void {
    const { spec } = policy;
    const isImage = spec.observationDtype === 'uint8' && spec.observationShape.length === 3;
    const isChoice = spec.actionSpace.kind === 'Discrete';
    this.root.hidden = !isChoice && !isImage;
    this.canvas.hidden = !isImage;
    if (isChoice) {
      const { probabilities } = policy.distribution(observation) as { probabilities: readonly number[] };
      this.showBars(probabilities);
    }
    if (isImage) this.drawImages(policy, observation);
  }

  private showBars(probabilities: readonly number[]): void {
    while (this.bars.children.length < probabilities.length) {
      this.bars.append(document.createElement('span'));
    }
    while (this.bars.children.length > probabilities.length) this.bars.lastElementChild!.remove();
    probabilities.forEach((probability, i) => {
      const bar = this.bars.children[i] as HTMLElement;
      const percent = Math.round(100 * probability);
      bar.style.setProperty('--share', `${percent}%`);
      bar.textContent = `${i}: ${percent} %`;
    });
  }

  private drawImages(policy: Policy, observation: ArrayLike<number>): void {
    const [height, width, channels] = policy.spec.observationShape;
    const filters = filtersOf(policy);
    this.canvas.width = CHANNELS_WIDTH_PX + FILTERS_IN_ROW * FILTER_PX;
    this.canvas.height = Math.max(
      Math.ceil(channels / CHANNELS_IN_ROW) * CHANNEL_PX,
      Math.ceil(filters.length / FILTERS_IN_ROW) * FILTER_PX,
    );
    const context = this.canvas.getContext('2d')!;
    context.imageSmoothingEnabled = false;
    for (let channel = 0; channel < channels; channel++) {
      const x = (channel % CHANNELS_IN_ROW) * CHANNEL_PX;
      const y = Math.floor(channel / CHANNELS_IN_ROW) * CHANNEL_PX;
      const grey = (row: number, column: number) => observation[(row * width + column) * channels + channel];
      drawGrey(context, [height, width], grey, [x, y, CHANNEL_PX - GAP_PX]);
    }
    filters.forEach((weights, i) => {
      const size = weights.length;
      const largest = Math.max(1e-9, ...weights.flat().map(Math.abs));
      const place: Place = [
        CHANNELS_WIDTH_PX + (i % FILTERS_IN_ROW) * FILTER_PX,
        Math.floor(i / FILTERS_IN_ROW) * FILTER_PX,
        FILTER_PX - GAP_PX,
      ];
      drawGrey(context, [size, size], (row, column) => 128 + (127 * weights[row][column]) / largest, place);
    });
  }
}

type Place = readonly [x: number, y: number, heightPx: number];

/** Each filter of the first layer on the newest channel: [filter][row][column]; none where it is no convolution. */
function filtersOf(policy: Policy): number[][][] {
  const [layer] = policy.spec.layers;
  if (layer?.kind !== 'conv2d') return [];
  const { filters, kernelSize } = layer;
  const channels = policy.spec.observationShape[2];
  const parameters = policy.getParameters();
  const weight = (filter: number, row: number, column: number) =>
    parameters[((row * kernelSize + column) * channels + channels - 1) * filters + filter];
  const indices = Array.from({ length: kernelSize }, (_, i) => i);
  return Array.from({ length: filters }, (_, filter) =>
    indices.map((row) => indices.map((column) => weight(filter, row, column))),
  );
}

function drawGrey(
  context: CanvasRenderingContext2D,
  [height, width]: readonly [number, number],
  greyOf: (row: number, column: number) => number,
  [x, y, heightPx]: Place,
): void {
  const canvas = pixelCanvas(width, height, (pixel) => {
    const grey = greyOf(Math.floor(pixel / width), pixel % width);
    return [grey, grey, grey];
  });
  context.drawImage(canvas, x, y, (heightPx * width) / height, heightPx);
}
