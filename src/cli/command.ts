/** What a command may use of the process it runs in. */
export interface CommandContext {
  /** Arguments after the command's name. */
  readonly args: readonly string[];
  /** Standard output: results. */
  readonly write: (text: string) => void;
  /** Standard error: progress and warnings where standard output must stay clean. */
  readonly writeError: (text: string) => void;
  /** Text to print after the error if the command fails from here on; the last text counts. */
  readonly adviseOnFailure: (text: string) => void;
  /** Makes the process end as after an error, which another process tells. */
  readonly failSilently: () => void;
  readonly isTerminal: boolean;
  readonly columns: () => number | undefined;
  /** Aborted by the first Ctrl-C or termination request. */
  readonly signal: AbortSignal;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly help: string;
  run(context: CommandContext): Promise<void>;
}
