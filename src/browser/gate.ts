/** Where a run waits between iterations while it is paused. */
export class Gate {
  private release?: () => void;

  /** Iterations that may pass before the gate shuts. */
  private allowance = Number.POSITIVE_INFINITY;

  /** onWait: called each time an iteration has to wait. */
  constructor(private readonly onWait: () => void) {}

  /** Shuts: the next iteration waits. */
  shut(): void {
    this.allowance = 0;
  }

  /** Lets iterations pass, and then shuts. */
  open(iterations = Number.POSITIVE_INFINITY): void {
    this.allowance = iterations;
    this.release?.();
  }

  /** Resolves when an iteration may begin. */
  async pass(): Promise<void> {
    while (this.allowance < 1) {
      const released = new Promise<void>((resolve) => {
        this.release = resolve;
      });
      this.onWait();
      await released;
    }
    this.allowance--;
  }
}
