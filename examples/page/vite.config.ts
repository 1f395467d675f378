import { defineConfig } from 'vite';

export default defineConfig({
  // MuJoCo's tasks are a chunk of the worker's, which only ES modules can have
  worker: { format: 'es' },
  build: { target: 'es2022' },
  // vite dev would part the package from its kernels
  optimizeDeps: { exclude: ['wasm-trpo'] },
});
