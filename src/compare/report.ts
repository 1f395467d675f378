import { progressKey } from '../logging/sink.js';
import { lineChartSvg } from '../render/chart.js';
import type { ChartOptions, Curve } from '../render/chartLayout.js';
import { escapeMarkup } from '../render/markup.js';
import { summarizeCurves } from './curves.js';
import type { CellSummary, ComparedRun, ComparisonSummary, Estimate } from './summary.js';

/** One chart of a comparison. */
export interface ComparisonChart {
  readonly environment: string;
  /** Name for files, such as "CartPole-v1-return". */
  readonly fileName: string;
  readonly curves: readonly Curve[];
  readonly options: ChartOptions;
}

interface ChartedColumn {
  readonly key: string;
  readonly suffix: string;
  readonly title: string;
  readonly yLabel: string;
  readonly logarithmic?: boolean;
}

const COLUMNS: readonly ChartedColumn[] = [
  {
    key: progressKey.meanReturn,
    suffix: 'return',
    title: 'return while training',
    yLabel: 'mean return of 100 episodes',
  },
  {
    key: progressKey.klOldNew,
    suffix: 'kl',
    title: 'KL(old || new) of updates',
    yLabel: 'mean KL over states',
    logarithmic: true,
  },
];

/** Learning curves and KL of each environment; a setting keeps its colour in all of them. */
export function comparisonCharts(
  runs: readonly ComparedRun[],
  { environments, algorithms }: Pick<ComparisonSummary, 'environments' | 'algorithms'>,
): ComparisonChart[] {
  return environments.flatMap((environment) =>
    COLUMNS.map(({ key, suffix, title, yLabel, logarithmic }) => ({
      environment,
      fileName: `${environment}-${suffix}`,
      curves: algorithms.map((name) => {
        const members = runs.filter((run) => run.environment === environment && run.algorithm === name);
        const points =
          members.length === 0
            ? []
            : summarizeCurves(
                members.map(({ rows }) => rows),
                key,
              );
        return { name, points, band: points };
      }),
      options: { title: `${environment}: ${title}`, xLabel: 'environment steps', yLabel, logarithmic },
    })),
  );
}

/** The columns of the table of one environment. */
const CELL_COLUMNS: readonly { readonly title: string; readonly text: (cell: CellSummary) => string }[] = [
  { title: 'setting', text: ({ algorithm }) => algorithm },
  { title: 'runs', text: ({ runs }) => String(runs) },
  { title: 'evaluated return', text: ({ evaluatedReturn }) => estimateText(evaluatedReturn) },
  { title: 'return while training', text: ({ trainingReturn }) => estimateText(trainingReturn) },
  { title: 'worst drop', text: ({ worstDrop }) => percent(worstDrop) },
  { title: 'bad updates', text: ({ drops }) => percent(drops) },
  { title: 'refused', text: ({ refused }) => percent(refused) },
  { title: 'KL, median', text: ({ medianKl }) => number(medianKl) },
  { title: 'KL, largest', text: ({ largestKl }) => number(largestKl) },
  { title: 'KL above maxKl', text: ({ beyondTrustRegion }) => percent(beyondTrustRegion) },
  { title: 'update, ms', text: ({ updateMs }) => number(updateMs) },
  { title: 'collecting, ms', text: ({ collectMs }) => number(collectMs) },
];

const LEGEND = `Returns are interquartile means over runs with stratified bootstrap intervals of 95 % (arXiv:2108.13264).
<b>Evaluated</b>: the last policy, most probable actions, whole episodes. <b>While training</b>: the last 100 episodes.
<b>Worst drop</b>: the largest fall of the training return from its best so far, as a share of the range of returns seen.
<b>Bad updates</b>: those after which the mean return fell by more than 10 % (ten iterations before against ten after).
<b>Refused</b>: updates that left the policy as it was. <b>KL</b>: KL(old || new) that updates took, mean over states. Times
are medians over updates, on the machine that made them, with all that ran beside.`;

/** A table that is wider than the window scrolls, with its first column in place and a shadow where it goes on. */
const STYLE = `:root{--page:#fff}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:78rem;padding:0 1rem;color:#212529;background:var(--page)}
h1{font-size:1.5rem;overflow-wrap:anywhere}h2{font-size:1.2rem;margin-top:2.5rem}table{border-collapse:collapse;font-size:.85rem}
.scroll{overflow-x:auto;background:linear-gradient(to left,var(--page) 50%,transparent) right/3rem 100% no-repeat local,
linear-gradient(to left,#8886,transparent) right/1rem 100% no-repeat scroll}
th,td{padding:.35rem .6rem;text-align:right;vertical-align:top;border-bottom:1px solid #dee2e6}
th:first-child,td:first-child{text-align:left;position:sticky;left:0;background:var(--page)}
th{font-weight:600;vertical-align:bottom}
small{color:#6c757d}.charts{display:flex;flex-wrap:wrap;gap:1rem;margin-top:1rem}.charts svg{max-width:100%;height:auto;
flex:1 1 32rem;border:1px solid #dee2e6;border-radius:6px}code{font-size:.9em}
@media(prefers-color-scheme:dark){:root{--page:#16191d}body{color:#dee2e6}th,td{border-color:#343a40}small{color:#adb5bd}}`;

