import { ShardedRows } from '../shards/shardRows';
import { runShard } from './jobs';

/**
 * Threads that share this memory and work on the shards of one job together. Shards, not threads, define every sum, so
 * results do not depend on who takes which shard; a worker that is late or gone only leaves more of them to the others.
 */
@unmanaged
export class Team {
  /** Scratch of the calling thread. */
  scratch: usize;
  /** Threads besides the caller; 0 where memory is not shared. */
  workers: i32;
  /** How often a thread looks for a change before it sleeps; 0 where threads outnumber cores. */
  spins: i32;
  /** Number of the present job: workers sleep on it. */
  generation: i32;
  /** Low half of the generation, then the next shard to take. */
  ticket: i32;
  /** Shards done: the caller sleeps on it. */
  completed: i32;
  /** Workers of rounds up to this one go home. */
  closedRound: i32;
  shardCount: i32;
  job: i32;
  subject: usize;
  argument: usize;
  number: f64;
}

/** Low half of a ticket while a job is being opened: above every shard. */
const NO_SHARD: i32 = 0xffff;
const SECOND: i64 = 1_000_000_000;
/** A shard takes milliseconds; after this long without one done, a thread that took one must be gone. */
const PATIENCE_SECONDS: i32 = 120;

export function teamBytes(): i32 {
  return <i32>offsetof<Team>();
}

export function describeTeam(team: usize, scratch: usize, workers: i32, spins: i32): void {
  const t = changetype<Team>(team);
  t.scratch = scratch;
  t.workers = workers;
  t.spins = spins;
}

/** Scratch of the thread that calls, for what is done outside shards. */
export function callerScratch(rows: ShardedRows): usize {
  return changetype<Team>(rows.team).scratch;
}

/** Runs all shards of a job on `rows`, with their team if it has workers; returns when every shard is done. */
export function forEachShard(rows: ShardedRows, job: i32, argument: usize, number: f64, shardCount: i32): void {
  const team = changetype<Team>(rows.team);
  const subject = changetype<usize>(rows);
  if (ASC_FEATURE_THREADS) {
    if (team.workers > 0 && shardCount > 1) {
      openJob(team, job, subject, argument, number, shardCount);
      takeShards(team, team.generation, team.scratch);
      awaitShards(team);
      return;
    }
  }
  for (let shard = 0; shard < shardCount; shard++) {
    runShard(job, subject, argument, number, shard, team.scratch);
  }
}

/**
 * What a worker does between `joinTeam` and the end of its round: sleeps until a job opens, takes shards, sleeps again.
 * Blocks the thread; never called on a page's main thread.
 */
export function workInTeam(team: usize, round: i32, scratch: usize): void {
  if (ASC_FEATURE_THREADS) {
    const t = changetype<Team>(team);
    const generationAddress = team + offsetof<Team>('generation');
    // jobs before the round are over, the one that is open now may be joined
    let seen = atomic.load<i32>(generationAddress) - 1;
    while (atomic.load<i32>(team + offsetof<Team>('closedRound')) < round) {
      const generation = atomic.load<i32>(generationAddress);
      if (generation != seen) {
        seen = generation;
        takeShards(t, generation, scratch);
      } else if (!spinUntilChanged(generationAddress, generation, t.spins)) {
        atomic.wait<i32>(generationAddress, generation, SECOND);
      }
    }
  }
}

/** Ends the rounds up to `round`: their workers leave workInTeam. */
export function closeRound(team: usize, round: i32): void {
  if (ASC_FEATURE_THREADS) {
    atomic.store<i32>(team + offsetof<Team>('closedRound'), round);
    // a change of generation without a job wakes the sleepers
    atomic.add<i32>(team + offsetof<Team>('generation'), 1);
    atomic.notify(team + offsetof<Team>('generation'), -1);
  }
}

function openJob(team: Team, job: i32, subject: usize, argument: usize, number: f64, shardCount: i32): void {
  const base = changetype<usize>(team);
  const generation = team.generation + 1;
  // no shard to take until all is told: a thread late from the last job must not measure its old ticket by the new count
  atomic.store<i32>(base + offsetof<Team>('ticket'), (generation << 16) | NO_SHARD);
  team.job = job;
  team.subject = subject;
  team.argument = argument;
  team.number = number;
  team.shardCount = shardCount;
  atomic.store<i32>(base + offsetof<Team>('completed'), 0);
  // from here on shards can be taken, so all that a shard reads must stand above
  atomic.store<i32>(base + offsetof<Team>('ticket'), generation << 16);
  atomic.store<i32>(base + offsetof<Team>('generation'), generation);
  atomic.notify(base + offsetof<Team>('generation'), -1);
}

function takeShards(team: Team, generation: i32, scratch: usize): void {
  const base = changetype<usize>(team);
  const ticketAddress = base + offsetof<Team>('ticket');
  while (true) {
    const ticket = atomic.load<i32>(ticketAddress);
    const shard = ticket & NO_SHARD;
    // a later job may have opened: then the exchange below fails, whatever was read here
    if (ticket >>> 16 != (generation & 0xffff) || shard >= team.shardCount) return;
    if (atomic.cmpxchg<i32>(ticketAddress, ticket, ticket + 1) != ticket) continue;
    runShard(team.job, team.subject, team.argument, team.number, shard, scratch);
    const done = atomic.add<i32>(base + offsetof<Team>('completed'), 1) + 1;
    if (done == team.shardCount) atomic.notify(base + offsetof<Team>('completed'), 1);
  }
}

function awaitShards(team: Team): void {
  const address = changetype<usize>(team) + offsetof<Team>('completed');
  let patience = PATIENCE_SECONDS;
  while (true) {
    const completed = atomic.load<i32>(address);
    if (completed == team.shardCount) return;
    if (spinUntilChanged(address, completed, team.spins)) continue;
    const timedOut = atomic.wait<i32>(address, completed, SECOND) == 2;
    if (timedOut && --patience == 0) unreachable();
  }
}

function spinUntilChanged(address: usize, value: i32, spins: i32): bool {
  for (let spin = 0; spin < spins; spin++) if (atomic.load<i32>(address) != value) return true;
  return false;
}
