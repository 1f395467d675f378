import { type ProgressRow, progressKey } from '../logging/sink.js';
import { type Rule, rankOf, type Severity } from './rule.js';
import { HealthWatch } from './watch.js';

/** One way in which a run fails, and where that shows. */
export interface Finding {
  readonly rule: Rule;
  readonly severity: Severity;
  /** The figures of the worst row, or of the last of equally bad ones. */
  readonly cause: string;
  /** Rows that show it, in order. */
  readonly rows: readonly ProgressRow[];
}

/** All findings of a run, worst first, then by the number of rows that show them. */
export function diagnose(rows: readonly ProgressRow[]): Finding[] {
  const watch = new HealthWatch();
  const findings = new Map<Rule, { severity: Severity; cause: string; rows: ProgressRow[] }>();
  for (const row of rows) {
    for (const { rule, symptom } of watch.look(row)) {
      const known = findings.get(rule);
      if (known === undefined) findings.set(rule, { ...symptom, rows: [row] });
      else {
        known.rows.push(row);
        if (rankOf(symptom.severity) <= rankOf(known.severity)) Object.assign(known, symptom);
      }
    }
  }
  return [...findings]
    .map(([rule, finding]) => ({ rule, ...finding }))
    .sort((a, b) => rankOf(a.severity) - rankOf(b.severity) || b.rows.length - a.rows.length);
}

/** Such as "update 7", "updates 7 to 12 (6 rows)". */
export function describeRows(rows: readonly ProgressRow[]): string {
  const [first, last] = [rows[0], rows[rows.length - 1]].map((row) => row[progressKey.iterations] ?? '?');
  return rows.length === 1 ? `update ${first}` : `updates ${first} to ${last} (${rows.length} rows)`;
}
