import { MismatchError } from '../errors.js';
import { describeUnits } from '../policy/policySpec.js';
import { exchange, toldToAll } from '../ranks/agreement.js';
import type { Ranks } from '../ranks/ranks.js';
import type { Training } from '../training/training.js';
import { VERSION } from '../version.js';

/** The trainer that `create` makes on each rank, once all of them have one that does the same. */
export async function createAlike(
  ranks: Ranks | undefined,
  create: () => Promise<Training>,
): Promise<Training> {
  let trainer: Training | undefined;
  try {
    const told = await exchange(ranks, async () => {
      trainer = await create();
      const { spec, options, variant } = trainer;
      return {
        version: VERSION,
        kernels: variant,
        environment: `${spec.environmentName} (${describeUnits(spec)})`,
        ...Object.fromEntries(Object.entries(options).map(([name, value]) => [name, JSON.stringify(value)])),
      } as Readonly<Record<string, string>>;
    });
    requireAlike(told);
    return trainer!;
  } catch (error) {
    await trainer?.close().catch(() => {});
    throw error;
  }
}

/** Throws MismatchError, on every rank, where one is about to train something else. */
function requireAlike([first, ...others]: readonly Readonly<Record<string, string>>[]): void {
  for (const [index, other] of others.entries()) {
    const name = Object.keys({ ...first, ...other }).find((key) => other[key] !== first[key]);
    if (name === undefined) continue;
    throw toldToAll(
      new MismatchError(
        `The ranks are to train different things: ${name} is ${first[name]} on rank 0, ${other[name]} on rank ${index + 1}; give the same request on every rank, and install the same version of wasm-trpo on every machine`,
      ),
    );
  }
}
