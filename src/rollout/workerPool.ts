import { errorByName, PlatformError } from '../errors.js';
import type { FrozenNormalizer } from '../normalization/actingNormalizer.js';
import type { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import type { WorkerHandle } from '../platform/threads.js';
import type { MovableSource } from '../vector/givenSource.js';
import type { Pointer } from '../wasm/kernels.js';
import type { ShardTeam } from '../wasm/shardTeam.js';
import {
  type CollectorPart,
  type CollectorReport,
  type EnvironmentProgress,
  Interruption,
  type RolloutLayout,
  spanOf,
} from './rolloutLayout.js';

/** The environments that a worker owns. */
export interface OwnedEnvironments {
  readonly layout: RolloutLayout;
  readonly part: CollectorPart;
  readonly source: MovableSource;
  readonly count: number;
  /** Of environment 0, which those of the worker must have too, as text. */
  readonly spaces: string;
  readonly normalizer: Pick<ObservationNormalizer, 'size' | 'enabled' | 'clip' | 'fixedScale'>;
}

/** The first message to a worker: plain data, but for module and memory, which threads share. */
export interface WorkerBegin {
  readonly type: 'begin';
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly team: Pointer;
  readonly scratch: Pointer;
  /** Absent for a worker that owns none and only takes shards. */
  readonly rollout?: OwnedEnvironments;
}

export type WorkerRequest =
  | WorkerBegin
  | { readonly type: 'collect'; readonly ticks: number; readonly frozen: FrozenNormalizer }
  | { readonly type: 'restore'; readonly ticks: number; readonly progress: readonly EnvironmentProgress[] }
  /** Give up what is waited for in the request under way; it has no reply of its own. */
  | { readonly type: 'interrupt' }
  /** Take shards in the team until the round is closed. */
  | { readonly type: 'work'; readonly round: number };

export type WorkerReply =
  | { readonly type: 'collected'; readonly report: CollectorReport }
  | { readonly type: 'restored' }
  | { readonly type: 'failed'; readonly name: string; readonly message: string };

/**
 * The worker threads of a run. Between batches they take shards of the update (a round of the team); for a batch the
 * round is closed, and those that own environments step them. One request and one reply a batch; nothing is posted per step.
 */
export class WorkerPool {
  private readonly members: PoolWorker[];
  private round = 0;

  /** owned: what the first workers own; the others own no environments. */
  constructor(
    workers: readonly WorkerHandle[],
    private readonly team: ShardTeam,
    owned: readonly OwnedEnvironments[],
    shared: { readonly module: WebAssembly.Module; readonly memory: WebAssembly.Memory },
  ) {
    this.members = workers.map((worker, index) => {
      const member = new PoolWorker(worker, index + 1);
      const scratch = team.scratches[index + 1];
      member.begin({ type: 'begin', ...shared, team: team.pointer, scratch, rollout: owned[index] });
      return member;
    });
  }

  /** Workers with environments, in the order of their environments. */
  get owners(): readonly PoolWorker[] {
    return this.members.filter((member) => member.environmentCount > 0);
  }

  /** Lets every worker take shards of the jobs to come. */
  openRound(): void {
    this.round++;
    for (const member of this.members) member.post({ type: 'work', round: this.round });
  }

  /** Calls the workers back from the team, to take requests. */
  closeRound(): void {
    this.team.closeRound(this.round);
  }

  /** Ends all threads. */
  async terminate(): Promise<void> {
    this.closeRound();
    await Promise.all(this.members.map((member) => member.terminate()));
  }
}

/** One worker and the reply it owes. */
export class PoolWorker {
  private owned?: OwnedEnvironments;
  /** Where the last batch began. */
  private ticks = 0;
  private awaited?: { resolve: (reply: WorkerReply) => void; reject: (error: Error) => void };
  /** What went wrong while nobody waited for a reply. */
  private failure?: Error;
  private death?: string;
  private ending = false;

  constructor(
    private readonly worker: WorkerHandle,
    /** As users count threads: 0 is the caller. */
    private readonly thread: number,
  ) {
    worker.onReply((reply) => this.settle(reply as WorkerReply));
    worker.onDeath((reason) => {
      // the first reason is the cause; an exit follows every error
      this.death ??= reason;
      this.awaited?.reject(this.deathError());
    });
    // last: in Node.js a listener keeps the process alive again
    worker.keepAlive(false);
  }

  /** How many environments it owns. */
  get environmentCount(): number {
    return this.owned?.count ?? 0;
  }

  begin(message: WorkerBegin): void {
    this.owned = message.rollout;
    this.post(message);
  }

  post(request: WorkerRequest): void {
    this.worker.post(request);
  }

  /** Posts a request and waits for its reply. Throws the worker's error, or PlatformError when the worker is gone. */
  async request(request: Extract<WorkerRequest, { ticks: number }>): Promise<WorkerReply> {
    this.ticks = request.ticks;
    if (this.failure !== undefined) throw this.failure;
    if (this.death !== undefined) throw this.deathError();
    this.worker.keepAlive(true);
    try {
      return await new Promise<WorkerReply>((resolve, reject) => {
        this.awaited = { resolve, reject };
        this.post(request);
      });
    } finally {
      this.awaited = undefined;
      this.worker.keepAlive(false);
    }
  }

  async terminate(): Promise<void> {
    this.ending = true;
    await this.worker.terminate();
  }

  private settle(reply: WorkerReply): void {
    if (reply.type !== 'failed') {
      this.awaited?.resolve(reply);
      return;
    }
    const error = this.errorOf(reply.name, reply.message);
    if (this.awaited === undefined) this.failure = error;
    else this.awaited.reject(error);
  }

  private errorOf(name: string, message: string): Error {
    if (name === 'Interruption') return new Interruption();
    const told = `${message} (in worker ${this.thread})`;
    return errorByName(name, told) ?? new PlatformError(told);
  }

  private deathError(): PlatformError {
    if (this.ending) {
      return new PlatformError(
        `Worker ${this.thread} was ended by close(); abort the signal of an iteration under way and wait for it before closing, and make a new trainer to go on`,
      );
    }
    return new PlatformError(
      `Worker ${this.thread} ended: ${this.death}${this.owning()}; the last checkpoint stands, go on from it, with fewer threads if it happens again`,
    );
  }

  /** Such as ", while it stepped environments 2 to 3 of CartPole-v1 from step 1024 on". */
  private owning(): string {
    if (this.owned === undefined) return '';
    const { layout, part, count } = this.owned;
    return `, while it stepped ${spanOf(layout, part.firstEnvironment, count, this.ticks)}`;
  }
}
