import { allowsAction, copyMask } from '../environments/actionMask.js';
import { spaceToJson } from '../environments/spaceJson.js';
import { type ActionSpace, actionSizeOf, isMasked, startOf } from '../environments/spaces.js';
import { NonFiniteError, OptionError, ShapeError } from '../errors.js';
import { DENSE_NETWORK, hiddenLayers, isNetwork, NETWORK_NAMES } from '../network/imageNetworks.js';
import type { Activation } from '../network/networkSpec.js';
import { sizeOf } from '../numbers/shape.js';
import { distributionFor } from '../policy/distributionSpec.js';
import { PolicyNetwork } from '../policy/policyNetwork.js';
import { reservePolicyRows } from '../policy/policyRows.js';
import { policyNetworkSpec } from '../policy/policySpec.js';
import type { Pointer } from '../wasm/kernels.js';
import { createEngine, type Engine } from '../wasm/load.js';
import { ShardTeam } from '../wasm/shardTeam.js';
import {
  type ConjugateGradientOptions,
  type ConjugateGradientReport,
  FISHER_KINDS,
  type ObjectiveSettings,
  PolicyObjective,
} from './objective.js';

/** A batch and the policy it is for; arrays are row-major and unpadded. */
export interface PolicyProblemSpec {
  readonly observationSize: number;
  readonly actionSpace: ActionSpace;
  readonly hiddenSizes: readonly number[];
  readonly activation: Activation;
  /** Layers before the dense ones, as the option `network` says them. Default "dense": none. */
  readonly network?: string;
  /** Such as [84, 84, 4], whose product is observationSize, for convolutions. Default [observationSize]. */
  readonly observationShape?: readonly number[];
  /** [rows x observationSize] */
  readonly observations: ArrayLike<number>;
  /** [rows x numbers of an action]; a Discrete action is one whole number. */
  readonly actions: ArrayLike<number>;
  /** [rows x choices] 1 for what may be chosen, else 0: where the action space is masked, and only there. */
  readonly masks?: ArrayLike<number>;
  /** [rows] */
  readonly advantages: ArrayLike<number>;
  /** Rows whose Fisher matrix preconditions `conjugateGradient`; 0, the default, for none. */
  readonly preconditionerRows?: number;
  /** Fisher matrix: the expectation of score score^T over actions (the default), or its mean over those taken. */
  readonly fisher?: ObjectiveSettings['fisher'];
  /** Part of the rows, above 0 and at most 1, that the Fisher matrix is made from. Default 1. */
  readonly fisherFraction?: number;
}

/**
 * The pieces of a TRPO update on a given batch, for research: every method takes parameter vectors in unpadded order
 * (weights in x out row-major, bias, ..., log std) and returns such vectors. Computed in float32 by the same kernels as
 * training, sums and conjugate gradient in float64.
 */
export class PolicyProblem {
  readonly rows: number;
  private readonly engine: Engine;
  private readonly policy: PolicyNetwork;
  private readonly objective: PolicyObjective;
  private readonly logProbabilitiesPointer: Pointer;

