/** wasm-trpo on Node.js: the public names, bound to its files and its event loop. */

import { styleText } from 'node:util';
import type { PolicyProblem, PolicyProblemSpec } from './algorithms/policyProblem.js';
import { TensorBoardSink as TensorBoard } from './logging/tensorBoard.js';
import { TerminalSink as Terminal, type TerminalOutput } from './logging/terminal.js';
import { nodePlatform } from './platform/node.js';
import type { Policy } from './policy/policy.js';
import * as policies from './run/policies.js';
import * as runs from './run/trainAndResume.js';
import type { TrpoOptions } from './training/options.js';
import type { Trainer } from './training/trainer.js';
import type { TrainerOptions } from './training/trainingPlan.js';

export * from './index.js';
export { nodePlatform } from './platform/node.js';

const standardOutput: TerminalOutput = {
  write: (text) => process.stdout.write(text),
  get isTerminal() {
    return process.stdout.isTTY === true;
  },
  columns: () => process.stdout.columns,
  style: styleText,
};

/**
 * Shows a run: on a terminal a table whose last line is redrawn, else plain lines; then a summary. output: default standard
 * output.
 */
export class TerminalSink extends Terminal {
  constructor(output: TerminalOutput = standardOutput) {
    super(output);
  }
}

/** Writes a TensorBoard event file into a folder, which is made where there is none. */
export class TensorBoardSink extends TensorBoard {
  constructor(folder: string) {
    super(nodePlatform, folder);
  }
}

/** Builds a trainer, for control over every iteration: `for await (const iteration of trainer.iterations())`. */
export function createTrainer(
  options: TrainerOptions & runs.RuntimeOptions & runs.StartOptions,
): Promise<Trainer> {
  return runs.createTrainer(nodePlatform, options);
}

/** How a run is reported. */
export interface ReportOptions {
  /** Report progress on standard output. Default false. */
  readonly verbose?: boolean;
}

function withReport<Request extends Pick<runs.TrainRequest, 'sinks'> & ReportOptions>(
  { verbose = false, ...request } = {} as Request,
): Omit<Request, 'verbose'> {
  return verbose ? { ...request, sinks: [new TerminalSink(), ...(request.sinks ?? [])] } : request;
}

/** Trains from the start to `timesteps`, into a run folder if one is given. */
export function train<Algorithm extends TrpoOptions['algorithm'] = 'trpo'>(
  request: runs.TrainRequest & ReportOptions & { readonly algorithm?: Algorithm },
): Promise<runs.TrainResult<runs.TrainingOf<Algorithm>>> {
  // searches are trained by a PolicySearch, all other algorithms by a Trainer
  return runs.train(nodePlatform, withReport(request)) as Promise<
    runs.TrainResult<runs.TrainingOf<Algorithm>>
  >;
}

/** Goes on with the run in a folder, exactly where its last whole iteration ended. */
export function resume(request: runs.ResumeRequest & ReportOptions): Promise<runs.TrainResult> {
  return runs.resume(nodePlatform, withReport(request));
}

/** The policy in a policy file or a run folder. */
export function loadPolicy(path: string, options?: runs.RuntimeOptions): Promise<Policy> {
  return policies.loadPolicy(nodePlatform, path, options);
}

/** The pieces of an update on a batch of your own, for research. */
export function createPolicyProblem(
  spec: PolicyProblemSpec,
  options?: runs.RuntimeOptions,
): Promise<PolicyProblem> {
  return policies.createPolicyProblem(nodePlatform, spec, options);
}
