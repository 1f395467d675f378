/** wasm-trpo/edge: acting with a trained policy, without the trainer. */

export { type CreatePolicyOptions, createPolicy } from './edge/createPolicy.js';
export type { Action } from './environments/environment.js';
export type { ActionSpace, BoxDtype } from './environments/spaces.js';
export type { Observation, ObservationSpace, StructuredSpace } from './environments/structuredSpaces.js';
export {
  FileError,
  MismatchError,
  NonFiniteError,
  OptionError,
  PlatformError,
  ShapeError,
  TrpoError,
} from './errors.js';
export type { Activation, DenseSpec, LayerSpec } from './network/networkSpec.js';
export type {
  ActionOf,
  BernoulliDistribution,
  CategoricalDistribution,
  DistributionOf,
  GaussianDistribution,
  MultiCategoricalDistribution,
} from './policy/actionDistribution.js';
export type { ActBatchOptions, ActOptions, DistributionOptions, Policy } from './policy/policy.js';
export type { ActionDraw } from './policy/policyNetwork.js';
export type { PolicySpec } from './policy/policySpec.js';
export { VERSION } from './version.js';
