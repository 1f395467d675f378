import { columnMeanings, inactiveMeanings } from '../logging/columns.js';
import { inactiveKeysOf, type ProgressRow, progressKey } from '../logging/sink.js';
import { lineChartSvg } from '../render/chart.js';
import type { Curve } from '../render/chartLayout.js';
import { escapeMarkup } from '../render/markup.js';
import { describeRows, type Finding } from './diagnosis.js';
import { numberAt } from './history.js';
import type { Severity } from './rule.js';

/** What a run is called, and which of the two sets of options its user has. */
export interface RunTitle {
  readonly title: string;
  readonly options: 'ours' | 'stableBaselines3';
}

/** Rows of a finding that a table shows: the first ones, and the last. */
const ROWS_SHOWN = 5;
const CHART = { widthPx: 440, heightPx: 260 };

/** Columns whose curves the report draws, each with the scale that shows it best. */
const CURVES: readonly { readonly key: keyof typeof progressKey; readonly logarithmic?: boolean }[] = [
  { key: 'meanReturn' },
  { key: 'klOldNew' },
  { key: 'klModelRatio' },
  { key: 'entropy' },
  { key: 'std' },
  { key: 'explainedVariance' },
  { key: 'valueLoss', logarithmic: true },
  { key: 'cgResidual', logarithmic: true },
  { key: 'lineSearchBacktracks' },
  { key: 'gradientNorm', logarithmic: true },
  { key: 'stepNorm' },
  { key: 'advantageStd' },
  { key: 'rewardLargest' },
  { key: 'rewardStd' },
  { key: 'normalizerShift', logarithmic: true },
  { key: 'clippedActions' },
  { key: 'ratioError' },
];

/** A page of HTML that needs nothing else: findings, the rows that show them, and the curves with those rows marked. */
export function reportHtml(
  { title, options }: RunTitle,
  rows: readonly ProgressRow[],
  findings: readonly Finding[],
): string {
  const last = rows[rows.length - 1];
  const steps = last === undefined ? 0 : (numberAt(last, progressKey.totalTimesteps) ?? 0);
  const cards = findings.map((finding) => findingHtml(finding, options));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(title)}: health</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeMarkup(title)}</h1>
<p class="summary">${rows.length} updates, ${steps.toLocaleString('en-US')} environment steps: <strong>${countFindings(findings)}</strong></p>
${cards.length === 0 ? '<p class="healthy">No sign of any of the failures that this page knows.</p>' : cards.join('\n')}
<h2>Curves</h2>
<div class="charts">
${chartsOf(rows, findings).join('\n')}
</div>
</main>
</body>
</html>
`;
}

/** Such as "1 error, 2 warnings", or "no findings". */
export function countFindings(findings: readonly Finding[]): string {
  const counts = (['error', 'warning', 'note'] satisfies Severity[]).flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : `${count} ${severity}${count === 1 ? '' : 's'}`;
  });
  return counts.length === 0 ? 'no findings' : counts.join(', ');
}

/** The rows that a table shows of a finding, under the columns of its rule. */
export function tableOf({ rule, rows }: Finding): { columns: readonly string[]; cells: readonly string[][] } {
  const shown = rows.length <= ROWS_SHOWN ? rows : [...rows.slice(0, ROWS_SHOWN - 1), rows[rows.length - 1]];
  const keys = rule.columns(rows[0]).filter((key) => shown.some((row) => row[key] != null));
  const columns = [progressKey.iterations, progressKey.totalTimesteps, ...keys];
  return { columns, cells: shown.map((row) => columns.map((key) => cellText(row[key]))) };
}

function findingHtml(finding: Finding, options: RunTitle['options']): string {
  const { rule, severity, cause, rows } = finding;
  const { columns, cells } = tableOf(finding);
  const change = rule.options[options];
  // the cause already holds the text of the error: no table
  const table = rule.name === 'stopped' ? '' : tableHtml(columns, cells);
  return `<section class="${severity}">
<h2><span class="severity">${severity}</span> ${escapeMarkup(rule.title)}</h2>
<p>${escapeMarkup(sentence(cause))} <span class="rows">${escapeMarkup(describeRows(rows))}</span></p>
<p><b>Way out:</b> ${escapeMarkup(rule.remedy)}.${change === '' ? '' : ` <b>Change:</b> ${escapeMarkup(change)}`}</p>
${table}
</section>`;
}

function tableHtml(columns: readonly string[], cells: readonly (readonly string[])[]): string {
  const head = columns.map((name) => `<th>${escapeMarkup(name)}</th>`).join('');
  const body = cells.map((row) => `<tr>${row.map((cell) => `<td>${escapeMarkup(cell)}</td>`).join('')}</tr>`);
  return `<div class="table"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

