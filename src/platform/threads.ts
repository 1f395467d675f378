/** One worker thread as its creator sees it. Messages are structured clones; sender and receiver agree on their types. */
export interface WorkerHandle {
  post(message: unknown): void;
  onReply(listener: (message: unknown) => void): void;
  /** Calls the listener when the thread ends, with the reason. */
  onDeath(listener: (reason: string) => void): void;
  /** Whether the process stays alive for this thread. */
  keepAlive(keep: boolean): void;
  terminate(): Promise<void>;
}

/** Starts a thread that runs the worker program of this runtime. */
export type SpawnWorker = () => WorkerHandle;

/**
 * Calls `work` and interrupts it once it has run for `limitMs`. Returns whether it returned by itself ('ended'), was
 * computing ('busy') or waiting ('standstill', also after the process was suspended). what: names the environments in
 * the message if the process has to be killed.
 */
export type CallLimit = (work: () => void, limitMs: number, what: string) => 'ended' | 'busy' | 'standstill';
