import { allowsAction } from '../environments/actionMask.js';
import { type Told, writeObservation } from '../environments/flattenObservation.js';
import { type ActionSpace, isMasked } from '../environments/spaces.js';
import type { Observation } from '../environments/structuredSpaces.js';
import { NonFiniteError, ShapeError, TrpoError } from '../errors.js';
import type { ActingNormalizer, FrozenNormalizer } from '../normalization/actingNormalizer.js';
import { type Pointer, ROW_TILE } from '../wasm/kernels.js';
import type { ActingEngine } from '../wasm/load.js';
import {
  type ActionOf,
  type DistributionInputs,
  type DistributionOf,
  distributionOf,
  entropyOf,
  logProbabilityOf,
} from './actionDistribution.js';
import { type ActionUnits, actionUnits, toEnvironmentAction, toPolicyAction } from './actionUnits.js';
import { requireDraw } from './givenDraw.js';
import { type GivenMask, readMasks } from './givenMasks.js';
import { type ActionDraw, act, type PolicyNetwork } from './policyNetwork.js';
import { type ActionRows, actionColumns, reserveRows } from './policyRows.js';
import type { PolicySpec } from './policySpec.js';

export interface ActOptions {
  /** The most probable action (or the mean) instead of a draw. Default false. */
  readonly deterministic?: boolean;
  /**
   * Names the draw instead of taking the policy's next one: the same name gives the same random numbers, whatever was drawn
   * before, and the draws of `act` and `actBatch` without a name go on as if there had been none.
   */
  readonly draw?: ActionDraw;
  /**
   * Which choices may be taken, as the environment tells in info: 1 or true for each of them, else 0 or false, part after part.
   * A policy that was trained with masks must have one, any other must not.
   */
  readonly mask?: GivenMask;
}

/** What `distribution`, `logProbability` and `entropy` take. */
export type DistributionOptions = Pick<ActOptions, 'mask'>;

/** What `actBatch` takes: as ActOptions, for several observations. */
export interface ActBatchOptions extends Omit<ActOptions, 'mask'> {
  /** A mask for each observation. */
  readonly masks?: readonly GivenMask[];
}

/** All that a policy acts by, as plain data. */
export interface PolicySnapshot {
  readonly spec: PolicySpec;
  /** Weights [in x out] row-major, bias, ..., log std. */
  readonly parameters: Float32Array;
  /** Absent where observations reach the network as they are; each [observationSize]. */
  readonly normalizer?: FrozenNormalizer;
  readonly observationClip: number;
  /** How many observations the normaliser comes from. */
  readonly observationCount: number;
}

/** V of the observation in the first of these rows, normalised, in units of the rewards. */
export type StateValue = (rows: ActionRows) => number;

/** What a policy acts with, until it is closed. */
interface Held {
  readonly engine: ActingEngine;
  readonly network: PolicyNetwork;
  readonly normalizer: ActingNormalizer;
  /** Absent where no value function is at hand. */
  readonly stateValue?: StateValue;
}

/** A policy as users meet it: raw observation in, action for the environment out. */
export class Policy<Space extends ActionSpace = ActionSpace> {
  /** Seed of the draws of `act` and `actBatch`; the n-th call draws by it, n and the row alone. */
  seed = 0;
  private draws = 0;
  /** Made at the first act, when the arena is sealed. */
  private views?: {
    readonly observations: Float32Array;
    readonly masks: Uint8Array;
    readonly actions: Float32Array;
  };
  private readonly rows: ActionRows;
  /** [inputSize], where `distribution` and its kin find what the kernels say. */
  private readonly inputs: Pointer;
  private readonly units: ActionUnits;
  private readonly isMasked: boolean;
  private held?: Held;

  constructor(
    engine: ActingEngine,
    readonly spec: PolicySpec & { readonly actionSpace: Space },
    network: PolicyNetwork,
    normalizer: ActingNormalizer,
    private readonly scratch: Pointer,
    stateValue?: StateValue,
  ) {
    this.isMasked = isMasked(spec.actionSpace);
    this.units = actionUnits(spec.actionSpace, spec.rescaleActions);
    this.held = { engine, network, normalizer, stateValue };
    this.rows = reserveRows(engine.arena, 'act', actionColumns(network), ROW_TILE);
    this.inputs = engine.arena.reserveFloat32('distribution inputs', network.distribution.inputSize);
  }

