// POST /act with {"observation": [...]} answers {"action": ...}; with {"observations": [[...], ...]} {"actions": [...]}.
// "deterministic": false draws actions instead of taking the most probable. Works wherever Request and Response exist.
import { NonFiniteError, ShapeError } from 'wasm-trpo/edge';

const MOST_BODY_BYTES = 65536;

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
    const isInput = error instanceof ShapeError || error instanceof NonFiniteError;
    const status = error instanceof Refusal ? error.status : isInput ? 400 : 500;
    const headers = status === 405 ? { allow: 'POST' } : {};
    return Response.json({ error: status === 500 ? 'internal error' : error.message }, { status, headers });
  }
}

async function act(request, policy) {
  if (new URL(request.url).pathname !== '/act') throw new Refusal(404, 'there is only POST /act');
  if (request.method !== 'POST') throw new Refusal(405, `${request.method} /act: use POST`);
  const body = parse(await readBody(request));
  const { observation, observations, deterministic = true } = body;
  if (typeof deterministic !== 'boolean') throw new Refusal(400, '"deterministic" must be true or false');
  if (Array.isArray(observation) && observations === undefined) {
    return { action: policy.act(observation, { deterministic }) };
  }
  if (Array.isArray(observations) && observation === undefined) {
    return { actions: policy.actBatch(observations, { deterministic }) };
  }
  throw new Refusal(
    400,
    'give "observation": an array of numbers, or "observations": an array of such arrays',
  );
}

/** The body as text, given up as soon as it is larger than it may be. */
async function readBody(request) {
  const tooLarge = new Refusal(413, `the body has more than ${MOST_BODY_BYTES} bytes`);
  if (Number(request.headers.get('content-length')) > MOST_BODY_BYTES) throw tooLarge;
  if (request.body === null) return '';
  const decoder = new TextDecoder();
  const reader = request.body.getReader();
  let text = '';
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    if (bytes > MOST_BODY_BYTES) {
      await reader.cancel();
      throw tooLarge;
    }
    text += decoder.decode(value, { stream: true });
  }
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