function chartsOf(rows: readonly ProgressRow[], findings: readonly Finding[]): string[] {
  const known = CURVES.map(({ key, logarithmic }) => ({
    ...{ key: progressKey[key] as string, logarithmic },
    meaning: columnMeanings[key],
  }));
  const ofLayers = (['filters', 'units'] as const).flatMap((of) =>
    inactiveKeysOf(rows[0] ?? {}, of).map(({ key }) => ({
      ...{ key, logarithmic: false, meaning: inactiveMeanings[of] },
    })),
  );
  return [...known, ...ofLayers].flatMap(({ key, logarithmic, meaning }) => {
    const marked = new Set(
      findings.filter(({ rule }) => rule.columns(rows[0]).includes(key)).flatMap((finding) => finding.rows),
    );
    const values = rows.flatMap((row) => numberAt(row, key) ?? []);
    const isFlat = values.every((value) => value === values[0]);
    if (values.length < 2 || (isFlat && marked.size === 0)) return [];
    const chart = lineChartSvg(curvesOf(rows, key, marked), {
      ...{ title: key, xLabel: 'environment steps', yLabel: '', logarithmic, ...CHART },
    });
    return [`<figure>${chart}<figcaption>${escapeMarkup(meaning)}</figcaption></figure>`];
  });
}

function curvesOf(rows: readonly ProgressRow[], key: string, marked: ReadonlySet<ProgressRow>): Curve[] {
  const points = rows.map((row) => ({
    x: numberAt(row, progressKey.totalTimesteps) ?? 0,
    y: numberAt(row, key) ?? null,
  }));
  const all: Curve = { name: 'all updates', points };
  if (marked.size === 0) return [all];
  // a line needs two points: the one before is drawn too
  const isMarked = (i: number) => i < rows.length && marked.has(rows[i]);
  const found = points.map(({ x, y }, i) => ({ x, y: isMarked(i) || isMarked(i + 1) ? y : null }));
  return [all, { name: 'finding', points: found }];
}

function cellText(value: ProgressRow[string] | undefined): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'number' && !Number.isInteger(value)
    ? String(Number(value.toPrecision(4)))
    : String(value);
}

function sentence(text: string): string {
  const end = /[.!?]$/.test(text) ? '' : '.';
  return `${text[0].toUpperCase()}${text.slice(1)}${end}`;
}

const STYLE = `
:root { color-scheme: light; font: 15px/1.5 system-ui, sans-serif; color: #212529; background: #f8f9fa; }
body { margin: 0; }
main { max-width: 1380px; margin: 0 auto; padding: 24px; }
h1 { font-size: 24px; margin: 0; }
h2 { font-size: 17px; margin: 0 0 6px; }
main > h2 { margin: 28px 0 10px; }
p { margin: 4px 0; }
.summary { margin-bottom: 18px; color: #495057; }
.healthy { background: #ebfbee; border-left: 5px solid #2b8a3e; padding: 12px 16px; border-radius: 4px; }
section { background: #fff; border-left: 5px solid #868e96; border-radius: 4px; padding: 12px 16px; margin: 12px 0; box-shadow: 0 1px 3px #0002; }
section.error { border-color: #c92a2a; }
section.warning { border-color: #e67700; }
.severity { font-size: 12px; text-transform: uppercase; letter-spacing: .05em; color: #fff; background: #868e96; border-radius: 3px; padding: 2px 7px; vertical-align: 2px; }
.error .severity { background: #c92a2a; }
.warning .severity { background: #b35c00; }
.rows { color: #495057; white-space: nowrap; }
.table { overflow-x: auto; margin-top: 8px; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 3px 12px 3px 0; border-bottom: 1px solid #e9ecef; white-space: nowrap; }
th { font-weight: 600; color: #495057; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(400px, 1fr)); gap: 14px; }
figure { margin: 0; background: #fff; border-radius: 4px; padding: 8px; box-shadow: 0 1px 3px #0002; }
figure svg { width: 100%; height: auto; display: block; }
figcaption { font-size: 13px; color: #495057; padding: 2px 8px 6px; }
`;
