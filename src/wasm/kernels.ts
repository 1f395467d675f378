/** The kernels' interface (assembly/index.ts) as TypeScript sees it: one line an export, under the same name. */

declare const pointerBrand: unique symbol;

/** An address in the kernels' memory, in bytes. */
export type Pointer = number & { readonly [pointerBrand]: 'address' };

export const NULL_POINTER = 0 as Pointer;

/** Rows that the kernels take through a network together (assembly/linear/rowTile.ts; a test compares the two). */
export const ROW_TILE = 64;

export interface Kernels {
  // networks
  networkBytes(layerCount: number): number;
  describeNetwork(network: Pointer): void;
  describeConv2dLayer(
    network: Pointer,
    imageHeight: number,
    imageWidth: number,
    channels: number,
    filters: number,
    kernelSize: number,
    stride: number,
    paddingTop: number,
    paddingLeft: number,
    outputHeight: number,
    outputWidth: number,
    activation: number,
    weightOffset: number,
    biasOffset: number,
  ): void;
  describeDenseLayer(
    network: Pointer,
    inputSize: number,
    outputSize: number,
    activation: number,
    weightOffset: number,
    biasOffset: number,
  ): void;
  networkBlockFloats(network: Pointer): number;
  networkTransposedFloats(network: Pointer): number;
  networkSensitivityFloats(network: Pointer, distribution: Pointer): number;
  differingInputs(distribution: Pointer): number;
  networkWidestStride(network: Pointer): number;
  scratchBytes(blockFloats: number, widestStride: number, components: number): number;
  describeScratch(scratch: Pointer, blockFloats: number, widestStride: number, components: number): void;

  // threads
  shardCountFor(rows: number): number;
  teamBytes(): number;
  describeTeam(team: Pointer, scratch: Pointer, workers: number, spins: number): void;
  workInTeam(team: Pointer, round: number, scratch: Pointer): void;
  closeRound(team: Pointer, round: number): void;

  // distributions and actions
  distributionBytes(actionSize: number): number;
  describeDistribution(
    distribution: Pointer,
    kind: number,
    inputSize: number,
    actionSize: number,
    logStdOffset: number,
  ): void;
  setChoiceCount(distribution: Pointer, part: number, count: number): void;
  act(
    network: Pointer,
    distribution: Pointer,
    parameters: Pointer,
    observations: Pointer,
    masks: Pointer,
    rows: number,
    actions: Pointer,
    logProbabilities: Pointer,
    deterministic: number,
    key0: number,
    key1: number,
    firstEnvironment: number,
    stepLow: number,
    stepHigh: number,
    scratch: Pointer,
  ): void;
  distributionInputs(
    network: Pointer,
    distribution: Pointer,
    parameters: Pointer,
    observations: Pointer,
    masks: Pointer,
    rows: number,
    out: Pointer,
    scratch: Pointer,
  ): void;
  standardNormals(
    out: Pointer,
    count: number,
    key0: number,
    key1: number,
    stream: number,
    purpose: number,
  ): void;

  // advantages
  generalizedAdvantages(
    advantages: Pointer,
    returns: Pointer,
    rewards: Pointer,
    values: Pointer,
    terminated: Pointer,
    truncated: Pointer,
    finalValues: Pointer,
    bootstrap: Pointer,
    steps: number,
    environments: number,
    gamma: number,
    lambda: number,
  ): void;
  meanOf(values: Pointer, count: number): number;
  standardDeviationOf(values: Pointer, count: number, mean: number): number;
  centreAndScale(values: Pointer, count: number, mean: number, scale: number): void;

  // frames of images
  framesBytes(): number;
  describeFrames(
    frames: Pointer,
    bytes: Pointer,
    numbers: Pointer,
    depth: number,
    pixels: number,
    channels: number,
    frameBytes: number,
  ): void;
  putObservation(
    frames: Pointer,
    row: number,
    before: number,
    observation: Pointer,
    parted: Pointer,
    next: number,
    end: number,
  ): number;
  readObservations(frames: Pointer, row: number, rows: number, out: Pointer, outStride: number): void;

