/** The whole interface of the kernels: what is not exported here does not exist for TypeScript. Scalars only. */

export { generalizedAdvantages, meanOf, standardDeviationOf, centreAndScale } from './trpo/advantages';
export { describeDistribution, differingInputs, distributionBytes, setChoiceCount } from './distribution/distribution';
export { act } from './network/act';
export {
  describeDenseLayer,
  describeNetwork,
  networkBlockFloats,
  networkBytes,
  networkTransposedFloats,
  networkWidestStride,
} from './network/mlp';
export { describeScratch, scratchBytes } from './network/scratch';
export { shardCountFor } from './team/shards';
export { closeRound, describeTeam, teamBytes, workInTeam } from './team/team';
export {
  describePolicyBatch,
  networkSensitivityFloats,
  policyBatchBytes,
  rowTile,
  shardSumsBytes,
  tiledRows,
  useEmpiricalFisher,
} from './trpo/policyBatch';
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
} from './trpo/surrogate';
export { ascendClippedEpoch, clippedAscentBytes, describeClippedAscent } from './trpo/clippedSurrogate';
export { fisherVectorProduct } from './trpo/fisherVectorProduct';
export {
  distanceBetween,
  inactiveShare,
  largestMagnitudeOf,
  largestUnitSlopes,
  networkHiddenFloats,
  shareOutside,
} from './trpo/health';
export {
  conjugateGradient,
  conjugateGradientIterations,
  conjugateGradientQuadraticForm,
  conjugateGradientRelativeResidual,
  conjugateGradientReportBytes,
  conjugateGradientSmallestCurvature,
  conjugateGradientStopReason,
} from './trpo/conjugateGradient';
export {
  computePreconditioner,
  describePreconditioner,
  preconditionerBytes,
  preconditionerFactorFloats,
  preconditionerInputFloats,
  preconditionerSize,
} from './trpo/preconditioner';
export {
  describeValueFit,
  fitValueEpoch,
  predictBatchValues,
  predictValues,
  valueFitBytes,
  valueLoss,
} from './value/valueFit';
export { adamStep } from './minibatch/adam';
export { minibatchShardCount } from './minibatch/minibatches';
export { allFinite, dot, stepAlong } from './linear/vector';
export { standardNormals } from './random/variates';
