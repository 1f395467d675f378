import { type ProgressRow, progressKey } from '../logging/sink.js';
import { numberAt } from './history.js';

/**
 * Rows that Stable-Baselines3 logged, under our keys: most have the same name; the KL of PPO and the loss of the entropy
 * bonus, which is minus the entropy, do not. Rows without any figure of training or episodes are left out.
 */
export function fromStableBaselines3(rows: readonly ProgressRow[]): ProgressRow[] {
  return rows
    .filter((row) => Object.keys(row).some((key) => /^(train|rollout)\//.test(key) && row[key] !== null))
    .map((row, index) => {
      const kl = numberAt(row, progressKey.klOldNew) ?? numberAt(row, 'train/approx_kl');
      const entropyLoss = numberAt(row, 'train/entropy_loss');
      const entropy =
        numberAt(row, progressKey.entropy) ?? (entropyLoss === undefined ? undefined : -entropyLoss);
      return {
        ...row,
        [progressKey.iterations]: numberAt(row, progressKey.iterations) ?? index + 1,
        ...(kl === undefined ? {} : { [progressKey.klOldNew]: kl }),
        ...(entropy === undefined ? {} : { [progressKey.entropy]: entropy }),
      };
    });
}