  // the policy update
  tiledRows(rows: number): number;
  shardSumsBytes(rows: number): number;
  policyBatchBytes(): number;
  describePolicyBatch(
    batch: Pointer,
    network: Pointer,
    distribution: Pointer,
    oldParameters: Pointer,
    parameterCount: number,
    team: Pointer,
  ): void;
  setBatchRows(
    batch: Pointer,
    rows: number,
    observations: Pointer,
    actions: Pointer,
    masks: Pointer,
    advantages: Pointer,
    logProbabilities: Pointer,
  ): void;
  setBatchFrames(batch: Pointer, frames: Pointer): void;
  setKeptState(
    batch: Pointer,
    transposed: Pointer,
    blocks: Pointer,
    sensitivities: Pointer,
    oldInputs: Pointer,
    oldState: Pointer,
  ): void;
  setShardSums(batch: Pointer, direction: Pointer, shardGradients: Pointer, shardSums: Pointer): void;
  useEmpiricalFisher(batch: Pointer): void;
  surrogateGradient(batch: Pointer, gradient: Pointer): void;
  evaluatePolicy(batch: Pointer, parameters: Pointer): void;
  meanSurrogate(batch: Pointer): number;
  meanKlOldNew(batch: Pointer): number;
  largestKlOldNew(batch: Pointer): number;
  meanEntropy(batch: Pointer): number;
  meanNewEntropy(batch: Pointer): number;
  largestRatioError(batch: Pointer): number;
  logProbabilitiesUnder(batch: Pointer, parameters: Pointer, logProbabilities: Pointer): void;
  fisherVectorProduct(batch: Pointer, product: Pointer, direction: Pointer, damping: number): void;
  clippedAscentBytes(): number;
  describeClippedAscent(ascent: Pointer, batch: Pointer): void;
  ascendClippedEpoch(
    ascent: Pointer,
    clip: number,
    minibatchRows: number,
    learningRate: number,
    key0: number,
    key1: number,
    epoch: number,
    stepsBefore: number,
  ): number;
  conjugateGradientReportBytes(): number;
  preconditionerBytes(): number;
  preconditionerInputFloats(network: Pointer, rows: number): number;
  preconditionerFactorFloats(network: Pointer, distribution: Pointer, rows: number): number;
  preconditionerSize(distribution: Pointer, rows: number): number;
  describePreconditioner(
    preconditioner: Pointer,
    batch: Pointer,
    rows: number,
    sample: Pointer,
    inputs: Pointer,
    factors: Pointer,
    gram: Pointer,
    coefficients: Pointer,
  ): void;
  setSampledRow(preconditioner: Pointer, index: number, row: number): void;
  computePreconditioner(preconditioner: Pointer, damping: number): void;
  conjugateGradient(
    batch: Pointer,
    preconditioner: Pointer,
    solution: Pointer,
    gradient: Pointer,
    damping: number,
    tolerance: number,
    limit: number,
    vectors: Pointer,
    report: Pointer,
  ): void;
  conjugateGradientIterations(report: Pointer): number;
  conjugateGradientStopReason(report: Pointer): number;
  conjugateGradientRelativeResidual(report: Pointer): number;
  conjugateGradientQuadraticForm(report: Pointer): number;
  conjugateGradientSmallestCurvature(report: Pointer): number;

  // minibatch Adam
  minibatchShardCount(rows: number): number;
  describeMinibatches(
    minibatches: Pointer,
    network: Pointer,
    parameters: Pointer,
    parameterCount: number,
    rows: number,
    order: Pointer,
    team: Pointer,
  ): void;
  setAdamState(
    minibatches: Pointer,
    firstMoment: Pointer,
    secondMoment: Pointer,
    transposed: Pointer,
    shardGradients: Pointer,
  ): void;
  adamStep(
    parameters: Pointer,
    gradients: Pointer,
    parts: number,
    partStride: number,
    firstMoment: Pointer,
    secondMoment: Pointer,
    count: number,
    learningRate: number,
    step: number,
  ): void;

  // the value fit
  valueFitBytes(): number;
  describeValueFit(fit: Pointer, observations: Pointer, targets: Pointer, shardLosses: Pointer): void;
  setValueFitFrames(fit: Pointer, frames: Pointer): void;
  predictValues(
    network: Pointer,
    parameters: Pointer,
    observations: Pointer,
    rows: number,
    values: Pointer,
    scratch: Pointer,
  ): void;
  predictBatchValues(fit: Pointer, values: Pointer): void;
  valueLoss(fit: Pointer): number;
  fitValueEpoch(
    fit: Pointer,
    minibatchRows: number,
    learningRate: number,
    key0: number,
    key1: number,
    epoch: number,
    stepsBefore: number,
  ): number;

  // health of an update
  networkHiddenFloats(network: Pointer): number;
  largestUnitSlopes(batch: Pointer, shardSlopes: Pointer): void;
  inactiveShare(network: Pointer, slopes: Pointer, layer: number, least: number): number;
  largestMagnitudeOf(values: Pointer, count: number): number;
  distanceBetween(x: Pointer, y: Pointer, count: number): number;
  shareOutside(values: Pointer, rows: number, size: number, low: Pointer, high: Pointer): number;

  // vectors
  allFinite(values: Pointer, count: number): number;
  dot(x: Pointer, y: Pointer, count: number): number;
  stepAlong(out: Pointer, base: Pointer, scale: number, direction: Pointer, count: number): void;
}

/** What acting needs of the kernels, and all that the module for deployment exports (assembly/edge.ts). */
export const ACTING_KERNELS = [
  'act',
  'describeConv2dLayer',
  'describeDenseLayer',
  'describeDistribution',
  'describeNetwork',
  'describeScratch',
  'distributionBytes',
  'distributionInputs',
  'networkBlockFloats',
  'networkBytes',
  'networkWidestStride',
  'scratchBytes',
  'setChoiceCount',
] as const satisfies readonly (keyof Kernels)[];

export type ActingKernels = Pick<Kernels, (typeof ACTING_KERNELS)[number]>;
