# workerd serve worker.capnp, beside node_modules/wasm-trpo and a policy.safetensors
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "act", worker = .act)],
  sockets = [(name = "http", address = "127.0.0.1:8080", http = (), service = "act")],
);

const act :Workerd.Worker = (
  compatibilityDate = "2026-01-01",
  modules = [
    (name = "worker.mjs", esModule = embed "worker.mjs"),
    (name = "answer.mjs", esModule = embed "answer.mjs"),
    (name = "policy.safetensors", data = embed "policy.safetensors"),
    (name = "wasm-trpo/edge", esModule = embed "node_modules/wasm-trpo/dist/edge.js"),
    (name = "wasm-trpo/edge.wasm", wasm = embed "node_modules/wasm-trpo/dist/wasm/edge.wasm"),
  ],
);
