import { PlatformError } from '../errors.js';
import { errorByName } from '../vector/errorByName.js';
import { decodeMessage, encodeMessage, type Message } from './message.js';
import type { Ranks } from './ranks.js';

/** Ends the work of every rank because one was asked to stop; never a failure. */
export class Stopped extends Error {
  constructor() {
    super('a rank was asked to stop');
    this.name = 'Stopped';
  }
}

/** What one rank made of its part of a work. */
type Outcome<Value> =
  | { readonly type: 'done'; readonly value: Value }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly name: string; readonly message: string };

/** Errors that every rank has been told. */
const told = new WeakSet<object>();

/** Whether every rank throws that error, or its own copy of it. */
export function isTold(error: unknown): boolean {
  return typeof error === 'object' && error !== null && told.has(error);
}

/**
 * What each rank made of `work`, in order of rank: plain data. Throws on every rank alike: the failure of the first rank that
 * failed, told with its rank; else Stopped where `work` threw that on any of them.
 */
export async function exchange<Value>(ranks: Ranks, work: () => Value | Promise<Value>): Promise<Value[]> {
  let own: unknown;
  let mine: Outcome<Value>;
  try {
    mine = { type: 'done', value: await work() };
  } catch (error) {
    own = error;
    mine = outcomeOf(error, ranks);
  }
  const outcomes = await gatherOutcomes(ranks, mine);
  const failing = outcomes.findIndex(({ type }) => type === 'failed');
  if (failing >= 0) {
    const { name, message } = outcomes[failing] as Extract<Outcome<Value>, { type: 'failed' }>;
    const error = failing === ranks.rank ? own : (errorByName(name, message) ?? new PlatformError(message));
    throw markAsTold(error);
  }
  if (outcomes.some(({ type }) => type === 'stopped')) throw markAsTold(new Stopped());
  return outcomes.map((outcome) => (outcome as Extract<Outcome<Value>, { type: 'done' }>).value);
}

/** What rank 0 makes of `work`, which the others do not do. Its failure is thrown on every rank. */
export async function fromFirst<Value>(ranks: Ranks, work: () => Value | Promise<Value>): Promise<Value> {
  const [first] = await exchange(ranks, async () => (ranks.rank === 0 ? work() : undefined));
  return first as Value;
}

/** Tells the others what failed here, while they are at their next exchange; nothing where they know. */
export async function tell(ranks: Ranks, error: unknown): Promise<void> {
  if (isTold(error)) return;
  await gatherOutcomes(ranks, outcomeOf(error, ranks));
  markAsTold(error);
}

async function gatherOutcomes<Value>(ranks: Ranks, mine: Outcome<Value>): Promise<Outcome<Value>[]> {
  const bytes = await ranks.gather(encodeMessage(mine as unknown as Message));
  return bytes.map((one) => decodeMessage<Outcome<Value>>(one));
}

function outcomeOf(error: unknown, { rank, size, host }: Ranks): Outcome<never> {
  if (error instanceof Stopped) return { type: 'stopped' };
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  return { type: 'failed', name, message: `${message} (on rank ${rank} of ${size}, host ${host})` };
}

function markAsTold(error: unknown): unknown {
  if (typeof error === 'object' && error !== null) told.add(error);
  return error;
}
