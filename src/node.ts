/** wasm-trpo on Node.js: the public names, bound to its files and its event loop. */

import { styleText } from 'node:util';
import type { PolicyProblem, PolicyProblemSpec } from './algorithms/policyProblem.js';
import type { ActionSpace } from './environments/spaces.js';
import { TensorBoardSink as TensorBoard } from './logging/tensorBoard.js';
import { TerminalSink as Terminal, type TerminalOutput } from './logging/terminal.js';
import { nodePlatform } from './platform/node.js';
import { createTrainer as createTrainerOn } from './run/createTraining.js';
import * as policies from './run/policies.js';
import type { PolicyFile } from './run/policyBytes.js';
import type {
  ResumeRequest,
  RuntimeOptions,
  StartOptions,
  TrainingOf,
  TrainingOn,
  TrainRequest,
  TrainResult,
} from './run/requests.js';
import { resume as resumeOn } from './run/resume.js';
import { train as trainOn } from './run/train.js';
import type { TrpoOptions } from './training/options.js';
import type { Trainer } from './training/trainer.js';
import type { TrainerOptions } from './training/trainingPlan.js';
import type { EnvironmentSource } from './vector/givenSource.js';

export {
  atari,
  type GymnasiumOptions,
  type GymnasiumSource,
  type GymnasiumSpec,
  type GymnasiumWrapper,
  gymnasium,
  type JsonValue,
} from './gymnasium/gymnasiumSource.js';
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
export function createTrainer<Source extends EnvironmentSource = EnvironmentSource>(
  options: TrainerOptions & RuntimeOptions & StartOptions & { readonly environment: Source },
): Promise<TrainingOn<Trainer, Source>> {
  return createTrainerOn(nodePlatform, options) as Promise<TrainingOn<Trainer, Source>>;
}

/** How a run is reported. */
export interface ReportOptions {
  /** Report progress on standard output. Default false. */
  readonly verbose?: boolean;
}

function withReport<Request extends Pick<TrainRequest, 'sinks'> & ReportOptions>(
  { verbose = false, ...request } = {} as Request,
): Omit<Request, 'verbose'> {
  return verbose ? { ...request, sinks: [new TerminalSink(), ...(request.sinks ?? [])] } : request;
}

/** Trains from the start to `timesteps`, into a run folder if one is given. */
export function train<
  Algorithm extends TrpoOptions['algorithm'] = 'trpo',
  Source extends EnvironmentSource = EnvironmentSource,
>(
  request: TrainRequest & ReportOptions & { readonly algorithm?: Algorithm; readonly environment: Source },
): Promise<TrainResult<TrainingOf<Algorithm, Source>>> {
  // searches are trained by a PolicySearch, all other algorithms by a Trainer
  return trainOn(nodePlatform, withReport(request)) as Promise<TrainResult<TrainingOf<Algorithm, Source>>>;
}

/** Goes on with the run in a folder, exactly where its last whole iteration ended. */
export function resume(request: ResumeRequest & ReportOptions): Promise<TrainResult> {
  return resumeOn(nodePlatform, withReport(request));
}

/**
 * The policy in a policy file, a checkpoint or a run folder (a path), or in the bytes of such a file. That of a checkpoint has its
 * value function, for `policy.value`. Throws FileError or MismatchError naming the file, OptionError for what is neither.
 */
export function loadPolicy<Kind extends ActionSpace['kind'] = ActionSpace['kind']>(
  source: PolicyFile,
  options?: policies.LoadOptions<Kind>,
): Promise<policies.PolicyOver<Kind>> {
  return policies.loadPolicy(nodePlatform, source, options);
}

/** The pieces of an update on a batch of your own, for research. */
export function createPolicyProblem(
  spec: PolicyProblemSpec,
  options?: RuntimeOptions,
): Promise<PolicyProblem> {
  return policies.createPolicyProblem(nodePlatform, spec, options);
}
