import { multiply, multiplyTransposedLeft } from '../../twins/matmul.js';
import { ROW_COUNTS, random32, roundUp, SIZES, widened, withStride } from '../support/numbers.js';
import { packPanels } from '../support/panels.js';
import { partsPlayground } from '../support/playground.js';
import { type Comparison, INNER, type KernelContract } from './contract.js';

const STARTS = { zero: 0, bias: 1, result: 2 } as const;

type Start = keyof typeof STARTS;

interface Shape {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

function everyShape(rows: number, compare: (shape: Shape) => Comparison[]): Comparison[] {
  // many rows need few shapes: the tiles are the same
  const sizes = rows > 65 ? [1, 5, 9, 64] : SIZES;
  return sizes.flatMap((inner) => sizes.flatMap((columns) => compare({ rows, inner, columns })));
}

function compareProduct(shape: Shape, start: Start): Comparison {
  const { rows, inner, columns } = shape;
  const playground = partsPlayground();
  const stride = roundUp(columns, 4);
  const aStride = inner + 3;
  const a = random32(rows * inner, 1);
  const b = random32(inner * columns, 2);
  const bias = withStride(random32(columns, 3), columns, stride);
  const before = random32(rows * stride, 4);
  const c = playground.float32(before);
  playground.kernels.multiplyRows(
    c.pointer,
    stride,
    playground.float32(withStride(a, inner, aStride, NaN)).pointer,
    aStride,
    playground.float32(packPanels(b, inner, columns)).pointer,
    rows,
    inner,
    stride,
    STARTS[start],
    playground.float32(bias).pointer,
  );
  playground.expectGuardsIntact();
  const product = withStride(multiply(a, b, shape), columns, stride);
  const begin = { zero: () => 0, bias: (i: number) => bias[i % stride], result: (i: number) => before[i] }[
    start
  ];
  return {
    label: `${rows} x ${inner} x ${columns} from ${start}`,
    actual: c.view.slice(),
    expected: product.map((value, i) => value + begin(i)),
  };
}

function compareOuterProducts(shape: Shape): Comparison {
  const { rows, inner, columns } = shape;
  const playground = partsPlayground();
  const aStride = roundUp(inner, 4);
  const bStride = roundUp(columns, 4);
  const a = random32(rows * inner, 5);
  const b = random32(rows * columns, 6);
  const before = packPanels(random32(inner * columns, 7), inner, columns);
  const c = playground.float32(before);
  playground.kernels.accumulateOuterProducts(
    c.pointer,
    playground.float32(withStride(a, inner, aStride)).pointer,
    aStride,
    playground.float32(withStride(b, columns, bStride)).pointer,
    bStride,
    rows,
    aStride,
    bStride,
  );
  playground.expectGuardsIntact();
  const product = multiplyTransposedLeft(a, b, { rows: inner, inner: rows, columns });
  const expected = packPanels(product, inner, columns).map((value, i) => value + before[i]);
  return { label: `${rows} x ${inner} x ${columns}`, actual: c.view.slice(), expected };
}

function compareTranspose(inner: number, columns: number): Comparison {
  const playground = partsPlayground();
  const matrix = random32(inner * columns, 8);
  const packed = packPanels(matrix, inner, columns);
  const out = playground.float32Room(packed.length);
  const source = playground.float32(packed).pointer;
  playground.kernels.transposePanels(out.pointer, source, roundUp(inner, 4), roundUp(columns, 4));
  playground.expectGuardsIntact();
  const transposed = Float64Array.from(
    matrix,
    (_, i) => matrix[(i % inner) * columns + Math.floor(i / inner)],
  );
  return {
    label: `${inner} x ${columns}`,
    actual: widened(out.view),
    expected: packPanels(transposed, columns, inner),
  };
}

export const MATMUL_CONTRACTS: readonly KernelContract[] = [
  {
    kernel: 'multiplyRows',
    builds: INNER,
    lengths: [0, ...ROW_COUNTS],
    // a product of few numbers may be much smaller than its 64 terms
    tolerance: 1e-6,
    compare: (_, rows) =>
      everyShape(rows, (shape) => [
        compareProduct(shape, 'zero'),
        compareProduct(shape, 'bias'),
        compareProduct(shape, 'result'),
      ]),
  },
  {
    kernel: 'accumulateOuterProducts',
    builds: INNER,
    lengths: [0, ...ROW_COUNTS],
    // up to 1023 terms are added one after the other in float32
    tolerance: 2e-6,
    compare: (_, rows) => everyShape(rows, (shape) => [compareOuterProducts(shape)]),
  },
  {
    kernel: 'transposePanels',
    builds: INNER,
    lengths: SIZES,
    tolerance: 0,
    compare: (_, inner) => SIZES.map((columns) => compareTranspose(inner, columns)),
  },
];
