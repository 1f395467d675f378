import { ACTIVATION_CONTRACTS } from './activation.js';
import { ADVANTAGE_CONTRACTS } from './advantages.js';
import { CHOLESKY_CONTRACTS } from './cholesky.js';
import type { KernelContract } from './contract.js';
import { ELEMENTARY_CONTRACTS } from './elementary.js';
import { FRAME_CONTRACTS } from './frames.js';
import { HEALTH_CONTRACTS } from './health.js';
import { MASK_CONTRACTS } from './masks.js';
import { MATMUL_CONTRACTS } from './matmul.js';
import { POLICY_CONTRACTS } from './policy.js';
import { RANDOM_CONTRACTS } from './random.js';
import { VALUE_CONTRACTS } from './value.js';
import { VECTOR_CONTRACTS } from './vector.js';

/** Every kernel, its twin and its tolerance: one row each. */
export const CONTRACTS: readonly KernelContract[] = [
  ...ELEMENTARY_CONTRACTS,
  ...VECTOR_CONTRACTS,
  ...CHOLESKY_CONTRACTS,
  ...MATMUL_CONTRACTS,
  ...ACTIVATION_CONTRACTS,
  ...RANDOM_CONTRACTS,
  ...MASK_CONTRACTS,
  ...POLICY_CONTRACTS,
  ...ADVANTAGE_CONTRACTS,
  ...VALUE_CONTRACTS,
  ...FRAME_CONTRACTS,
  ...HEALTH_CONTRACTS,
];
