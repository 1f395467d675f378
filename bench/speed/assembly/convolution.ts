import { layerAt, Network } from '../../../assembly/network/chain';
import {
  convAffine,
  convInputGradient,
  convParameterGradient,
  transposeConv,
} from '../../../assembly/network/convLayer';

/** The passes of one convolution, the first layer of a network, for bench/speed/convolutions.ts. */

export { describeConv2dLayer, describeDenseLayer, describeNetwork, networkBytes, networkTransposedFloats } from '../../../assembly/network/chain';

export function forward(network: usize, parameters: usize, x: usize, rows: i32, out: usize): void {
  convAffine(layerAt(changetype<Network>(network), 0), parameters, x, rows, out);
}

export function weightGradient(network: usize, gradient: usize, x: usize, delta: usize, rows: i32): void {
  convParameterGradient(layerAt(changetype<Network>(network), 0), gradient, x, delta, rows);
}

export function transpose(network: usize, parameters: usize, transposed: usize): void {
  transposeConv(layerAt(changetype<Network>(network), 0), parameters, transposed);
}

export function inputGradient(network: usize, transposed: usize, delta: usize, rows: i32, out: usize): void {
  convInputGradient(layerAt(changetype<Network>(network), 0), transposed, delta, rows, out);
}