  constructor(module: WebAssembly.Module, spec: PolicyProblemSpec) {
    const distribution = distributionFor(spec.actionSpace);
    this.rows = spec.advantages.length;
    if (this.rows === 0) throw new ShapeError('advantages has 0 numbers; a batch needs at least one row');
    const { preconditionerRows = 0, fisher = 'analytic', fisherFraction = 1 } = spec;
    if (!(Number.isInteger(preconditionerRows) && preconditionerRows >= 0)) {
      throw new OptionError(
        `preconditionerRows = ${preconditionerRows}: it must be a whole number, 0 for none`,
      );
    }
    if (!FISHER_KINDS.includes(fisher)) {
      throw new OptionError(`fisher = ${fisher}: it must be one of ${FISHER_KINDS.join(', ')}`);
    }
    if (!(fisherFraction > 0 && fisherFraction <= 1)) {
      throw new OptionError(`fisherFraction = ${fisherFraction}: it must be above 0 and at most 1`);
    }
    if (!(Number.isInteger(spec.observationSize) && spec.observationSize >= 1)) {
      throw new OptionError(
        `observationSize = ${spec.observationSize}: it must be a whole number of 1 or more`,
      );
    }
    this.engine = createEngine(module);
    const { arena } = this.engine;
    const { network = DENSE_NETWORK, observationShape = [spec.observationSize] } = spec;
    if (!isNetwork(network)) {
      throw new OptionError(
        `network = ${network}: it must be one of ${NETWORK_NAMES.join(', ')}, or convolutions`,
      );
    }
    if (sizeOf(observationShape) !== spec.observationSize) {
      throw new OptionError(
        `observationShape = ${JSON.stringify(observationShape)}: its product must be observationSize, ${spec.observationSize}`,
      );
    }
    const layers = hiddenLayers(network, spec.hiddenSizes, spec.activation);
    this.policy = new PolicyNetwork(
      this.engine,
      policyNetworkSpec({ observationShape, layers }, distribution),
      distribution,
    );
    requireNumbers('observations', spec.observations, this.rows * spec.observationSize);
    requireNumbers('actions', spec.actions, this.rows * distribution.actionSize);
    requireMembers(spec.actionSpace, spec.actions, distribution.actionSize);
    const masks = readMasks(spec, distribution.inputSize);
    requireNumbers('advantages', spec.advantages, this.rows);
    const stride = this.policy.observationStride;
    const batch = reservePolicyRows(arena, 'batch', this.policy, this.rows);
    this.logProbabilitiesPointer = batch.logProbabilities;
    const team = new ShardTeam(this.engine, [this.policy.scratchNeed]);
    this.objective = new PolicyObjective(this.engine, this.policy, batch, team, {
      preconditionerRows,
      fisher,
      fisherFraction,
    });
    arena.seal();
    const observationView = arena.float32(batch.observations, this.rows * stride);
    for (let row = 0; row < this.rows; row++) {
      for (let i = 0; i < spec.observationSize; i++) {
        observationView[row * stride + i] = spec.observations[row * spec.observationSize + i];
      }
    }
    const { actionSize } = distribution;
    const actionView = arena.float32(batch.actions, this.rows * actionSize);
    for (let i = 0; i < actionView.length; i++) {
      actionView[i] = spec.actions[i] - startOf(spec.actionSpace, i % actionSize);
    }
    const maskBytes = distribution.maskWords * 4;
    const maskView = arena.uint8(batch.masks, this.rows * maskBytes);
    masks.forEach((mask, row) => {
      maskView.set(mask, row * maskBytes);
    });
    arena.float32(batch.advantages, this.rows).set(spec.advantages);
  }

  /** Numbers of a parameter vector. */
  get parameterCount(): number {
    return this.policy.layout.count;
  }

  /** ln pi_theta(a|s) of every row. */
  logProbabilities(theta: ArrayLike<number>): Float32Array {
    this.setTheta(theta);
    this.objective.recomputeLogProbabilities();
    return this.engine.arena.float32(this.logProbabilitiesPointer, this.rows).slice();
  }

  /** Gradient of mean ratio x advantage at theta = theta_old. */
  surrogateGradient(theta: ArrayLike<number>): Float64Array {
    this.linearizeAt(theta);
    return this.unpadded(this.objective.gradient);
  }

  /** (F + damping I) vector, F the Fisher matrix of the batch at theta. */
  fisherVectorProduct(theta: ArrayLike<number>, vector: ArrayLike<number>, damping = 0): Float64Array {
    this.linearizeAt(theta);
    this.policy.layout.pad(vector, this.objective.direction);
    this.objective.applyFisher(damping);
    return this.unpadded(this.objective.product);
  }

