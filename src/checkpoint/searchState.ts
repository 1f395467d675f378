import { MismatchError } from '../errors.js';
import { isCounter, isObject, type Refuse, shown } from '../files/json.js';
import { NamedTensors, putFloat64 } from '../files/namedTensors.js';
import { encodeSafetensors, type Tensor } from '../files/safetensors.js';
import { describeLayer } from '../network/networkSpec.js';
import type { RunningMoments } from '../normalization/runningMoments.js';
import { describeUnits, type PolicySpec } from '../policy/policySpec.js';
import { SPEC_JSON_LIMITS } from '../policy/policySpecJson.js';
import type { EpisodesState } from '../rollout/episodes.js';
import { openCheckpoint } from './checkpointFile.js';
import { putEpisodes, readEpisodes } from './episodesState.js';
import { putMoments, readMoments } from './learnerState.js';

const FORMAT = 'wasm-trpo/search-checkpoint';
const VERSION = 1;

/** What a search needs to go on exactly after its last whole generation. */
export interface SearchState {
  readonly spec: PolicySpec;
  readonly options: Readonly<Record<string, unknown>>;
  /** Which build of the kernels made it. */
  readonly variant: string;
  readonly timesteps: number;
  /** Of the search's distribution, as `ParameterSearch.save` gives it. */
  readonly search: Readonly<Record<string, Float64Array>>;
  readonly normalizer: RunningMoments;
  readonly recent: EpisodesState;
}

/** A checkpoint file: safetensors, with the rest as JSON in its header. */
export function encodeSearchState(state: SearchState): Uint8Array {
  const tensors = new Map<string, Tensor>();
  for (const [name, values] of Object.entries(state.search)) putFloat64(tensors, `search/${name}`, values);
  putMoments(tensors, 'normalizer', state.normalizer);
  const episodes = putEpisodes(tensors, state.recent);
  const { spec, options, variant, timesteps } = state;
  return encodeSafetensors(tensors, {
    format: FORMAT,
    version: String(VERSION),
    run: JSON.stringify({ identity: identityOf(spec), options, variant, timesteps, ...episodes }),
  });
}

/**
 * The state in a checkpoint file, for a run of this policy whose search saves vectors of these lengths. Throws FileError or
 * MismatchError naming the file.
 */
export function decodeSearchState(
  bytes: Uint8Array,
  fileName: string,
  expected: Pick<SearchState, 'spec' | 'search'>,
): Omit<SearchState, 'spec' | 'options' | 'variant'> {
  const { tensors, run, refuse } = openCheckpoint(bytes, fileName, FORMAT, VERSION, SPEC_JSON_LIMITS);
  const { identity, timesteps } = readRun(run, refuse);
  if (identity !== identityOf(expected.spec)) {
    throw new MismatchError(
      `${fileName} belongs to ${identity}, this run trains ${identityOf(expected.spec)}; give the right checkpoint`,
    );
  }
  const file = new NamedTensors(tensors, fileName);
  const search = Object.entries(expected.search).map(
    ([name, { length }]) => [name, file.float64(`search/${name}`, length)] as const,
  );
  return {
    timesteps,
    search: Object.fromEntries(search),
    normalizer: readMoments(file, 'normalizer', expected.spec.observationSize),
    recent: readEpisodes(file, run, refuse),
  };
}

function readRun(run: unknown, refuse: Refuse): { identity: string; timesteps: number } {
  const { identity, timesteps } = isObject(run) ? run : {};
  if (typeof identity !== 'string') return refuse(`its identity is ${shown(identity)}, not a text`);
  if (!isCounter(timesteps)) return refuse(`its timesteps are ${shown(timesteps)}, which counts nothing`);
  return { identity, timesteps };
}

/** Such as "CartPole-v1 (4 observations, actions {...}, hidden 64,64)". */
function identityOf(spec: PolicySpec): string {
  const hidden =
    spec.layers.map((layer) => (layer.kind === 'dense' ? layer.units : describeLayer(layer))).join(',') ||
    'none';
  return `${spec.environmentName} (${describeUnits(spec)}, hidden ${hidden})`;
}
