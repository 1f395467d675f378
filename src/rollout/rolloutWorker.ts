import { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import type { CallLimit } from '../platform/threads.js';
import { makeEnvironments } from '../vector/environmentSource.js';
import { untilAborted } from '../vector/untilAborted.js';
import { attachEngine, type Engine } from '../wasm/load.js';
import { Collector } from './collector.js';
import { Interruption } from './rolloutLayout.js';
import type { WorkerBegin, WorkerReply, WorkerRequest } from './workerPool.js';

/**
 * Serves one thread of a pool: answers requests in order, each before the next is taken, but for an interruption of the one under
 * way. limitCall: the platform's.
 */
export function serveRollout(
  reply: (message: WorkerReply) => void,
  onRequest: (listener: (r: WorkerRequest) => void) => void,
  limitCall?: CallLimit,
): void {
  const worker = new RolloutWorker(reply, limitCall);
  let last = Promise.resolve();
  onRequest((request) => {
    if (request.type === 'interrupt') worker.interrupt();
    else last = last.then(() => worker.serve(request));
  });
}

class RolloutWorker {
  private begun?: WorkerBegin;
  private engine?: Engine;
  private collector?: Promise<Collector>;
  private normalizer?: ObservationNormalizer;
  /** Of the request under way. */
  private interruption?: AbortController;

  constructor(
    private readonly reply: (message: WorkerReply) => void,
    private readonly limitCall?: CallLimit,
  ) {}

  interrupt(): void {
    this.interruption?.abort(new Interruption());
  }

  async serve(request: WorkerRequest): Promise<void> {
    try {
      await this.fulfil(request);
    } catch (error) {
      const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
      this.reply({ type: 'failed', name, message });
    }
  }

  private async fulfil(request: WorkerRequest): Promise<void> {
    switch (request.type) {
      case 'begin':
        this.begun = request;
        this.engine = attachEngine(request.module, request.memory);
        return;
      case 'collect': {
        const { signal } = this.beginInterruptible();
        const collector = await untilAborted(this.ownCollector(), signal);
        this.normalizer?.restoreFrozen(request.frozen.mean, request.frozen.scale);
        const report = await collector.collect(request.ticks, signal);
        this.reply({ type: 'collected', report });
        return;
      }
      case 'restore': {
        const { signal } = this.beginInterruptible();
        const collector = await untilAborted(this.ownCollector(), signal);
        await collector.restoreProgress(request.ticks, request.progress, signal);
        this.reply({ type: 'restored' });
        return;
      }
      case 'work':
        this.engine?.kernels.workInTeam(this.begun!.team, request.round, this.begun!.scratch);
    }
  }

  private beginInterruptible(): AbortController {
    this.interruption = new AbortController();
    return this.interruption;
  }

  /** Made at the first request that needs it, so that a failure reaches the caller as its reply. */
  private ownCollector(): Promise<Collector> {
    this.collector ??= this.makeCollector().catch((error) => {
      this.collector = undefined;
      throw error;
    });
    return this.collector;
  }

  private async makeCollector(): Promise<Collector> {
    const { layout, part, source, count, spaces, normalizer } = this.begun!.rollout!;
    const { firstEnvironment } = part;
    const made = await makeEnvironments(source, layout.environmentName, count, { firstEnvironment, spaces });
    this.normalizer = new ObservationNormalizer(
      normalizer.size,
      normalizer.enabled,
      normalizer.clip,
      normalizer.fixedScale,
    );
    const yieldToEventLoop = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
    const { limitCall } = this;
    const tools = { engine: this.engine!, normalizer: this.normalizer, yieldToEventLoop, limitCall };
    return new Collector(tools, layout, part, made);
  }
}