  /** x with (F + damping I) x = vector, by conjugate gradient from 0. */
  conjugateGradient(
    theta: ArrayLike<number>,
    vector: ArrayLike<number>,
    options: ConjugateGradientOptions,
  ): ConjugateGradientReport & { readonly solution: Float64Array } {
    this.linearizeAt(theta);
    this.policy.layout.pad(vector, this.objective.gradient);
    const report = this.objective.solveDirection(options);
    return { ...report, solution: this.unpadded(this.objective.direction) };
  }

  /** Mean and largest KL(old || new) over rows, and the surrogate mean ratio x advantage of new over old. */
  compare(
    thetaOld: ArrayLike<number>,
    thetaNew: ArrayLike<number>,
  ): { meanKlOldNew: number; largestKlOldNew: number; surrogate: number } {
    this.linearizeAt(thetaOld);
    this.policy.layout.pad(thetaNew, this.objective.candidate);
    return this.objective.evaluateCandidate();
  }

  /** Mean entropy over rows. */
  entropy(theta: ArrayLike<number>): number {
    return this.linearizeAt(theta).entropy;
  }

  private setTheta(theta: ArrayLike<number>): void {
    requireNumbers('theta', theta, this.parameterCount);
    this.policy.setParameters(theta);
  }

  private linearizeAt(theta: ArrayLike<number>): { entropy: number } {
    this.setTheta(theta);
    this.objective.recomputeLogProbabilities();
    return this.objective.computeGradient();
  }

  private unpadded(padded: Float64Array): Float64Array {
    return this.policy.layout.unpad(padded, new Float64Array(this.parameterCount));
  }
}

/** The mask of each row; none where actions are not masked. Throws ShapeError for masks that are none, or forbid the row's action. */
function readMasks({ actionSpace, masks, actions }: PolicyProblemSpec, choices: number): Uint8Array[] {
  if (!isMasked(actionSpace)) {
    if (masks === undefined) return [];
    throw new ShapeError(
      'masks were given, and the action space is not masked; leave them out, or write it with { masked: true }',
    );
  }
  const actionSize = actionSizeOf(actionSpace);
  requireNumbers('masks', masks ?? [], (actions.length / actionSize) * choices);
  return Array.from({ length: actions.length / actionSize }, (_, row) => {
    const given = Array.from({ length: choices }, (_, i) => masks![row * choices + i]);
    const mask = new Uint8Array(choices);
    const fault = copyMask(actionSpace, given, mask);
    if (fault !== undefined) throw new ShapeError(`The mask of row ${row} ${fault}`);
    const taken = Array.from(
      { length: actionSize },
      (_, i) => actions[row * actionSize + i] - startOf(actionSpace, i),
    );
    if (allowsAction(actionSpace, mask, taken)) return mask;
    throw new ShapeError(
      `The mask of row ${row} forbids its action; give the mask that the action was drawn under`,
    );
  });
}

/** Box actions may lie outside their bounds, as draws of a Gaussian do; whole numbers must be choices that exist. */
function requireMembers(space: ActionSpace, actions: ArrayLike<number>, actionSize: number): void {
  if (space.kind === 'Box') return;
  for (let row = 0; row * actionSize < actions.length; row++) {
    const numbers = Array.from({ length: actionSize }, (_, i) => actions[row * actionSize + i]);
    if (!space.contains(space.kind === 'Discrete' ? numbers[0] : numbers)) {
      throw new ShapeError(
        `The action of row ${row} is ${numbers.join(',')}, which is not in ${JSON.stringify(spaceToJson(space))}; choices count from its start, 0 unless given`,
      );
    }
  }
}

function requireNumbers(name: string, values: ArrayLike<number>, count: number): void {
  if (values.length !== count) {
    throw new ShapeError(
      `${name} has ${values.length} numbers, ${count} are needed (rows x size, or the parameter count)`,
    );
  }
  for (let i = 0; i < count; i++) {
    if (!Number.isFinite(values[i])) {
      throw new NonFiniteError(`${name}[${i}] is ${values[i]}; every number must be finite`);
    }
  }
}
