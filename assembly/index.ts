/** The whole interface of the kernels: what is not exported here does not exist for TypeScript. Scalars only. */

export { allFinite, dot, stepAlong } from './linear/vector';
export { tiledRows } from './linear/rowTile';
export { standardNormals } from './random/variates';
export { describeDistribution, differingInputs, distributionBytes, setChoiceCount } from './distribution/distribution';
export {
  describeConv2dLayer,
  describeDenseLayer,
  describeNetwork,
  networkBlockFloats,
  networkBytes,
  networkTransposedFloats,
  networkWidestStride,
} from './network/chain';
export { describeScratch, scratchBytes } from './network/scratch';
export { act } from './policy/act';
export { distributionInputs } from './policy/distributionInputs';
export { describeFrames, framesBytes, putObservation, readObservations } from './shards/frames';
export { shardCountFor } from './shards/shardRows';
export {
  describePolicyBatch,
  networkSensitivityFloats,
  policyBatchBytes,
  setBatchFrames,
  setBatchRows,
  setKeptState,
  setShardSums,
  shardSumsBytes,
  useEmpiricalFisher,
} from './shards/policyBatch';
export { networkHiddenFloats } from './shards/unitSlopes';
export { describeMinibatches, minibatchShardCount, setAdamState } from './shards/minibatches';
export { adamStep } from './shards/adam';
export { clippedAscentBytes, describeClippedAscent } from './shards/clippedSurrogate';
export { describeValueFit, predictValues, setValueFitFrames, valueFitBytes } from './shards/valueFit';
export { closeRound, describeTeam, teamBytes, workInTeam } from './team/team';
export { centreAndScale, generalizedAdvantages, meanOf, standardDeviationOf } from './update/advantages';
export {
  evaluatePolicy,
  largestKlOldNew,
  largestRatioError,
  logProbabilitiesUnder,
  meanEntropy,
  meanKlOldNew,
  meanNewEntropy,
  meanSurrogate,
  surrogateGradient,
} from './update/surrogate';
export { fisherVectorProduct } from './update/fisherVectorProduct';
export {
  conjugateGradient,
  conjugateGradientIterations,
  conjugateGradientQuadraticForm,
  conjugateGradientRelativeResidual,
  conjugateGradientReportBytes,
  conjugateGradientSmallestCurvature,
  conjugateGradientStopReason,
} from './update/conjugateGradient';
export {
  computePreconditioner,
  describePreconditioner,
  preconditionerBytes,
  preconditionerFactorFloats,
  preconditionerInputFloats,
  preconditionerSize,
  setSampledRow,
} from './update/preconditioner';
export { ascendClippedEpoch } from './update/clippedAscent';
export { fitValueEpoch, predictBatchValues, valueLoss } from './update/valueFit';
export {
  distanceBetween,
  inactiveShare,
  largestMagnitudeOf,
  largestUnitSlopes,
  shareOutside,
} from './update/health';