  /**
   * The action for one observation, flat [observationSize] or a member of `spec.observationSpace`: a whole number for Discrete,
   * an array for other spaces, clipped to the bounds of a Box. Throws ShapeError or NonFiniteError for an observation that the
   * policy cannot take, and NonFiniteError when its parameters are so large that its action is no number, OptionError for a draw
   * or a mask that is none, and for a mask that is missing.
   */
  act(given: Observation, { deterministic = false, draw, mask }: ActOptions = {}): ActionOf<Space> {
    const observation = this.flat(given, 'observation');
    requireDraw(draw);
    const masks = this.readMask(mask);
    const { observations, actions } = this.openViews();
    this.normalizer.normalize(observation, observations, 0);
    this.actOnRows(1, 0, masks, deterministic ? undefined : (draw ?? this.nextDraw()));
    return toEnvironmentAction(this.units, actions) as ActionOf<Space>;
  }

  /**
   * An action for each observation [rows], as `act` takes and gives it, a tile of rows in one pass. Each row has random
   * numbers of its own; the first has those that `act` would draw. Throws as `act`, and then nothing was drawn.
   */
  actBatch(
    given: readonly Observation[],
    { deterministic = false, draw, masks: givenMasks }: ActBatchOptions = {},
  ): ActionOf<Space>[] {
    const batch = given.map((observation, row) => this.flat(observation, `batch[${row}]`));
    requireDraw(draw);
    const masks = readMasks(this.spec, givenMasks, batch.length, (row) => `masks[${row}]`);
    const { observations, actions } = this.openViews();
    const { observationStride, distribution } = this.network;
    const drawn = deterministic ? undefined : (draw ?? this.nextDraw());
    const results: ActionOf<Space>[] = [];
    for (let first = 0; first < batch.length; first += ROW_TILE) {
      const rows = Math.min(ROW_TILE, batch.length - first);
      for (let row = 0; row < rows; row++) {
        this.normalizer.normalize(batch[first + row], observations, row * observationStride);
      }
      this.actOnRows(rows, first, masks, drawn);
      for (let row = 0; row < rows; row++) {
        const action = toEnvironmentAction(this.units, actions, row * distribution.actionSize);
        results.push(action as ActionOf<Space>);
      }
    }
    return results;
  }

  /**
   * The distribution that `act` draws from at one observation: probabilities, or mean and standard deviation of a Box, in its own units
   * and before actions are clipped to its bounds. Throws as `act`.
   */
  distribution(observation: Observation, options: DistributionOptions = {}): DistributionOf<Space> {
    return distributionOf(this.units, this.inputsAt(observation, options)) as DistributionOf<Space>;
  }

  /**
   * ln p(action | observation), nats; of a Box the logarithm of the density, in its own units and before actions are clipped to its
   * bounds. -Infinity for a choice that the mask forbids. Throws as `act`, and ShapeError or OptionError for an action that is no
   * member of the action space; numbers of a Box may lie outside its bounds.
   */
  logProbability(
    observation: Observation,
    action: ActionOf<Space> | ArrayLike<number>,
    options: DistributionOptions = {},
  ): number {
    const numbers = toPolicyAction(this.units, action, `policy for ${this.spec.environmentName}`);
    return logProbabilityOf(this.units, this.inputsAt(observation, options), numbers);
  }

  /** -E ln p(action | observation), nats: of a Box the differential entropy, in its own units. Throws as `act`. */
  entropy(observation: Observation, options: DistributionOptions = {}): number {
    return entropyOf(this.units, this.inputsAt(observation, options));
  }

  /**
   * V(observation): the discounted return that the value function expects from there on, in units of the rewards. Throws as `act`, and
   * TrpoError where no value function is at hand: a trainer's policy has one, and one that was loaded from a checkpoint.
   */
  value(observation: Observation): number {
    const { stateValue } = this.open();
    if (stateValue === undefined) {
      throw new TrpoError(
        `The policy for ${this.spec.environmentName} came without a value function: a policy file has none, nor has a search; load the run's checkpoint.safetensors, or take the policy of a trainer`,
      );
    }
    const numbers = this.flat(observation, 'observation');
    this.normalizer.normalize(numbers, this.openViews().observations, 0);
    const value = stateValue(this.rows);
    if (Number.isFinite(value)) return value;
    throw new NonFiniteError(
      `The value function for ${this.spec.environmentName} gave ${value}; its parameters have diverged: train it with a lower valueLearningRate, or use an earlier file`,
    );
  }

