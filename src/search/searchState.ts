import { putMoments, readMoments } from '../checkpoint/learnerState.js';
import { spaceToJson } from '../environments/spaceJson.js';
import { FileError, MismatchError } from '../errors.js';
import { NamedTensors, putFloat64, requireFormat } from '../files/namedTensors.js';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../files/safetensors.js';
import type { RunningMoments } from '../normalization/runningMoments.js';
import type { PolicySpec } from '../policy/policy.js';

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
  readonly recentReturns: readonly number[];
  readonly recentLengths: readonly number[];
}

/** A checkpoint file: safetensors, with the rest as JSON in its header. */
export function encodeSearchState(state: SearchState): Uint8Array {
  const tensors = new Map<string, Tensor>();
  for (const [name, values] of Object.entries(state.search)) putFloat64(tensors, `search/${name}`, values);
  putMoments(tensors, 'normalizer', state.normalizer);
  putFloat64(tensors, 'episodes/returns', state.recentReturns);
  putFloat64(tensors, 'episodes/lengths', state.recentLengths);
  const { spec, options, variant, timesteps } = state;
  return encodeSafetensors(tensors, {
    format: FORMAT,
    version: String(VERSION),
    run: JSON.stringify({ identity: identityOf(spec), options, variant, timesteps }),
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
  const { tensors, metadata } = decodeSafetensors(bytes, fileName, { requireChecksum: true });
  requireFormat(metadata, fileName, FORMAT, VERSION);
  let run: { identity: string; timesteps: number };
  try {
    run = JSON.parse(metadata.run);
  } catch (cause) {
    throw new FileError(`${fileName}: the header's "run" is not JSON; the file is damaged`, { cause });
  }
  if (run.identity !== identityOf(expected.spec)) {
    throw new MismatchError(
      `${fileName} belongs to ${run.identity}, this run trains ${identityOf(expected.spec)}; give the right checkpoint`,
    );
  }
  const file = new NamedTensors(tensors, fileName);
  const search = Object.entries(expected.search).map(([name, { length }]) => {
    const values = file.float64(`search/${name}`);
    if (values.length !== length) {
      throw new MismatchError(
        `${fileName}: search/${name} has ${values.length} numbers, this run needs ${length}; hidden sizes and algorithm must be those of the file`,
      );
    }
    return [name, values] as const;
  });
  return {
    timesteps: run.timesteps,
    search: Object.fromEntries(search),
    normalizer: readMoments(file, 'normalizer'),
    recentReturns: [...file.float64('episodes/returns')],
    recentLengths: [...file.float64('episodes/lengths')],
  };
}

/** Such as "CartPole-v1 (4 observations, actions {...}, hidden 64,64)". */
function identityOf({ environmentName, observationSize, actionSpace, hiddenSizes }: PolicySpec): string {
  return `${environmentName} (${observationSize} observations, actions ${JSON.stringify(spaceToJson(actionSpace))}, hidden ${hiddenSizes.join(',') || 'none'})`;
}
