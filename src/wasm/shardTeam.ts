import type { Pointer } from './kernels.js';
import type { Engine } from './load.js';
import { largestNeed, reserveScratch, type ScratchNeed } from './scratch.js';

/**
 * Looks before a thread sleeps, some 50 microseconds: longer than the serial work between two jobs of the value fit, and
 * about what it takes to wake a sleeper.
 */
const SPINS = 100_000;

/** The threads' part of the arena: the descriptor they meet at, and a scratch for each. Thread 0 is the caller. */
export class ShardTeam {
  readonly pointer: Pointer;
  readonly scratches: readonly Pointer[];

  constructor(
    private readonly engine: Engine,
    needs: readonly ScratchNeed[],
    readonly threads = 1,
    availableThreads = 1,
  ) {
    const { kernels, arena } = engine;
    const need = largestNeed(needs);
    this.pointer = arena.reserveBytes('team descriptor', kernels.teamBytes());
    this.scratches = Array.from({ length: threads }, (_, thread) =>
      reserveScratch(engine, `scratch of thread ${thread}`, need),
    );
    // where threads outnumber cores, one that spins keeps another from its work
    const spins = threads <= availableThreads ? SPINS : 0;
    kernels.describeTeam(this.pointer, this.scratches[0], threads - 1, spins);
  }

  /** The calling thread's scratch. */
  get scratch(): Pointer {
    return this.scratches[0];
  }

  /** Lets the workers that joined rounds up to `round` go home. */
  closeRound(round: number): void {
    this.engine.kernels.closeRound(this.pointer, round);
  }
}