/** The comparison as one HTML page that needs nothing else: no scripts, no fonts, no other files. */
export function reportHtml(
  summary: ComparisonSummary,
  runs: readonly ComparedRun[],
  charts: readonly ComparisonChart[],
): string {
  const { environments, algorithms, cells } = summary;
  const sections = environments.map((environment) => {
    const rows = cells.filter((cell) => cell.environment === environment);
    const pictures = charts
      .filter((chart) => chart.environment === environment)
      .filter(({ curves }) => curves.some(({ points }) => points.length > 0))
      .map(({ curves, options }) => lineChartSvg(curves, options));
    return `<h2>${escapeMarkup(environment)}</h2>
${table(
  CELL_COLUMNS.map(({ title }) => title),
  rows.map((cell) => CELL_COLUMNS.map(({ text }) => text(cell))),
)}
<div class="charts">${pictures.join('')}</div>`;
  });
  const title = `${algorithms.join(', ')} on ${environments.join(', ')}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeMarkup(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeMarkup(title)}</h1>
<p>${runs.length} runs. ${LEGEND}</p>
${overallSection(summary)}
${sections.join('\n')}
<h2>Options that differ</h2>
${optionsTable(runs)}
</body>
</html>
`;
}

/** The tables as text for a terminal. */
export function reportText({ environments, cells, overall }: ComparisonSummary): string {
  const columns = CELL_COLUMNS.slice(0, 8);
  const parts = environments.map((environment) => {
    const rows = cells.filter((cell) => cell.environment === environment);
    return `${environment}\n${aligned([
      columns.map(({ title }) => title),
      ...rows.map((cell) => columns.map(({ text }) => text(cell))),
    ])}`;
  });
  if (environments.length > 1 && overall.length > 1) {
    const rows = overall.map(({ algorithm, normalizedScore }) => [algorithm, estimateText(normalizedScore)]);
    parts.push(`all environments\n${aligned([['setting', 'normalised score'], ...rows])}`);
  }
  return parts.join('\n');
}

function overallSection({ overall, scoredBy, algorithms }: ComparisonSummary): string {
  if (overall.length < 2) return '';
  const rows = overall.map(({ algorithm, normalizedScore, betterThanFirst }) => [
    algorithm,
    estimateText(normalizedScore),
    estimateText(betterThanFirst),
  ]);
  const score = scoredBy === 'evaluation' ? 'evaluated return' : 'return while training';
  return `<h2>All environments</h2>
${table(['setting', 'normalised score', `probability to beat ${algorithms[0]}`], rows)}
<p><small>Score: the ${score} between 0, the worst run of its environment here, and 1, the best; interquartile mean over all
runs. Probability: that a run beats one of ${escapeMarkup(algorithms[0])} in the same environment, averaged over environments.</small></p>`;
}

/** Options whose values are not the same in all runs, per setting and environment; seeds are left out. */
function optionsTable(runs: readonly ComparedRun[]): string {
  const names = (Object.keys(runs[0].options) as (keyof ComparedRun['options'])[]).filter(
    (name) => name !== 'seed' && new Set(runs.map(({ options }) => String(options[name]))).size > 1,
  );
  const rows = runs.map(({ environment, algorithm, options }) => [
    environment,
    algorithm,
    ...names.map((name) => String(options[name]) || 'none'),
  ]);
  const different = [...new Map(rows.map((row) => [row.join('\n'), row])).values()];
  return table(['environment', 'setting', ...names], different);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (tag: string, texts: readonly string[], breakable: (markup: string) => string) =>
    `<tr>${texts.map((text) => `<${tag}>${breakable(escapeMarkup(text))}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table>
<thead>${line('th', head, breakableHead)}</thead>
<tbody>${rows.map((row) => line('td', row, breakableCell)).join('\n')}</tbody>
</table></div>`;
}

/** Lines of a cell may end between a value and its interval and between options of a setting, not within an interval. */
function breakableCell(markup: string): string {
  return markup.replaceAll(/(?<=,) (?=[-\d])| (?=%$)/g, '\u00a0').replaceAll(/(?<=:)(?=[a-z])/g, '<wbr>');
}

/** Lines of a head may end between the words of an option's name too. */
function breakableHead(markup: string): string {
  return markup.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '<wbr>');
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) => {
      const cells = row.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i])));
      return `  ${cells.join('  ')}\n`;
    })
    .join('');
}

/** Such as "495.2 [480.1, 500]". */
function estimateText(estimate: Estimate | null): string {
  if (estimate === null) return '-';
  const { value, low, high } = estimate;
  return `${number(value)} [${number(low)}, ${number(high)}]`;
}

/** Four digits, and no more than two after the point of larger numbers. */
function number(value: number | null): string {
  if (value === null) return '-';
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential(1);
  const digits = Math.abs(value) >= 100 ? value.toFixed(1) : value.toPrecision(3);
  return String(Number(digits));
}

function percent(value: number | null): string {
  if (value === null) return '-';
  const percents = 100 * value;
  return `${percents > 0 && percents < 10 ? percents.toFixed(1) : percents.toFixed(0)} %`;
}
