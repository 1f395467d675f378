import { isMasked } from '../environments/spaces.js';
import { FileError, MismatchError } from '../errors.js';
import { isCounter, isObject, parseJson, type Refuse, shown } from '../files/json.js';
import { NamedTensors, putFloat64, putParts, requireFormat } from '../files/namedTensors.js';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../files/safetensors.js';
import type { NetworkSpec } from '../network/networkSpec.js';
import { ParameterLayout, parameterCount } from '../network/parameterLayout.js';
import { ActingNormalizer } from '../normalization/actingNormalizer.js';
import type { Pointer } from '../wasm/kernels.js';
import type { ActingEngine } from '../wasm/load.js';
import { largestNeed, reserveScratch, type ScratchNeed } from '../wasm/scratch.js';
import { type DistributionSpec, distributionFor } from './distributionSpec.js';
import { Policy, type PolicySnapshot, type StateValue } from './policy.js';
import { PolicyNetwork } from './policyNetwork.js';
import { fixedScaleOf, type PolicySpec, policyNetworkSpec } from './policySpec.js';
import { SPEC_JSON_LIMITS, specFromJson, specToJson } from './policySpecJson.js';

const FORMAT = 'wasm-trpo/policy';
/** Version 3 knows masks: earlier programs would act without them, and refuse it. Policies without masks stay in version 2. */
const VERSION = 3;

/**
 * A policy file: everything that acting needs, as named tensors, with the rest as JSON in the header. timesteps: that it was
 * trained for, where that is known.
 */
export function encodePolicy(
  spec: PolicySpec,
  network: Pick<PolicyNetwork, 'layout' | 'getParameters'>,
  normalizer: Pick<ActingNormalizer, 'enabled' | 'frozen' | 'clip' | 'count'>,
  timesteps?: number,
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
    version: String(isMasked(spec.actionSpace) ? VERSION : 2),
    ...(timesteps === undefined ? {} : { timesteps: String(timesteps) }),
    policy: JSON.stringify({
      ...specToJson(spec),
      observationClip: normalizer.clip,
      observationCount: normalizer.enabled ? normalizer.count : undefined,
    }),
  });
}

/**
 * A policy as the bytes of a policy file (safetensors), as it acts at the moment: one whose parameters were set, for
 * example.
 */
export function policyToSafetensors(policy: Policy): Uint8Array {
  const { spec, parameters, normalizer: frozen, observationClip, observationCount } = policy.snapshot;
  const distribution = distributionFor(spec.actionSpace);
  const layout = new ParameterLayout(policyNetworkSpec(spec, distribution), distribution.logStdSize);
  const normalizer = new ActingNormalizer(
    spec.observationSize,
    frozen !== undefined,
    observationClip,
    fixedScaleOf(spec),
  );
  if (frozen !== undefined) normalizer.restoreFrozen(frozen.mean, frozen.scale, observationCount);
  return encodePolicy(spec, { layout, getParameters: () => parameters }, normalizer);
}

/** What a policy file says. */
export interface PolicyContent extends PolicySnapshot {
  readonly distribution: DistributionSpec;
  readonly networkSpec: NetworkSpec;
  readonly layout: ParameterLayout;
}

/** Reads the bytes of a policy file. Throws FileError or MismatchError naming the file. */
export function readPolicyFile(bytes: Uint8Array, fileName: string): PolicyContent {
  const { tensors, metadata } = decodeSafetensors(bytes, fileName, {
    requireChecksum: true,
    shareBytes: true,
  });
  const version = requireFormat(metadata, fileName, FORMAT, VERSION);
  const { spec, observationClip, observationCount } = readHeader(metadata, version, fileName);
  const distribution = distributionFor(spec.actionSpace);
  const networkSpec = policyNetworkSpec(spec, distribution);
  requireSize(tensors, parameterCount(networkSpec, distribution.logStdSize), fileName);
  const layout = new ParameterLayout(networkSpec, distribution.logStdSize);
  const file = new NamedTensors(tensors, fileName);
  const parameters = file.parts('policy', layout.parts);
  const acting = { spec, parameters, observationClip, observationCount };
  const content = { ...acting, distribution, networkSpec, layout };
  if (!tensors.has('observation/mean') && !tensors.has('observation/scale')) return content;
  const mean = file.float64('observation/mean', spec.observationSize);
  const scale = file.atLeastZero('observation/scale', spec.observationSize);
  return { ...content, normalizer: { mean, scale } };
}

/**
 * A policy from the bytes of its file, on an engine of its own, which is sealed. Throws FileError or MismatchError
 * naming the file.
 */
export function decodePolicy(engine: ActingEngine, bytes: Uint8Array, fileName: string): Policy {
  return placePolicy(engine, readPolicyFile(bytes, fileName));
}

/** A value function that lies on a policy's engine. */
export interface PlacedValue {
  readonly scratchNeed: ScratchNeed;
  stateValue(scratch: Pointer): StateValue;
}

/** A policy on an engine of its own, which is sealed; `value` lies there already. */
export function placePolicy(engine: ActingEngine, content: PolicyContent, value?: PlacedValue): Policy {
  const { spec, distribution, networkSpec, layout, normalizer: frozen } = content;
  const network = new PolicyNetwork(engine, networkSpec, distribution, layout);
  const { observationClip, observationCount } = content;
  const normalizer = new ActingNormalizer(
    spec.observationSize,
    frozen !== undefined,
    observationClip,
    fixedScaleOf(spec),
  );
  const need =
    value === undefined ? network.scratchNeed : largestNeed([network.scratchNeed, value.scratchNeed]);
  const scratch = reserveScratch(engine, 'scratch', need);
  const policy = new Policy(engine, spec, network, normalizer, scratch, value?.stateValue(scratch));
  engine.arena.seal();
  network.setParameters(content.parameters);
  if (frozen !== undefined) normalizer.restoreFrozen(frozen.mean, frozen.scale, observationCount);
  return policy;
}

/** Before anything is reserved: a header may ask for any size, the file holds what it holds. */
function requireSize(tensors: ReadonlyMap<string, Tensor>, needed: number, fileName: string): void {
  let stored = 0;
  for (const [name, { data }] of tensors) if (name.startsWith('policy/')) stored += data.length;
  if (stored !== needed) {
    throw new MismatchError(
      `${fileName}: the header describes a policy of ${needed} parameters, the file holds ${stored}; it was altered, give the file that training wrote`,
    );
  }
}

function readHeader(
  { policy: text, timesteps }: Readonly<Record<string, string>>,
  version: number,
  fileName: string,
): Pick<PolicyContent, 'spec' | 'observationClip' | 'observationCount'> {
  const refuse: Refuse = (fault) => {
    throw new FileError(
      `${fileName} does not describe a policy: ${fault}; it was altered, give the file that training wrote`,
    );
  };
  if (text === undefined) return refuse('its header has no "policy"');
  const header = parseJson(text, 'the "policy" of its header', SPEC_JSON_LIMITS, refuse);
  const spec = specFromJson(header, version, refuse);
  const observationClip = isObject(header) ? header.observationClip : undefined;
  if (typeof observationClip !== 'number' || !(observationClip > 0 && observationClip < Infinity)) {
    return refuse(`its observationClip is ${shown(observationClip)}, not a number above 0`);
  }
  // before files told it, a run's normaliser had seen an observation each step
  const { observationCount = Number(timesteps ?? 0) } = isObject(header) ? header : {};
  if (!isCounter(observationCount)) {
    return refuse(`its observationCount is ${shown(observationCount)}, which counts nothing`);
  }
  return { spec, observationClip, observationCount };
}
