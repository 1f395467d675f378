// The same for Node.js, Deno and Bun: node server.mjs policy.safetensors [port]
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { createPolicy } from 'wasm-trpo/edge';
import { answer } from './answer.mjs';

const [policyFile, port = '8080'] = process.argv.slice(2);
if (policyFile === undefined) {
  console.error('usage: node server.mjs policy.safetensors [port]');
  process.exit(1);
}
const kernels = await readFile(fileURLToPath(import.meta.resolve('wasm-trpo/edge.wasm')));
const policy = createPolicy(await WebAssembly.compile(kernels), await readFile(policyFile), {
  name: policyFile,
});

/** The body piece by piece, as it is asked for. */
function streamOf(incoming) {
  const pieces = incoming[Symbol.asyncIterator]();
  const pull = async (controller) => {
    const { done, value } = await pieces.next();
    if (done) controller.close();
    else controller.enqueue(value);
  };
  return new ReadableStream({ pull }, { highWaterMark: 0 });
}

/** Throws TypeError for an address or a method that a Request cannot have. */
function toRequest(incoming) {
  const hasBody = incoming.method !== 'GET' && incoming.method !== 'HEAD';
  return new Request(new URL(incoming.url, 'http://localhost'), {
    method: incoming.method,
    headers: incoming.headers,
    ...(hasBody ? { body: streamOf(incoming), duplex: 'half' } : {}),
  });
}

async function answerTo(incoming) {
  let request;
  try {
    request = toRequest(incoming);
  } catch {
    return Response.json({ error: 'there is only POST /act' }, { status: 400 });
  }
  return answer(request, policy);
}

const server = createServer(async (incoming, outgoing) => {
  const response = await answerTo(incoming);
  const body = await response.text();
  // what is left of a refused body is not waited for
  if (response.status === 413) outgoing.setHeader('connection', 'close');
  outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(body);
});
server.listen(Number(port), '127.0.0.1', () => console.log(`port ${server.address().port}`));
