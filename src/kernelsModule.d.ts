/** A file of kernels, as runtimes that import WebAssembly give it (workerd: `import kernels from 'wasm-trpo/edge.wasm'`). */

/// <reference path="./runtime.d.ts" />

declare const kernels: WebAssembly.Module;
export default kernels;
