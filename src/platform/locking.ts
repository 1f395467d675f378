/** A process, described so that another one can find it again. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Within what the pid names one process: a kernel since it started, and its container. Left out where it cannot be told. */
  readonly pidSpace?: string;
  /** When the process started, which distinguishes it from a later one with its pid. Left out where it cannot be told. */
  readonly started?: string;
}

/** Age of a file after which the process that keeps it fresh counts as ended, where nothing better is known of it. */
export const LONGEST_SILENCE_MS = 120_000;

/** 'fresh': its file is younger than that, and no more is known. 'unknown': it is out of reach, as one of another host is. */
export type ProcessState = 'running' | 'fresh' | 'ended' | 'unknown';

/** What a lock between processes needs. A failure is a FileError naming the path, the cause and the way out. */
export interface Locking {
  /** Creates a file with its whole content, or returns false when the name is taken. */
  createFile(path: string, content: string): Promise<boolean>;

  /** Puts a file in the place of another one, atomically. */
  renameFile(from: string, to: string): Promise<void>;

  /** Deletes a file; a missing one is left alone. */
  removeFile(path: string): Promise<void>;

  thisProcess(): Promise<ProcessIdentity>;

  /** Dates the file with the present time every few seconds, until the function that it returns is called. */
  keepFresh(path: string): () => void;

  /** What became of the process that keeps a file fresh. */
  stateOf(owner: ProcessIdentity, path: string): Promise<ProcessState>;
}
