import { outcomeRules } from './outcomeRules.js';
import type { Rule } from './rule.js';
import { updateRules } from './updateRules.js';

/** Every rule: the live warnings and `trpo doctor` read this list. */
export const rules: readonly Rule[] = [...updateRules, ...outcomeRules];
