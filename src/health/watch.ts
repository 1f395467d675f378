import type { ProgressRow } from '../logging/sink.js';
import { RunHistory } from './history.js';
import { type Rule, rankOf, type Severity, type Symptom } from './rule.js';
import { rules } from './rules.js';

/** Rows without a symptom after which it counts as new when it comes back. */
const QUIET_ROWS = 10;

/** A rule's symptom at the row that was looked at last. */
export interface Alarm {
  readonly rule: Rule;
  readonly symptom: Symptom;
  /** Whether it was not there, or was milder, in the rows before. */
  readonly begins: boolean;
}

/** Checks the rows of a run as they arrive; its alarms depend on the rows alone. */
export class HealthWatch {
  private readonly history = new RunHistory();
  /** Of each rule, the last row with a symptom and the worst severity since the symptom began. */
  private readonly raised = new Map<Rule, { readonly row: number; readonly worst: Severity }>();

  /** Adds the next row and returns the alarms it raises. */
  look(row: ProgressRow): Alarm[] {
    this.history.add(row);
    const { count } = this.history;
    return rules.flatMap((rule) => {
      const symptom = rule.check(this.history);
      if (symptom === undefined) return [];
      const { severity } = symptom;
      const before = this.raised.get(rule);
      const isKnown = before !== undefined && count - before.row <= QUIET_ROWS;
      const begins = rule.isEvent || !isKnown || rankOf(severity) < rankOf(before.worst);
      this.raised.set(rule, { row: count, worst: begins ? severity : before.worst });
      return [{ rule, symptom, begins }];
    });
  }
}

/** One line about an alarm: what, why, and the way out. */
export function describeAlarm({ rule, symptom }: Pick<Alarm, 'rule' | 'symptom'>): string {
  const options = rule.options.ours === '' ? '' : ` (${rule.options.ours})`;
  return `${rule.title}: ${symptom.cause}. Way out: ${rule.remedy}${options}`;
}
