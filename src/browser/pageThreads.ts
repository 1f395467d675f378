import type { SpawnWorker } from '../platform/threads.js';
import type { WorkerMessage } from './messages.js';

/**
 * The threads of a run, seen from the worker that trains. The page starts them as it started this worker: only the text of
 * the page's program tells a bundler where the worker's program is.
 */
export class PageThreads {
  /** What to do when a thread ends, by its number. */
  private readonly listeners: ((reason: string) => void)[] = [];

  constructor(private readonly post: (message: WorkerMessage, transfer?: MessagePort[]) => void) {}

  readonly spawn: SpawnWorker = () => {
    const { port1: port, port2: portOfThread } = new MessageChannel();
    const thread = this.listeners.push(() => {}) - 1;
    this.post({ type: 'startThread', thread, port: portOfThread }, [portOfThread]);
    return {
      post: (request) => port.postMessage(request),
      onReply: (listener) => {
        port.onmessage = ({ data }) => listener(data);
      },
      onDeath: (listener) => {
        this.listeners[thread] = listener;
      },
      // workers do not keep a page alive
      keepAlive: () => {},
      terminate: async () => {
        port.close();
        this.post({ type: 'endThread', thread });
      },
    };
  };

  /** Takes the page's word that a thread ended. */
  noteEnd(thread: number, reason: string): void {
    this.listeners[thread](reason);
  }
}
