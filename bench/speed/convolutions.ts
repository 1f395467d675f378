import { readFile } from 'node:fs/promises';
import { hiddenLayers } from '../../src/network/imageNetworks.js';
import { layersOf } from '../../src/network/layerKinds.js';
import { networkSpec } from '../../src/network/networkSpec.js';
import { ParameterLayout } from '../../src/network/parameterLayout.js';
import { placeNetwork } from '../../src/network/placeNetwork.js';
import { sizeOf } from '../../src/numbers/shape.js';
import { RandomStream } from '../../src/random/philox.js';
import type { Pointer } from '../../src/wasm/kernels.js';
import { createEngine } from '../../src/wasm/load.js';
import type { Variant } from '../../src/wasm/variant.js';
import type { Row, Table } from '../report/table.js';
import type { Limit } from './limit.js';
import { timeBeside } from './measure.js';

/** assembly/convolution.ts */
interface Passes {
  forward(network: Pointer, parameters: Pointer, x: Pointer, rows: number, out: Pointer): void;
  weightGradient(network: Pointer, gradient: Pointer, x: Pointer, delta: Pointer, rows: number): void;
  transpose(network: Pointer, parameters: Pointer, transposed: Pointer): void;
  inputGradient(network: Pointer, transposed: Pointer, delta: Pointer, rows: number, out: Pointer): void;
  networkTransposedFloats(network: Pointer): number;
}

/** As many rows as pass a network together. */
const ROWS = 64;
const TOLERANCE = 1e-4;
const SHAPES: Readonly<Record<string, readonly number[]>> = {
  paper: [52, 40, 4],
  grid: [10, 10, 4],
  nature: [84, 84, 4],
};

/** GFLOP/s of every convolution of the named networks, and their share of what a core can do. */
export async function convolutions(variant: Variant, limit: Limit): Promise<Table> {
  const bytes = await readFile(new URL(`./convolution-${variant}.wasm`, import.meta.url));
  const module = new WebAssembly.Module(bytes);
  const rows: Row[] = [];
  for (const [network, shape] of Object.entries(SHAPES)) {
    const layers = layersOf(networkSpec(shape, hiddenLayers(network, [], 'tanh'), 6));
    for (const { spec, inputShape } of layers) {
      if (spec.kind !== 'conv2d') continue;
      const name = `${inputShape.join(' x ')}, ${spec.filters} of ${spec.kernelSize} x ${spec.kernelSize} / ${spec.stride}`;
      rows.push({ network, convolution: name, ...passesOf(module, inputShape, spec, limit) });
    }
  }
  return {
    title: `Convolutions one by one, ${ROWS} rows, one thread`,
    notes: [
      'GFLOP/s, medians; share: of multiply-adds in registers, timed beside',
      'verified: dy . conv(x, w) = dw . w = dx . x for the gradients dw and dx that belong to dy',
    ],
    rows,
  };
}

function passesOf(
  module: WebAssembly.Module,
  inputShape: readonly number[],
  spec: Parameters<typeof networkSpec>[1][number],
  limit: Limit,
): Row {
  const layout = new ParameterLayout(networkSpec(inputShape, [spec], 1));
  const engine = createEngine(module);
  const { arena } = engine;
  const passes = engine.kernels as unknown as Passes;
  const network = placeNetwork(engine, 'bench', layout);
  const [{ weight, outputShape }] = layout.layers as unknown as [
    { weight: { shape: readonly number[]; paddedOffset: number }; outputShape: readonly number[] },
  ];
  const counts = { x: ROWS * sizeOf(inputShape), y: ROWS * sizeOf(outputShape), w: layout.paddedCount };
  const reserve = (name: string, count: number) => arena.reserveFloat32(name, count);
  const [x, dx, y, dy] = [counts.x, counts.x, counts.y, counts.y].map((count, i) =>
    reserve(`map ${i}`, count),
  );
  const [w, dw] = [reserve('weights', counts.w), reserve('gradient', counts.w)];
  const transposed = reserve('transposed', passes.networkTransposedFloats(network));
  arena.seal();
  const random = new RandomStream(1);
  const fill = (pointer: Pointer, count: number) => {
    const view = arena.float32(pointer, count);
    for (let i = 0; i < count; i++) view[i] = 2 * random.uniform() - 1;
  };
  fill(x, counts.x);
  fill(dy, counts.y);
  // biases stay 0, so that all is linear
  fill((w + 4 * weight.paddedOffset) as Pointer, sizeOf(weight.shape));
  passes.transpose(network, w, transposed);
  const cases = [
    { name: 'forward', run: () => passes.forward(network, w, x, ROWS, y) },
    { name: 'by weights', run: () => passes.weightGradient(network, dw, x, dy, ROWS) },
    { name: 'by inputs', run: () => passes.inputGradient(network, transposed, dy, ROWS, dx) },
  ];
  for (const { run } of cases) run();
  const dot = (a: Pointer, b: Pointer, count: number) => {
    const other = arena.float32(b, count);
    return arena.float32(a, count).reduce((sum, value, i) => sum + value * other[i], 0);
  };
  const forward = dot(dy, y, counts.y);
  for (const other of [dot(dw, w, counts.w), dot(dx, x, counts.x)]) {
    if (!(Math.abs(other - forward) <= TOLERANCE * Math.sqrt(counts.y))) {
      throw new Error(
        `a convolution of ${inputShape}: dy . y is ${forward}, a gradient gives ${other}; not timed`,
      );
    }
  }
  const flops = (2 * counts.y * sizeOf(weight.shape)) / outputShape[outputShape.length - 1];
  return Object.fromEntries(
    timeBeside(cases, [limit]).flatMap(({ ms, ratios }, i) => [
      [cases[i].name, flops / ms / 1e6],
      [`share ${i + 1}`, `${((100 * flops * ratios[0]) / limit.flops).toFixed(0)} %`],
    ]),
  );
}