  /** Numbers of the parameter vector. */
  get parameterCount(): number {
    return this.network.layout.count;
  }

  /** The parameter vector, a copy: weights [in x out] row-major, bias, ..., log std. */
  getParameters(): Float32Array {
    return this.network.getParameters();
  }

  /**
   * Replaces the parameter vector, in the order of `getParameters`; numbers are rounded to float32. A trainer's policy may be
   * changed between iterations, and learns on from there; that of a search becomes the search's mean again after each
   * generation. Throws ShapeError for another length and NonFiniteError for a number that is none in float32; then nothing
   * has changed.
   */
  setParameters(parameters: ArrayLike<number>): void {
    const { network, spec } = this;
    const { layout } = network;
    if (parameters?.length !== layout.count) {
      throw new ShapeError(
        `parameters has ${parameters?.length} numbers, this policy for ${spec.environmentName} has ${layout.count}: ${layout.describe()}; give as many, in the order of getParameters()`,
      );
    }
    for (let i = 0; i < parameters.length; i++) {
      if (Number.isFinite(Math.fround(parameters[i]))) continue;
      throw new NonFiniteError(
        `parameters[${i}] is ${parameters[i]}; every number must be finite in float32`,
      );
    }
    network.setParameters(parameters);
  }

  /** All that it acts by at the moment, copies. */
  get snapshot(): PolicySnapshot {
    const { network, normalizer, spec } = this;
    return {
      spec,
      parameters: network.getParameters(),
      normalizer: normalizer.enabled ? normalizer.frozen : undefined,
      observationClip: normalizer.clip,
      observationCount: normalizer.count,
    };
  }

  /**
   * Gives back the memory of a policy that was loaded: some 10 GiB of address space each, so that a process can hold a few
   * thousand at most. `spec` stays; everything else then throws TrpoError. A second call does nothing. The memory of a
   * trainer's policy belongs to the trainer and stays with it.
   */
  close(): void {
    this.held = undefined;
    this.views = undefined;
  }

  private get engine(): ActingEngine {
    return this.open().engine;
  }

  private get network(): PolicyNetwork {
    return this.open().network;
  }

  private get normalizer(): ActingNormalizer {
    return this.open().normalizer;
  }

  private open(): Held {
    if (this.held !== undefined) return this.held;
    throw new TrpoError(
      `The policy for ${this.spec.environmentName} was closed by close(); load it again (loadPolicy, or createPolicy of wasm-trpo/edge), or close it later`,
    );
  }

  private openViews(): NonNullable<Policy['views']> {
    const { arena } = this.engine;
    const { observationStride, distribution } = this.network;
    this.views ??= {
      observations: arena.float32(this.rows.observations, ROW_TILE * observationStride),
      masks: arena.uint8(this.rows.masks, ROW_TILE * distribution.maskWords * 4),
      actions: arena.float32(this.rows.actions, ROW_TILE * distribution.actionSize),
    };
    return this.views;
  }

  /** What the kernels say at one observation. */
  private inputsAt(given: Observation, { mask }: DistributionOptions): DistributionInputs {
    const numbers = this.flat(given, 'observation');
    const masks = this.readMask(mask);
    const { engine, network, normalizer } = this.open();
    const { inputSize, logStdSize } = network.distribution;
    normalizer.normalize(numbers, this.openViews().observations, 0);
    if (masks !== undefined) this.putMasks(1, 0, masks);
    const { pointers } = network;
    engine.kernels.distributionInputs(
      pointers.network,
      pointers.distribution,
      pointers.parameters,
      this.rows.observations,
      this.rows.masks,
      1,
      this.inputs,
      this.scratch,
    );
    const inputs = engine.arena.float32(this.inputs, inputSize).slice();
    if (!inputs.every(Number.isFinite)) {
      throw new NonFiniteError(
        `The policy for ${this.spec.environmentName} gave ${inputs.find((input) => !Number.isFinite(input))}; its parameters have diverged: train it with a lower maxKl, or use an earlier file`,
      );
    }
    const logStd = logStdSize === 0 ? [] : network.getParameters().subarray(-logStdSize);
    return { inputs, logStd, mask: masks };
  }

