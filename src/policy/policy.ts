import type { Action } from '../environments/environment.js';
import type { ActionSpace } from '../environments/spaces.js';
import { NonFiniteError, ShapeError } from '../errors.js';
import type { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import type { Pointer } from '../wasm/kernels.js';
import type { Engine } from '../wasm/load.js';
import { toEnvironmentAction } from './distributionSpec.js';
import type { Activation } from './networkSpec.js';
import { type ActionRows, act, type PolicyNetwork } from './policyNetwork.js';

/** What a policy is for and how it is built: all that a file needs beside the numbers. */
export interface PolicySpec {
  readonly environmentName: string;
  readonly observationSize: number;
  readonly actionSpace: ActionSpace;
  readonly hiddenSizes: readonly number[];
  readonly activation: Activation;
}

export interface ActOptions {
  /** The most probable action (or the mean) instead of a draw. Default false. */
  readonly deterministic?: boolean;
}

/** A policy as users meet it: raw observation in, action for the environment out. */
export class Policy {
  /** Seed of the draws of `act`; the n-th draw depends on it and n alone. */
  seed = 0;
  private draws = 0;
  /** Made at the first act, when the arena is sealed. */
  private views?: { readonly observation: Float32Array; readonly action: Float32Array };
  private readonly row: ActionRows;

  constructor(
    private readonly engine: Engine,
    readonly spec: PolicySpec,
    private readonly network: PolicyNetwork,
    private readonly normalizer: ObservationNormalizer,
    private readonly scratch: Pointer,
  ) {
    const { arena } = engine;
    this.row = {
      rows: 1,
      observations: arena.reserveFloat32('act observation', network.observationStride),
      actions: arena.reserveFloat32('act action', network.distribution.actionSize),
      logProbabilities: arena.reserveFloat32('act log-probability', 1),
    };
  }

  /**
   * The action for one observation [observationSize]: a whole number for Discrete, an array for other spaces, clipped
   * to the bounds of a Box. Throws ShapeError or NonFiniteError for an observation that the policy cannot take.
   */
  act(observation: ArrayLike<number>, { deterministic = false }: ActOptions = {}): Action {
    this.requireObservation(observation);
    const { network } = this;
    this.views ??= {
      observation: this.engine.arena.float32(this.row.observations, network.observationStride),
      action: this.engine.arena.float32(this.row.actions, network.distribution.actionSize),
    };
    this.normalizer.normalize(observation, this.views.observation, 0);
    act(
      this.engine.kernels,
      network.pointers,
      this.row,
      this.scratch,
      deterministic ? undefined : { seed: this.seed, step: this.draws++, firstEnvironment: 0 },
    );
    return toEnvironmentAction(this.spec.actionSpace, this.views.action);
  }

  /** Numbers of the parameter vector. */
  get parameterCount(): number {
    return this.network.layout.count;
  }

  /** The parameter vector, a copy: weights [in x out] row-major, bias, ..., log std. */
  getParameters(): Float32Array {
    return this.network.getParameters();
  }

  private requireObservation(observation: ArrayLike<number>): void {
    const { observationSize, environmentName } = this.spec;
    if (observation?.length !== observationSize) {
      throw new ShapeError(
        `An observation has ${observation?.length} numbers, this policy for ${environmentName} takes ${observationSize}`,
      );
    }
    for (let i = 0; i < observationSize; i++) {
      if (!Number.isFinite(observation[i])) {
        throw new NonFiniteError(`observation[${i}] is ${observation[i]}; every number must be finite`);
      }
    }
  }
}
