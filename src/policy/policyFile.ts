import { spaceFromJson, spaceToJson } from '../environments/spaceJson.js';
import { FileError, MismatchError } from '../errors.js';
import { NamedTensors, putFloat64, putParts, requireFormat } from '../files/namedTensors.js';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../files/safetensors.js';
import { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import type { ActingEngine } from '../wasm/load.js';
import { reserveScratch } from '../wasm/scratch.js';
import { type DistributionSpec, distributionFor } from './distributionSpec.js';
import { ACTIVATIONS, layersOf, type NetworkSpec } from './networkSpec.js';
import { ParameterLayout } from './parameterLayout.js';
import { Policy, type PolicySpec } from './policy.js';
import { PolicyNetwork } from './policyNetwork.js';

const FORMAT = 'wasm-trpo/policy';
const VERSION = 1;

/** A policy file: everything that acting needs, as named tensors, with the rest as JSON in the header. */
export function encodePolicy(
  spec: PolicySpec,
  network: Pick<PolicyNetwork, 'layout' | 'getParameters'>,
  normalizer: ObservationNormalizer,
  timesteps: number,
): Uint8Array {
  const tensors = new Map<string, Tensor>();
  putParts(tensors, 'policy', network.layout.parts, network.getParameters());
  if (normalizer.enabled) {
    const { mean, scale } = normalizer.frozen;
    putFloat64(tensors, 'observation/mean', mean);
    putFloat64(tensors, 'observation/scale', scale);
  }
  return encodeSafetensors(tensors, {
    format: FORMAT,
    version: String(VERSION),
    timesteps: String(timesteps),
    policy: JSON.stringify({
      ...spec,
      actionSpace: spaceToJson(spec.actionSpace),
      observationClip: normalizer.clip,
    }),
  });
}

/** What a policy file says. */
export interface PolicyContent {
  readonly spec: PolicySpec;
  readonly distribution: DistributionSpec;
  readonly networkSpec: NetworkSpec;
  readonly layout: ParameterLayout;
  /** [layout.count], unpadded. */
  readonly parameters: Float32Array;
  /** Absent where observations reach the network as they are; each [observationSize]. */
  readonly normalizer?: { readonly mean: Float64Array; readonly scale: Float64Array };
  readonly observationClip: number;
}

/** Reads the bytes of a policy file. Throws FileError or MismatchError naming the file. */
export function readPolicyFile(bytes: Uint8Array, fileName: string): PolicyContent {
  const { tensors, metadata } = decodeSafetensors(bytes, fileName, { requireChecksum: true });
  requireFormat(metadata, fileName, FORMAT, VERSION);
  const { spec, observationClip } = readHeader(metadata.policy, fileName);
  const distribution = distributionFor(spec.actionSpace);
  const networkSpec = {
    inputSize: spec.observationSize,
    hiddenSizes: spec.hiddenSizes,
    outputSize: distribution.inputSize,
    activation: spec.activation,
  };
  requireSize(tensors, networkSpec, distribution.logStdSize, fileName);
  const layout = new ParameterLayout(networkSpec, distribution.logStdSize);
  const file = new NamedTensors(tensors, fileName);
  const parameters = file.parts('policy', layout.parts);
  const content = { spec, distribution, networkSpec, layout, parameters, observationClip };
  if (!tensors.has('observation/mean')) return content;
  const mean = file.float64('observation/mean');
  const scale = file.float64('observation/scale');
  if (mean.length !== spec.observationSize || scale.length !== spec.observationSize) {
    throw new FileError(
      `${fileName}: the normaliser has ${mean.length} components, the policy takes ${spec.observationSize}`,
    );
  }
  return { ...content, normalizer: { mean, scale } };
}

/**
 * A policy from the bytes of its file, on an engine of its own, which is sealed. Throws FileError or MismatchError
 * naming the file.
 */
export function decodePolicy(engine: ActingEngine, bytes: Uint8Array, fileName: string): Policy {
  const content = readPolicyFile(bytes, fileName);
  const { spec, distribution, networkSpec, layout, normalizer: frozen } = content;
  const network = new PolicyNetwork(engine, networkSpec, distribution, layout);
  const normalizer = new ObservationNormalizer(
    spec.observationSize,
    frozen !== undefined,
    content.observationClip,
  );
  const scratch = reserveScratch(engine, 'scratch', network.scratchNeed);
  const policy = new Policy(engine, spec, network, normalizer, scratch);
  engine.arena.seal();
  network.setParameters(content.parameters);
  if (frozen !== undefined) normalizer.restoreFrozen(frozen.mean, frozen.scale);
  return policy;
}

/** Before anything is reserved: a header may ask for any size, the file holds what it holds. */
function requireSize(
  tensors: ReadonlyMap<string, Tensor>,
  spec: NetworkSpec,
  logStdSize: number,
  fileName: string,
): void {
  const needed = layersOf(spec).reduce(
    (sum, { inputSize, outputSize }) => sum + (inputSize + 1) * outputSize,
    logStdSize,
  );
  let stored = 0;
  for (const [name, { data }] of tensors) if (name.startsWith('policy/')) stored += data.length;
  if (stored !== needed) {
    throw new MismatchError(
      `${fileName}: the header describes a policy of ${needed} parameters, the file holds ${stored}; it was altered, give the file that training wrote`,
    );
  }
}

function readHeader(text: string, fileName: string): { spec: PolicySpec; observationClip: number } {
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw new FileError(`${fileName}: the header's "policy" is not JSON; the file is damaged`, { cause });
  }
  const { environmentName, observationSize, hiddenSizes, activation, actionSpace, observationClip } = header;
  if (
    typeof environmentName !== 'string' ||
    !isCount(observationSize) ||
    !Array.isArray(hiddenSizes) ||
    !hiddenSizes.every(isCount) ||
    !ACTIVATIONS.some((known) => known === activation) ||
    typeof observationClip !== 'number'
  ) {
    throw new FileError(`${fileName}: the header does not describe a policy: ${text.slice(0, 200)}`);
  }
  return {
    spec: {
      environmentName,
      observationSize,
      actionSpace: spaceFromJson(actionSpace, fileName),
      hiddenSizes,
      activation: activation as PolicySpec['activation'],
    },
    observationClip,
  };
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 1_000_000;
}
