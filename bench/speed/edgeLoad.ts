import { Agent, request } from 'node:http';
import type { Policy } from '../../src/policy/policy.js';
import type { Runtime } from '../../test/runtimes/installed.js';
import { startServer } from '../../test/runtimes/servers.js';
import { median } from '../report/statistics.js';
import type { Row } from '../report/table.js';

export const REQUESTS = 4000;
export const CONNECTIONS = 8;
export const SERVER_STARTS = 5;
const WARM_UP_REQUESTS = 500;

/** A request and the answer that the policy gives. */
interface Exchange {
  readonly body: string;
  readonly answer: string;
}

/** Times from the start of the process to the first answer, and a small load. */
export async function loadExample(runtime: Runtime, folder: string, policy: Policy): Promise<Row> {
  const exchanges = Array.from({ length: REQUESTS }, (_, i): Exchange => {
    const observation = [Math.sin(i), Math.cos(i), i % 8];
    return {
      body: JSON.stringify({ observation }),
      answer: JSON.stringify({ action: policy.act(observation, { deterministic: true }) }),
    };
  });
  const firstAnswersMs: number[] = [];
  while (firstAnswersMs.length < SERVER_STARTS) {
    const from = performance.now();
    await withServer(runtime, folder, async (post) => {
      requireAnswer(runtime, exchanges[0], await post(exchanges[0].body));
      firstAnswersMs.push(performance.now() - from);
    });
  }
  return await withServer(runtime, folder, async (post) => {
    await sendAll(runtime, post, exchanges.slice(0, WARM_UP_REQUESTS));
    const from = performance.now();
    const latenciesMs = await sendAll(runtime, post, exchanges);
    const seconds = (performance.now() - from) / 1000;
    latenciesMs.sort((a, b) => a - b);
    return {
      runtime,
      'first answer ms': median(firstAnswersMs),
      'requests/s': Math.round(REQUESTS / seconds),
      'p50 ms': latenciesMs[REQUESTS * 0.5],
      'p99 ms': latenciesMs[REQUESTS * 0.99],
    };
  });
}

type Post = (body: string) => Promise<string>;

async function withServer<Result>(
  runtime: Runtime,
  folder: string,
  work: (post: Post) => Promise<Result>,
): Promise<Result> {
  const { server, origin } = await startServer(runtime, folder);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const post: Post = (body) =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      const call = request(`${origin}/act`, { method: 'POST', agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => resolve(text));
      });
      call.on('error', reject);
      call.end(body);
    });
  try {
    return await work(post);
  } finally {
    agent.destroy();
    server.kill();
  }
}

/** Sends all over the connections at once, each sending its next when the last is answered; milliseconds of each. */
async function sendAll(runtime: Runtime, post: Post, exchanges: readonly Exchange[]): Promise<number[]> {
  const latenciesMs: number[] = [];
  let next = 0;
  const client = async () => {
    while (next < exchanges.length) {
      const exchange = exchanges[next++];
      const sent = performance.now();
      requireAnswer(runtime, exchange, await post(exchange.body));
      latenciesMs.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  return latenciesMs;
}

function requireAnswer(runtime: Runtime, { body, answer }: Exchange, text: string): void {
  if (text !== answer) throw new Error(`${runtime} answered ${text} to ${body} instead of ${answer}`);
}
