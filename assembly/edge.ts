/** The interface of the small module for deployment: of the kernels of assembly/index.ts those that acting needs. */

export { describeDistribution, distributionBytes, setChoiceCount } from './distribution/distribution';
export { act } from './policy/act';
export { distributionInputs } from './policy/distributionInputs';
export {
  describeConv2dLayer,
  describeDenseLayer,
  describeNetwork,
  networkBlockFloats,
  networkBytes,
  networkWidestStride,
} from './network/chain';
export { describeScratch, scratchBytes } from './network/scratch';
