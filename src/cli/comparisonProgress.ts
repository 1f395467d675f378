import { duration } from '../logging/terminalText.js';
import type { CommandContext } from './command.js';
import { type Job, stepsMade } from './comparedRuns.js';

const REFRESH_MS = 500;
const DEFAULT_COLUMNS = 80;

/** Shows the progress of a comparison: a line for each run that ends, and on a terminal a last line that is redrawn. */
export class ComparisonProgress {
  /** Time that has gone by while the process was not suspended. */
  private elapsedMs = 0;
  private latestRefresh = performance.now();
  private readonly running = new Map<Job, number>();
  private finishedRuns = 0;
  private finishedSteps = 0;
  /** Steps that were made before this session. */
  private earlierSteps = 0;
  private timer?: NodeJS.Timeout;
  private liveLength = 0;

  constructor(
    private readonly context: Pick<CommandContext, 'write' | 'isTerminal' | 'columns'>,
    private readonly jobs: readonly Job[],
  ) {}

  /** alreadyDone: jobs that earlier sessions finished. */
  async begin(alreadyDone: readonly Job[]): Promise<void> {
    for (const job of this.jobs) {
      const steps = await stepsMade(job.folder);
      this.earlierSteps += Math.min(steps, job.run.options.timesteps);
      if (alreadyDone.includes(job)) this.count(job);
    }
    const left = this.jobs.length - alreadyDone.length;
    const done = alreadyDone.length === 0 ? '' : `, ${alreadyDone.length} finished before`;
    this.line(`${left} of ${this.jobs.length} runs to make${done}`);
    if (!this.context.isTerminal) return;
    this.timer = setInterval(() => void this.refresh(), REFRESH_MS);
  }

  start(job: Job): void {
    this.running.set(job, 0);
  }

  end(job: Job, result: string): void {
    this.running.delete(job);
    this.count(job);
    const { environment, algorithm, options } = job.run;
    this.line(
      `[${this.finishedRuns}/${this.jobs.length}] ${environment} ${algorithm} seed ${options.seed}: ${result}`,
    );
  }

  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.clear();
  }

  private count({ run }: Job): void {
    this.finishedRuns++;
    this.finishedSteps += run.options.timesteps;
  }

  private async refresh(): Promise<void> {
    const now = performance.now();
    this.elapsedMs += Math.min(now - this.latestRefresh, 2 * REFRESH_MS);
    this.latestRefresh = now;
    for (const job of [...this.running.keys()]) {
      const steps = await stepsMade(job.folder);
      if (this.running.has(job)) this.running.set(job, Math.min(steps, job.run.options.timesteps));
    }
    // closed while the files were read
    if (this.timer === undefined) return;
    const columns = (this.context.columns() || DEFAULT_COLUMNS) - 1;
    const text = this.liveLine().slice(0, columns);
    this.context.write(`\r${text.padEnd(Math.min(this.liveLength, columns))}`);
    this.liveLength = text.length;
  }

  /** Such as "3/12 runs, 41 %, about 2m 05s left; CartPole-v1 trpo 0: 61 %". */
  private liveLine(): string {
    const total = this.jobs.reduce((sum, { run }) => sum + run.options.timesteps, 0);
    const made = [...this.running.values()].reduce((sum, steps) => sum + steps, this.finishedSteps);
    const perMs = (made - this.earlierSteps) / this.elapsedMs;
    const left = perMs > 0 ? `, about ${duration((total - made) / perMs / 1000)} left` : '';
    const now = [...this.running].map(([{ run }, steps]) => {
      const percent = Math.floor((100 * steps) / run.options.timesteps);
      return `${run.environment} ${run.algorithm} seed ${run.options.seed}: ${percent} %`;
    });
    const percent = Math.floor((100 * made) / total);
    return `${this.finishedRuns}/${this.jobs.length} runs, ${percent} %${left}; ${now.join(', ')}`;
  }

  private line(text: string): void {
    this.clear();
    this.context.write(`${text}\n`);
  }

  private clear(): void {
    if (this.liveLength > 0) this.context.write(`\r${' '.repeat(this.liveLength)}\r`);
    this.liveLength = 0;
  }
}
