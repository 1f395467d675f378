import { ACTIVATION_KINDS } from '../../../src/network/networkSpec.js';
import { activate, activationSlope } from '../../twins/activation.js';
import { random32, widened } from '../support/numbers.js';
import { partsPlayground } from '../support/playground.js';
import { type Comparison, INNER, type KernelContract } from './contract.js';

type Kind = (typeof ACTIVATION_KINDS)[number];

const LENGTHS = [0, 4, 8, 64, 1024];

/** Pre-activations with both signs, zeros and a saturated end. */
function preActivations(count: number): Float64Array {
  const z = random32(count, 1, 6);
  [0, -0, 90, -90].forEach((value, i) => {
    if (i < count) z[i] = value;
  });
  return z;
}

function run(kind: Kind, z: Float64Array) {
  const playground = partsPlayground();
  const values = playground.float32(z);
  const derivative = playground.float32Room(z.length);
  const number = ACTIVATION_KINDS.indexOf(kind);
  playground.kernels.activate(number, values.pointer, derivative.pointer, z.length);
  const activations = widened(values.view);
  const tangent = random32(z.length, 2);
  const tangents = playground.float32(tangent);
  playground.kernels.multiplyByDerivative(
    number,
    tangents.pointer,
    values.pointer,
    derivative.pointer,
    z.length,
  );
  playground.expectGuardsIntact();
  return { activations, tangent, product: widened(tangents.view) };
}

function compareActivation(kind: Kind, count: number): Comparison {
  const z = preActivations(count);
  const expected = kind === 'identity' ? z : z.map((value) => activate(kind, value));
  return { label: kind, actual: run(kind, z).activations, expected };
}

function compareDerivative(kind: Kind, count: number): Comparison {
  const z = preActivations(count);
  const { product, tangent } = run(kind, z);
  const slope = (value: number) =>
    kind === 'identity' ? 1 : activationSlope(kind, value, activate(kind, value));
  return { label: kind, actual: product, expected: tangent.map((value, i) => value * slope(z[i])) };
}

export const ACTIVATION_CONTRACTS: readonly KernelContract[] = [
  {
    kernel: 'activate',
    builds: INNER,
    lengths: LENGTHS,
    tolerance: 2e-7,
    compare: (_, count) => ACTIVATION_KINDS.map((kind) => compareActivation(kind, count)),
  },
  {
    kernel: 'multiplyByDerivative',
    builds: INNER,
    lengths: LENGTHS,
    // 1 - h^2 of tanh loses digits where h is near 1, but not against the largest slopes
    tolerance: 3e-7,
    compare: (_, count) => ACTIVATION_KINDS.map((kind) => compareDerivative(kind, count)),
  },
];
