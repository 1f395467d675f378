import { spaceFromJson, spaceToJson } from '../environments/spaceJson.js';
import { FileError } from '../errors.js';
import { NamedTensors, putFloat64, requireFormat } from '../files/namedTensors.js';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../files/safetensors.js';
import type { PolicySpec } from '../policy/policy.js';
import type { RolloutProgress } from '../rollout/rollout.js';
import { type GuardState, putGuard, readGuard } from './guardState.js';
import {
  type LearnerHeader,
  type LearnerState,
  putLearner,
  readLearner,
  type StateLayout,
} from './learnerState.js';

/** What a run needs to go on exactly where it stopped. */
export interface TrainerState extends LearnerState {
  readonly spec: PolicySpec;
  readonly valueHiddenSizes: readonly number[];
  readonly options: Readonly<Record<string, unknown>>;
  /** Which build of the kernels made it. */
  readonly variant: string;
  readonly iteration: number;
  readonly timesteps: number;
  /** Absent in runs without a guard. */
  readonly guard?: GuardState<LearnerState>;
  readonly discountedReturns: Float64Array;
  readonly rollout: RolloutProgress;
}

const FORMAT = 'wasm-trpo/checkpoint';
const VERSION = 1;

/** A checkpoint file: safetensors with a named tensor for each part, and the rest as JSON in its header. */
export function encodeTrainerState(state: TrainerState, layout: StateLayout): Uint8Array {
  const tensors = new Map<string, Tensor>();
  const learner = putLearner(tensors, '', layout, state);
  putFloat64(tensors, 'rewards/discountedReturns', state.discountedReturns);
  putFloat64(tensors, 'episodes/returns', state.rollout.recentReturns);
  putFloat64(tensors, 'episodes/lengths', state.rollout.recentLengths);
  state.rollout.environments.forEach((environment, index) => {
    const name = `environment${index}`;
    putFloat64(tensors, `${name}/observation`, environment.observation);
    putFloat64(tensors, `${name}/episode`, [environment.episodeReturn, environment.episodeLength]);
    if (environment.state !== undefined) putFloat64(tensors, `${name}/state`, environment.state);
  });
  const run = {
    spec: { ...state.spec, actionSpace: spaceToJson(state.spec.actionSpace) },
    valueHiddenSizes: state.valueHiddenSizes,
    options: state.options,
    variant: state.variant,
    iteration: state.iteration,
    timesteps: state.timesteps,
    ...learner,
    guard: state.guard && putGuard(tensors, layout, state.guard),
    ticks: state.rollout.ticks,
    environments: state.rollout.environments.length,
  };
  return encodeSafetensors(tensors, {
    format: FORMAT,
    version: String(VERSION),
    run: JSON.stringify(run),
  });
}

/**
 * The state in a checkpoint file. `layout` gives the shapes that its network must have; `check` sees the header first
 * and throws when the file is not for this run. Throws FileError for a damaged or foreign file, MismatchError for
 * another network.
 */
export function decodeTrainerState(
  bytes: Uint8Array,
  fileName: string,
  layout: StateLayout,
  check: (spec: PolicySpec) => void,
): TrainerState {
  const { tensors, metadata } = decodeSafetensors(bytes, fileName, { requireChecksum: true });
  const run = readRun(metadata, fileName);
  const spec = { ...run.spec, actionSpace: spaceFromJson(run.spec.actionSpace, fileName) };
  check(spec);
  const file = new NamedTensors(tensors, fileName);
  return {
    ...run,
    spec,
    ...readLearner(file, '', layout, run),
    guard: run.guard === undefined ? undefined : readGuard(file, layout, run.guard, fileName),
    discountedReturns: file.float64('rewards/discountedReturns'),
    rollout: {
      ticks: run.ticks,
      recentReturns: [...file.float64('episodes/returns')],
      recentLengths: [...file.float64('episodes/lengths')],
      environments: Array.from({ length: run.environments }, (_, index) => {
        const name = `environment${index}`;
        const [episodeReturn, episodeLength] = file.float64(`${name}/episode`);
        const observation = file.float64(`${name}/observation`);
        if (!tensors.has(`${name}/state`)) return { observation, episodeReturn, episodeLength };
        return { state: file.float64(`${name}/state`), observation, episodeReturn, episodeLength };
      }),
    },
  };
}

interface RunHeader extends LearnerHeader {
  spec: Omit<PolicySpec, 'actionSpace'> & { actionSpace: unknown };
  valueHiddenSizes: number[];
  options: Record<string, unknown>;
  variant: string;
  iteration: number;
  timesteps: number;
  /** Absent in runs without a guard; `readGuard` checks it. */
  guard?: unknown;
  ticks: number;
  environments: number;
}

function readRun(metadata: Readonly<Record<string, string>>, fileName: string): RunHeader {
  requireFormat(metadata, fileName, FORMAT, VERSION);
  try {
    return JSON.parse(metadata.run);
  } catch (cause) {
    throw new FileError(`${fileName}: the header's "run" is not JSON; the file is damaged`, { cause });
  }
}
