import type { ProgressRow } from '../logging/sink.js';
import { RunHistory } from './history.js';
import { type Rule, rankOf, rules, type Severity, type Symptom } from './rules.js';

/** Rows without a symptom after which it counts as new when it comes back. */
const CALM_ROWS = 10;

/** A rule's symptom at the row that was looked at last. */
export interface Alarm {
  readonly rule: Rule;
  readonly symptom: Symptom;
  /** Whether it was not there, or was milder, in the rows before. */
  readonly begins: boolean;
}

/** Looks at the rows of a run as they come; what it says depends on them alone. */
export class HealthWatch {
  private readonly history = new RunHistory();
  /** When each rule last spoke, and the worst that it has said since its last calm. */
  private readonly spoken = new Map<Rule, { readonly row: number; readonly worst: Severity }>();

  /** Takes in the next row; what ails the run there, if anything. */
  look(row: ProgressRow): Alarm[] {
    this.history.add(row);
    const { count } = this.history;
    return rules.flatMap((rule) => {
      const symptom = rule.check(this.history);
      if (symptom === undefined) return [];
      const { severity } = symptom;
      const before = this.spoken.get(rule);
      const isKnown = before !== undefined && count - before.row <= CALM_ROWS;
      const begins = rule.isEvent || !isKnown || rankOf(severity) < rankOf(before.worst);
      this.spoken.set(rule, { row: count, worst: begins ? severity : before.worst });
      return [{ rule, symptom, begins }];
    });
  }
}

/** One line about an alarm: what, why, and the way out. */
export function describeAlarm({ rule, symptom }: Pick<Alarm, 'rule' | 'symptom'>): string {
  const options = rule.options.ours === '' ? '' : ` (${rule.options.ours})`;
  return `${rule.title}: ${symptom.cause}. Way out: ${rule.remedy}${options}`;
}
