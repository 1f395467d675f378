import { errorByName, PlatformError } from '../errors.js';
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
 * failed, told with its rank; else Stopped where `work` threw that on any of them. Without ranks there is the caller alone.
 */
export async function exchange<Value>(
  ranks: Ranks | undefined,
  work: () => Value | Promise<Value>,
): Promise<Value[]> {
  if (ranks === undefined) return [await work()];
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
    throw toldToAll(
      failing === ranks.rank ? own : (errorByName(name, message) ?? new PlatformError(message)),
    );
  }
  if (outcomes.some(({ type }) => type === 'stopped')) throw toldToAll(new Stopped());
  return outcomes.map((outcome) => (outcome as Extract<Outcome<Value>, { type: 'done' }>).value);
}

/** What this rank makes of a work that each of them does. The failure of one is thrown on every rank. */
export async function together<Result>(
  ranks: Ranks | undefined,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  let result: Result;
  await exchange(ranks, async () => {
    result = await work();
  });
  return result!;
}

/** What rank 0 makes of `work`, told to all: plain data. Its failure is thrown on every rank. */
export async function fromFirst<Value>(
  ranks: Ranks | undefined,
  work: () => Value | Promise<Value>,
): Promise<Value> {
  const [first] = await exchange(ranks, async () => (isFirst(ranks) ? work() : undefined));
  return first as Value;
}

/** What rank 0 makes of `work`; undefined on the others. Its failure is thrown on every rank. */
export async function onFirst<Result>(
  ranks: Ranks | undefined,
  work: () => Result | Promise<Result>,
): Promise<Result | undefined> {
  return together(ranks, async () => (isFirst(ranks) ? work() : undefined));
}

/** Whether this is the process that writes files and tells how it goes. */
export function isFirst(ranks: Ranks | undefined): boolean {
  return ranks === undefined || ranks.rank === 0;
}

/** Tells the others what failed here, while they are at their next exchange; nothing where they know. */
export async function tell(ranks: Ranks | undefined, error: unknown): Promise<void> {
  if (ranks === undefined || isTold(error)) return;
  await gatherOutcomes(ranks, outcomeOf(error, ranks));
  toldToAll(error);
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

/** Marks an error that every rank throws. */
export function toldToAll<Thrown>(error: Thrown): Thrown {
  if (typeof error === 'object' && error !== null) told.add(error);
  return error;
}
