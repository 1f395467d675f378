/** The public names that every platform has; node.ts (and later browser.ts) adds those that need a platform. */

export type { ConjugateGradientOptions, ConjugateGradientReport } from './algorithms/objective.js';
export type { PolicyProblem, PolicyProblemSpec } from './algorithms/policyProblem.js';
export type { StepReport } from './algorithms/step.js';
export type { CheckOutcome, CheckResult } from './check/check.js';
export { type CheckOptions, type CheckReport, checkEnvironment } from './check/checkEnvironment.js';
export {
  Acrobot,
  Ant,
  CartPole,
  type EnvironmentEntry,
  environmentList,
  HalfCheetah,
  Hopper,
  Humanoid,
  InvertedDoublePendulum,
  InvertedPendulum,
  Meteors,
  MountainCar,
  MountainCarContinuous,
  makeEnvironment,
  PearlDiver,
  Pendulum,
  Rally,
  Reacher,
  Swimmer,
  Walker2d,
  WallBreaker,
} from './environments/index.js';
export * from './errors.js';
export { type EvaluationOptions, type EvaluationReport, evaluate } from './evaluation/evaluate.js';
export { policyToDeclaration, policyToJavaScript } from './export/javaScript.js';
export { type OnnxInput, type OnnxOptions, policyToOnnx } from './export/onnx.js';
export type { BestPolicy } from './guard/learnerGuard.js';
export { describeRows, diagnose, type Finding } from './health/diagnosis.js';
export type { Rule, Severity, Symptom } from './health/rule.js';
export { rules as healthRules } from './health/rules.js';
export { type Alarm, describeAlarm, HealthWatch } from './health/watch.js';
export { ProgressFile, readProgress } from './logging/progressFile.js';
export { guardKey, type LogSink, type ProgressRow, progressKey, type TrainingRow } from './logging/sink.js';
export { TensorBoardSink } from './logging/tensorBoard.js';
export { TerminalSink } from './logging/terminal.js';
export type { Activation, DenseSpec, LayerSpec } from './network/networkSpec.js';
export * from './ownEnvironments.js';
export type {
  ActionOf,
  BernoulliDistribution,
  CategoricalDistribution,
  DistributionOf,
  GaussianDistribution,
  MultiCategoricalDistribution,
} from './policy/actionDistribution.js';
export type {
  ActBatchOptions,
  ActOptions,
  DistributionOptions,
  Policy,
  PolicySnapshot,
} from './policy/policy.js';
export { policyToSafetensors } from './policy/policyFile.js';
export type { ActionDraw } from './policy/policyNetwork.js';
export type { PolicySpec } from './policy/policySpec.js';
export { filmstripSvg } from './render/filmstrip.js';
export { animationPng, filmstripPng } from './render/pictures.js';
export type { OwnColumns, TellColumns } from './run/ownColumns.js';
export type { LoadOptions, PolicyOver } from './run/policies.js';
export type { PolicyFile, PolicySource } from './run/policyBytes.js';
export type {
  ActionSpaceOf,
  ResumeRequest,
  StartOptions,
  TrainingOf,
  TrainingOn,
  TrainRequest,
  TrainResult,
} from './run/requests.js';
export {
  boundImprovement,
  type ImprovementBound,
  klPenalty,
  surrogateReturn,
} from './tabular/improvementBound.js';
export {
  type MarkovDecisionProcess,
  type RandomProcessOptions,
  randomPolicy,
  randomProcess,
  type TabularPolicy,
} from './tabular/markovDecisionProcess.js';
export { evaluatePolicy, type PolicyEvaluation } from './tabular/policyEvaluation.js';
export {
  conservativeImprovement,
  type ImprovementStep,
  penalizedImprovement,
} from './tabular/policyImprovement.js';
export type { IterationReport } from './training/iterationParts.js';
export { defaultOptions, type GivenOptions, optionTable, type TrpoOptions } from './training/options.js';
export type { PolicySearch, SearchReport } from './training/policySearch.js';
export type { Iteration, Trainer } from './training/trainer.js';
export type { Training, TrainingIteration } from './training/training.js';
export type { TrainerOptions } from './training/trainingPlan.js';
export { tunedOptions } from './training/tunedOptions.js';
export { EnvironmentVector } from './vector/environmentVector.js';
export type { EnvironmentSource } from './vector/givenSource.js';
export { VERSION } from './version.js';
