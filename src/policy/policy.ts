import type { Action } from '../environments/environment.js';
import { NonFiniteError, OptionError, ShapeError, TrpoError } from '../errors.js';
import type { ActingNormalizer, FrozenNormalizer } from '../normalization/actingNormalizer.js';
import { type Pointer, ROW_TILE } from '../wasm/kernels.js';
import type { ActingEngine } from '../wasm/load.js';
import { type ActionUnits, actionUnits, toEnvironmentAction } from './actionUnits.js';
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

/** What a policy acts with, until it is closed. */
interface Held {
  readonly engine: ActingEngine;
  readonly network: PolicyNetwork;
  readonly normalizer: ActingNormalizer;
}

/** A policy as users meet it: raw observation in, action for the environment out. */
export class Policy {
  /** Seed of the draws of `act` and `actBatch`; the n-th call draws by it, n and the row alone. */
  seed = 0;
  private draws = 0;
  /** Made at the first act, when the arena is sealed. */
  private views?: { readonly observations: Float32Array; readonly actions: Float32Array };
  private readonly rows: ActionRows;
  private readonly units: ActionUnits;
  private held?: Held;

  constructor(
    engine: ActingEngine,
    readonly spec: PolicySpec,
    network: PolicyNetwork,
    normalizer: ActingNormalizer,
    private readonly scratch: Pointer,
  ) {
    this.units = actionUnits(spec.actionSpace, spec.rescaleActions);
    this.held = { engine, network, normalizer };
    this.rows = reserveRows(engine.arena, 'act', actionColumns(network), ROW_TILE);
  }

  /**
   * The action for one observation [observationSize]: a whole number for Discrete, an array for other spaces, clipped
   * to the bounds of a Box. Throws ShapeError or NonFiniteError for an observation that the policy cannot take, and
   * NonFiniteError when its parameters are so large that its action is no number, OptionError for a draw that is none.
   */
  act(observation: ArrayLike<number>, { deterministic = false, draw }: ActOptions = {}): Action {
    this.requireObservation(observation, 'observation');
    requireDraw(draw);
    const { observations, actions } = this.openViews();
    this.normalizer.normalize(observation, observations, 0);
    this.actOnRows(1, 0, deterministic ? undefined : (draw ?? this.nextDraw()));
    return toEnvironmentAction(this.units, actions);
  }

  /**
   * An action for each observation [rows][observationSize], as `act` gives it, a tile of rows in one pass. Each row has random
   * numbers of its own; the first has those that `act` would draw. Throws as `act`, and then nothing was drawn.
   */
  actBatch(batch: readonly ArrayLike<number>[], { deterministic = false, draw }: ActOptions = {}): Action[] {
    batch.forEach((observation, row) => {
      this.requireObservation(observation, `batch[${row}]`);
    });
    requireDraw(draw);
    const { observations, actions } = this.openViews();
    const { observationStride, distribution } = this.network;
    const drawn = deterministic ? undefined : (draw ?? this.nextDraw());
    const results: Action[] = [];
    for (let first = 0; first < batch.length; first += ROW_TILE) {
      const rows = Math.min(ROW_TILE, batch.length - first);
      for (let row = 0; row < rows; row++) {
        this.normalizer.normalize(batch[first + row], observations, row * observationStride);
      }
      this.actOnRows(rows, first, drawn);
      for (let row = 0; row < rows; row++) {
        results.push(toEnvironmentAction(this.units, actions, row * distribution.actionSize));
      }
    }
    return results;
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

  private openViews(): { readonly observations: Float32Array; readonly actions: Float32Array } {
    const { arena } = this.engine;
    const { observationStride, distribution } = this.network;
    this.views ??= {
      observations: arena.float32(this.rows.observations, ROW_TILE * observationStride),
      actions: arena.float32(this.rows.actions, ROW_TILE * distribution.actionSize),
    };
    return this.views;
  }

  private nextDraw(): ActionDraw {
    return { seed: this.seed, step: this.draws++, firstEnvironment: 0 };
  }

  /** Acts on the first rows of the views, which are those from `firstRow` on; `draw` is absent for the mode. */
  private actOnRows(rows: number, firstRow: number, draw: ActionDraw | undefined): void {
    act(
      this.engine.kernels,
      this.network.pointers,
      { ...this.rows, rows },
      this.scratch,
      draw && firstRow > 0 ? { ...draw, firstEnvironment: draw.firstEnvironment + firstRow } : draw,
    );
    this.requireFiniteActions(rows);
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

  private requireObservation(observation: ArrayLike<number>, name: string): void {
    const { observationSize, environmentName } = this.spec;
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
  }
}

/** Environments are counted in 32 bits. */
const MOST_ENVIRONMENTS = 2 ** 32;

function requireDraw(draw: ActionDraw | undefined): void {
  if (draw === undefined) return;
  const { seed, step, firstEnvironment } = draw;
  requireCounter('seed', seed, Number.MAX_SAFE_INTEGER);
  requireCounter('step', step, Number.MAX_SAFE_INTEGER);
  requireCounter('firstEnvironment', firstEnvironment, MOST_ENVIRONMENTS - 1);
}

function requireCounter(name: string, value: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= 0 && value <= most) return;
  throw new OptionError(`draw.${name} = ${value}: it must be a whole number from 0 to ${most}`);
}
