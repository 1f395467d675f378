/** Figures by column name; rows of one table need not have the same columns. */
export type Row = Readonly<Record<string, string | number>>;

/** What a section of the benchmark measured. */
export interface Table {
  readonly title: string;
  /** How to read the figures: definitions, and how results were verified. */
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
}

/** A table as text: numbers to three figures and flush right, other cells flush left. */
export function renderTable({ title, notes, rows }: Table): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => columns.map((column) => renderCell(row[column])));
  const widths = columns.map((column, i) => Math.max(column.length, ...cells.map((line) => line[i].length)));
  const isNumeric = columns.map((column) => rows.some((row) => typeof row[column] === 'number'));
  const renderLine = (line: readonly string[]) =>
    line
      .map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [
    title,
    ...notes.map((note) => `  ${note}`),
    renderLine(columns),
    rule,
    ...cells.map(renderLine),
  ].join('\n');
}

function renderCell(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
