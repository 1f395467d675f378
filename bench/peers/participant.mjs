import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A process that holds workloads and runs one repetition when asked: JSON lines on its standard input and output. */
export class Participant {
  /** What it said about itself: name, versions, threads, cases of each workload. */
  description;
  #process;
  #answers;
  #errors = '';

  constructor(command, { threads }) {
    const [program, ...args] = command;
    const count = String(threads);
    this.#process = spawn(program, args, {
      env: {
        ...process.env,
        OMP_NUM_THREADS: count,
        MKL_NUM_THREADS: count,
        OPENBLAS_NUM_THREADS: count,
        PYTHONDONTWRITEBYTECODE: '1',
      },
    });
    this.#process.stderr.on('data', (text) => {
      this.#errors += text;
    });
    // a process that has ended cannot be written to; the missing answer shows it
    this.#process.stdin.on('error', () => {});
    this.#process.on('error', (error) => {
      this.#errors += error.message;
    });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Starts the participant's workloads. */
  async prepare(task) {
    this.description = await this.ask({ task: 'prepare', ...task });
    return this.description;
  }

  async ask(task) {
    this.#process.stdin.write(`${JSON.stringify(task)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`${this.#process.spawnargs.join(' ')} ended:\n${this.#errors.trim()}`);
    const answer = JSON.parse(value);
    if (answer.error !== undefined) throw new Error(`${this.#process.spawnargs.join(' ')}: ${answer.error}`);
    return answer;
  }

  has(workload, name) {
    return this.description.cases[workload]?.includes(name) ?? false;
  }

  close() {
    this.#process.stdin.end();
  }
}
