import { spaceFromJson, spaceToJson } from '../environments/spaceJson.js';
import { FileError } from '../errors.js';
import { NamedTensors, putFloat64, putParts, requireFormat } from '../files/namedTensors.js';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../files/safetensors.js';
import { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import { createEngine } from '../wasm/load.js';
import { Team } from '../wasm/team.js';
import { distributionFor } from './distributionSpec.js';
import { ACTIVATIONS } from './networkSpec.js';
import { Policy, type PolicySpec } from './policy.js';
import { PolicyNetwork } from './policyNetwork.js';

const FORMAT = 'wasm-trpo/policy';
const VERSION = 1;

/** A policy file: everything that acting needs, as named tensors, with the rest as JSON in the header. */
export function encodePolicy(
  spec: PolicySpec,
  network: PolicyNetwork,
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

/** A policy from the bytes of its file, on kernels of its own. Throws FileError or MismatchError naming the file. */
export function decodePolicy(module: WebAssembly.Module, bytes: Uint8Array, fileName: string): Policy {
  const { tensors, metadata } = decodeSafetensors(bytes, fileName, { requireChecksum: true });
  requireFormat(metadata, fileName, FORMAT, VERSION);
  const { spec, observationClip } = readHeader(metadata.policy, fileName);
  const distribution = distributionFor(spec.actionSpace);
  const engine = createEngine(module);
  const network = new PolicyNetwork(
    engine,
    {
      inputSize: spec.observationSize,
      hiddenSizes: spec.hiddenSizes,
      outputSize: distribution.inputSize,
      activation: spec.activation,
    },
    distribution,
  );
  const file = new NamedTensors(tensors, fileName);
  const normalized = tensors.has('observation/mean');
  const normalizer = new ObservationNormalizer(spec.observationSize, normalized, observationClip);
  const team = new Team(engine, [network.scratchNeed]);
  const policy = new Policy(engine, spec, network, normalizer, team.scratch);
  engine.arena.seal();
  network.setParameters(file.parts('policy', network.layout.parts));
  if (normalized) {
    const mean = file.float64('observation/mean');
    const scale = file.float64('observation/scale');
    if (mean.length !== spec.observationSize || scale.length !== spec.observationSize) {
      throw new FileError(
        `${fileName}: the normaliser has ${mean.length} components, the policy takes ${spec.observationSize}`,
      );
    }
    normalizer.restoreFrozen(mean, scale);
  }
  return policy;
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
