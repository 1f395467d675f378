/** The state of the page in one place: read it anywhere, change it by `set`, follow it by `subscribe`. */
export class Store<State extends object> {
  private readonly listeners: ((state: State, before: State) => void)[] = [];

  constructor(private current: State) {}

  get state(): State {
    return this.current;
  }

  set(change: Partial<State>): void {
    const before = this.current;
    this.current = { ...before, ...change };
    for (const listener of this.listeners) listener(this.current, before);
  }

  /** The listener is called after each change, with the state before it. */
  subscribe(listener: (state: State, before: State) => void): void {
    this.listeners.push(listener);
  }
}
