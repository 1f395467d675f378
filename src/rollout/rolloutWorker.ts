import type { Environment } from '../environments/environment.js';
import { findEnvironment } from '../environments/index.js';
import { requireEnvironment } from '../environments/requireEnvironment.js';
import { EnvironmentError } from '../errors.js';
import { ObservationNormalizer } from '../normalization/observationNormalizer.js';
import type { CallLimit } from '../platform/threads.js';
import { attachEngine, type Engine } from '../wasm/load.js';
import { EnvironmentGroup } from './collector.js';
import type { MovableSource, WorkerBegin, WorkerReply, WorkerRequest } from './workerPool.js';

/** Serves one thread of a pool: answers requests in order, each before the next is taken. limitCall: the platform's. */
export function serveRollout(
  reply: (message: WorkerReply) => void,
  onRequest: (listener: (r: WorkerRequest) => void) => void,
  limitCall?: CallLimit,
): void {
  const worker = new RolloutWorker(reply, limitCall);
  let last = Promise.resolve();
  onRequest((request) => {
    last = last.then(() => worker.serve(request));
  });
}

class RolloutWorker {
  private begun?: WorkerBegin;
  private engine?: Engine;
  private group?: EnvironmentGroup;
  private normalizer?: ObservationNormalizer;

  constructor(
    private readonly reply: (message: WorkerReply) => void,
    private readonly limitCall?: CallLimit,
  ) {}

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
        const group = await this.environmentGroup();
        this.normalizer?.restoreFrozen(request.frozen.mean, request.frozen.scale);
        this.reply({ type: 'collected', report: await group.collect(request.ticks) });
        return;
      }
      case 'restore':
        await (await this.environmentGroup()).restoreProgress(request.ticks, request.progress);
        this.reply({ type: 'restored' });
        return;
      case 'work':
        this.engine?.kernels.workInTeam(this.begun!.team, request.round, this.begun!.scratch);
    }
  }

  /** Made at the first request that needs it, so that a failure reaches the caller as its reply. */
  private async environmentGroup(): Promise<EnvironmentGroup> {
    if (this.group !== undefined) return this.group;
    const { layout, part, source, count, normalizer } = this.begun!.rollout!;
    const create = await environmentFactory(source);
    const environments = Array.from({ length: count }, () => create());
    for (const environment of environments) requireEnvironment(layout.environmentName, environment);
    this.normalizer = new ObservationNormalizer(normalizer.size, normalizer.enabled, normalizer.clip);
    const yieldToEventLoop = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
    const { limitCall } = this;
    const tools = { engine: this.engine!, normalizer: this.normalizer, yieldToEventLoop, limitCall };
    this.group = new EnvironmentGroup(tools, layout, part, environments);
    return this.group;
  }
}

/**
 * The function that makes an environment of a source, once what it needs is loaded. Throws EnvironmentError when there is
 * none of that name or a module does not export it, PlatformError when it needs what is not installed.
 */
export async function environmentFactory(source: MovableSource): Promise<() => Environment> {
  if (typeof source === 'string') {
    const entry = findEnvironment(source);
    await entry.prepare?.();
    return () => entry.create();
  }
  let module: Record<string, unknown>;
  try {
    // the module is the user's and known only at run time: bundlers must leave it alone
    module = await import(/* @vite-ignore */ /* webpackIgnore: true */ source.module);
  } catch (cause) {
    throw new EnvironmentError(
      `The environment module ${source.module} cannot be loaded: ${(cause as Error).message}; give an absolute URL, such as new URL('./task.js', import.meta.url).href`,
      { cause },
    );
  }
  const create = module[source.export];
  if (typeof create !== 'function') {
    throw new EnvironmentError(
      `${source.module} exports no function "${source.export}" but ${Object.keys(module).join(', ') || 'nothing'}; export a function that returns an environment`,
    );
  }
  return create as () => Environment;
}
