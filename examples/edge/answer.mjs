// POST /act with {"observation": [...]} answers {"action": ...}; with {"observations": [[...], ...]} {"actions": [...]}.
// "deterministic": false draws actions instead of taking the most probable. A policy that was trained with masks needs "mask": [...],
// or "masks": [[...], ...]. Works wherever Request and Response exist.
import { NonFiniteError, OptionError, ShapeError } from 'wasm-trpo/edge';

const MOST_BODY_BYTES = 65536;
/** More than is taken: a client that still writes would see a broken pipe instead of the refusal. */
const MOST_READ_BYTES = 1024 * 1024;

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export async function answer(request, policy) {
  try {
    return Response.json(await act(request, policy));
  } catch (error) {
    const isInput = [ShapeError, NonFiniteError, OptionError].some((kind) => error instanceof kind);
    const status = error instanceof Refusal ? error.status : isInput ? 400 : 500;
    const headers = status === 405 ? { allow: 'POST' } : {};
    return Response.json({ error: status === 500 ? 'internal error' : error.message }, { status, headers });
  }
}

async function act(request, policy) {
  if (new URL(request.url).pathname !== '/act') throw new Refusal(404, 'there is only POST /act');
  if (request.method !== 'POST') throw new Refusal(405, `${request.method} /act: use POST`);
  const body = parse(await readBody(request));
  const { observation, observations, mask, masks, deterministic = true } = body;
  if (typeof deterministic !== 'boolean') throw new Refusal(400, '"deterministic" must be true or false');
  if (Array.isArray(observation) && observations === undefined) {
    return { action: policy.act(observation, { deterministic, mask }) };
  }
  if (Array.isArray(observations) && observation === undefined) {
    return { actions: policy.actBatch(observations, { deterministic, masks }) };
  }
  throw new Refusal(
    400,
    'give "observation": an array of numbers, or "observations": an array of such arrays',
  );
}

/** The body as text; of one that is too large no byte is kept. */
async function readBody(request) {
  if (request.body === null) return '';
  const decoder = new TextDecoder();
  const reader = request.body.getReader();
  let text = '';
  let bytes = 0;
  while (bytes <= MOST_READ_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
    text = bytes > MOST_BODY_BYTES ? '' : text + decoder.decode(value, { stream: true });
  }
  if (bytes > MOST_READ_BYTES) await reader.cancel();
  if (bytes > MOST_BODY_BYTES) throw new Refusal(413, `the body has more than ${MOST_BODY_BYTES} bytes`);
  return text + decoder.decode();
}

function parse(text) {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refusal(400, 'the body is not JSON (which has no NaN and no Infinity)');
  }
  if (typeof body !== 'object' || body === null) throw new Refusal(400, 'the body must be a JSON object');
  return body;
}
