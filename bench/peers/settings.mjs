/**
 * Settings of every participant, so that all do the same work; our own workloads take theirs from bench/speed/problem.ts,
 * which holds the same numbers.
 */
export const SETTINGS = {
  damping: 0.1,
  maxKl: 0.01,
  backtrackFactor: 0.8,
  lineSearchTrials: 10,
  /** Conjugate gradient runs all of its iterations: tolerance 0. */
  cgIterations: 10,
  valueEpochs: 10,
  valueMinibatch: 64,
  valueLearningRate: 1e-3,
  logStd: -0.5,
  policyOutputGain: 0.5,
  seed: 1,
};

/** SB3-contrib's defaults, which it takes for itself; these are for us. SB3's ten trials are the full step and nine more. */
export const CARTPOLE = {
  environment: 'CartPole-v1',
  timesteps: 50_000,
  evaluationEpisodes: 20,
  options: {
    environments: 1,
    steps: 2048,
    gamma: 0.99,
    lambda: 0.95,
    maxKl: 0.01,
    damping: 0.1,
    cgIterations: 15,
    backtrackFactor: 0.8,
    maxBacktracks: 9,
    valueEpochs: 10,
    valueMinibatch: 128,
    valueLearningRate: 1e-3,
    policyOutputGain: 0.01,
    valueOutputGain: 1,
    normalizeObservations: false,
    scaleRewards: false,
    normalizeAdvantages: true,
  },
};

/** What is timed, in the order of the report. */
export const CASES = {
  fisher: 'Fisher-vector product',
  fisherTwice: 'F v by differentiating twice',
  update: 'update, 10 CG iterations',
  updateSameProducts: 'update, 10 products in all',
  valueFit: 'value fit, 10 epochs',
};
