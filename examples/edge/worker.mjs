// A worker for Cloudflare's workerd: the kernels and the policy are modules, nothing is compiled while it runs.
import { createPolicy } from 'wasm-trpo/edge';
import kernels from 'wasm-trpo/edge.wasm';
import { answer } from './answer.mjs';
import policyBytes from './policy.safetensors';

const policy = createPolicy(kernels, policyBytes, { name: 'policy.safetensors' });

export default {
  fetch: (request) => answer(request, policy),
};
