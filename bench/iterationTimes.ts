import { Trainer } from '../src/training/trainer.js';
import { median } from './measure.js';

const ROWS = 2048;
const WARM_UP = 3;
const ITERATIONS = 10;

/** Median times of a training iteration of 2,048 rows on an environment. */
export async function iterationMilliseconds(
  module: WebAssembly.Module,
  environment: string,
  environments: number,
): Promise<{ steps: number; collectMs: number; updateMs: number }> {
  const trainer = new Trainer(
    { module, variant: 'bench', yieldToEventLoop: async () => {} },
    { environment, environments, steps: ROWS / environments, timesteps: ROWS * (WARM_UP + ITERATIONS) },
  );
  const collect: number[] = [];
  const update: number[] = [];
  for await (const { iteration, report } of trainer.iterations()) {
    if (!report.step.accepted || report.largestRatioError !== 0) {
      throw new Error(`${environment}: iteration ${iteration} is not sound (${report.step.reason})`);
    }
    if (iteration <= WARM_UP) continue;
    collect.push(report.collectMs);
    update.push(report.updateMs);
  }
  return { steps: ROWS, collectMs: median(collect), updateMs: median(update) };
}
