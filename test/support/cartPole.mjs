import { makeEnvironment } from '../../dist/node.js';

/** CartPole whose steps `step(inner, action)` makes. */
export function cartPoleWith(step) {
  const inner = makeEnvironment('CartPole-v1');
  return {
    observationSpace: inner.observationSpace,
    actionSpace: inner.actionSpace,
    step: (action) => step(inner, action),
    reset: (options) => inner.reset(options),
    saveState: () => inner.saveState(),
    restoreState: (state) => inner.restoreState(state),
  };
}
