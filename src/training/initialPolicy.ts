import { spaceToJson } from '../environments/spaceJson.js';
import { MismatchError, OptionError } from '../errors.js';
import { DENSE_NETWORK, optionsOfLayers } from '../network/imageNetworks.js';
import { ACTIVATIONS, describeLayer } from '../network/networkSpec.js';
import { distributionFor } from '../policy/distributionSpec.js';
import type { PolicySnapshot } from '../policy/policy.js';
import { isImage, type PolicySpec } from '../policy/policySpec.js';
import type { GivenOptions, TrpoOptions } from './options.js';

/** A trained policy that a run starts from, in place of random weights and a normaliser that has seen nothing. */
export interface InitialPolicy extends PolicySnapshot {
  /** How messages name it, such as runs/a/policy.safetensors. */
  readonly name: string;
}

/**
 * The options that say what a policy is, as it has them: those of a run that starts from it, unless others are given.
 * Throws MismatchError for hidden layers that no options describe.
 */
export function optionsOf({ name, spec, normalizer, observationClip }: InitialPolicy): GivenOptions {
  const activations = [...new Set(spec.layers.map(({ activation }) => activation))];
  const activation = ACTIVATIONS.find((known) => known === activations[0]);
  if (activations.length > 1 || (activations.length === 1 && activation === undefined)) {
    throw new MismatchError(
      `${name} has hidden layers of ${activations.join(' and ')}; a run has one activation for all of them, of ${ACTIVATIONS.join(', ')}: give a policy of such layers`,
    );
  }
  const layers = optionsOfLayers(spec.layers);
  if (layers === undefined) {
    throw new MismatchError(
      `${name} has the hidden layers ${spec.layers.map(describeLayer).join(', ')}; a run has convolutions before dense layers: give a policy of such layers`,
    );
  }
  return {
    ...(layers.network === DENSE_NETWORK ? {} : { network: layers.network }),
    hiddenSizes: layers.denseSizes,
    ...(activation === undefined ? {} : { activation }),
    rescaleActions: spec.rescaleActions,
    ...(isImage(spec) ? {} : { normalizeObservations: normalizer !== undefined }),
    observationClip,
  };
}

/**
 * The policy with the deviation that is given for a new run, if there is one. Throws OptionError for options that only random
 * weights read.
 */
export function startingFrom(initial: InitialPolicy, given: GivenOptions): InitialPolicy {
  if (given.policyOutputGain !== undefined) {
    throw new OptionError(
      `Option policyOutputGain = ${given.policyOutputGain}: the weights come from ${initial.name}, and random ones are not drawn; leave it out`,
    );
  }
  const { initialLogStd } = given;
  const { logStdSize } = distributionFor(initial.spec.actionSpace);
  if (initialLogStd === undefined || logStdSize === 0) return initial;
  const parameters = initial.parameters.slice();
  parameters.fill(initialLogStd, parameters.length - logStdSize);
  return { ...initial, parameters };
}

/** Throws MismatchError, naming all that differs, unless the policy fits what a run trains. */
export function requireFit(initial: InitialPolicy, spec: PolicySpec, options: TrpoOptions): void {
  const has = traitsOf(initial.spec, initial.normalizer !== undefined, initial.observationClip);
  const needed = traitsOf(spec, options.normalizeObservations && !isImage(spec), options.observationClip);
  const different = Object.keys(has).filter(
    (trait) => has[trait] !== needed[trait] && has[trait] !== '' && needed[trait] !== '',
  );
  if (different.length === 0) return;
  const list = different.map((trait) => `${trait}: ${has[trait]}, the run ${needed[trait]}`).join('; ');
  throw new MismatchError(
    `${initial.name} does not fit the run on ${spec.environmentName}: it has ${list}; leave out the options that differ, give a policy for such spaces, or train from random weights`,
  );
}

/** All that must agree, in words; empty where it means nothing. */
function traitsOf(
  spec: PolicySpec,
  isNormalized: boolean,
  observationClip: number,
): Readonly<Record<string, string>> {
  const { observationShape, observationDtype, actionSpace, layers, rescaleActions } = spec;
  return {
    observations: `${observationShape.join(' x ')} of ${observationDtype}`,
    actions: JSON.stringify(spaceToJson(actionSpace)),
    'hidden layers': layers.map(describeLayer).join(', ') || 'none',
    rescaleActions: actionSpace.kind === 'Box' ? String(rescaleActions) : '',
    normalizeObservations: String(isNormalized),
    observationClip: isNormalized ? String(observationClip) : '',
  };
}