  /** Most policies have none: nothing is paid for them. */
  private readMask(mask: GivenMask | undefined): Uint8Array | undefined {
    if (mask === undefined && !this.isMasked) return undefined;
    return readMasks(this.spec, mask && [mask], 1, () => 'mask');
  }

  private nextDraw(): ActionDraw {
    return { seed: this.seed, step: this.draws++, firstEnvironment: 0 };
  }

  /**
   * Acts on the first rows of the views, which are those from `firstRow` on, of `masks` too; `draw` is absent for the mode.
   */
  private actOnRows(
    rows: number,
    firstRow: number,
    masks: Uint8Array | undefined,
    draw: ActionDraw | undefined,
  ): void {
    if (masks !== undefined) this.putMasks(rows, firstRow, masks);
    act(
      this.engine.kernels,
      this.network.pointers,
      { ...this.rows, rows },
      this.scratch,
      draw && firstRow > 0 ? { ...draw, firstEnvironment: draw.firstEnvironment + firstRow } : draw,
    );
    this.requireFiniteActions(rows);
    if (masks !== undefined) this.requireAllowedActions(rows, firstRow, masks);
  }

  private putMasks(rows: number, firstRow: number, masks: Uint8Array): void {
    const { inputSize, maskWords } = this.network.distribution;
    for (let row = 0; row < rows; row++) {
      const first = (firstRow + row) * inputSize;
      this.openViews().masks.set(masks.subarray(first, first + inputSize), row * maskWords * 4);
    }
  }

  /** Comparisons with logits that are no numbers may choose anything. */
  private requireAllowedActions(rows: number, firstRow: number, masks: Uint8Array): void {
    const { actionSpace, environmentName } = this.spec;
    const { inputSize, actionSize } = this.network.distribution;
    const { actions } = this.openViews();
    if (!isMasked(actionSpace)) return;
    for (let row = 0; row < rows; row++) {
      if (allowsAction(actionSpace, masks, actions, (firstRow + row) * inputSize, row * actionSize)) continue;
      throw new NonFiniteError(
        `The policy for ${environmentName} has logits that are no numbers, and chose what its mask forbids; its parameters have diverged: train it with a lower maxKl, or use an earlier file`,
      );
    }
  }

  private requireFiniteActions(rows: number): void {
    const { actions } = this.openViews();
    const size = rows * this.network.distribution.actionSize;
    for (let i = 0; i < size; i++) {
      if (Number.isFinite(actions[i])) continue;
      throw new NonFiniteError(
        `The policy for ${this.spec.environmentName} gave the action ${actions[i]}; its parameters have diverged: train it with a lower maxKl, or use an earlier file`,
      );
    }
  }

  /** The numbers of an observation, which are finite: as many numbers in a row as a flat one has are taken as flat. */
  private flat(given: Observation, name: string): ArrayLike<number> {
    const { observationSize, environmentName, observationSpace } = this.spec;
    const observation = given as ArrayLike<number>;
    if (observationSpace !== undefined && !isFlat(observation, observationSize)) {
      const told: Told = (what) => `The policy for ${environmentName} was given ${what}`;
      const numbers = new Float64Array(observationSize);
      writeObservation(numbers, 0, observationSpace, given, told, name);
      return numbers;
    }
    if (observation?.length !== observationSize) {
      throw new ShapeError(
        `${name} has ${observation?.length} numbers, this policy for ${environmentName} takes ${observationSize}; give ${observationSize} numbers in the order of the environment`,
      );
    }
    for (let i = 0; i < observationSize; i++) {
      if (!Number.isFinite(observation[i])) {
        throw new NonFiniteError(`${name}[${i}] is ${observation[i]}; every number must be finite`);
      }
    }
    return observation;
  }
}

function isFlat(observation: ArrayLike<unknown> | null | undefined, size: number): boolean {
  return observation?.length === size && typeof observation[0] === 'number';
}
