import { describe, expect, it } from 'vitest';
import type { ProgressRow } from '../../src/logging/sink.js';
import { type TerminalOutput, TerminalSink } from '../../src/logging/terminal.js';

const TOTAL = 1_000_000;

function rowOf(iteration: number, iterations: number, total = TOTAL): ProgressRow {
  const steps = Math.round((total * iteration) / iterations);
  return {
    'time/total_timesteps': steps,
    'time/iterations': iteration,
    'time/fps': 45_000,
    'time/time_elapsed': steps / 45_000,
    'rollout/ep_rew_mean': iteration < 3 ? null : 500 * (1 - Math.exp((-5 * iteration) / iterations)),
    'rollout/ep_len_mean': iteration < 3 ? null : 321.5,
    'train/kl_divergence_loss': 0.0098,
    'train/entropy': 0.612,
    'train/explained_variance': 0.871,
    'train/is_line_search_success': iteration % 10 !== 0,
    'train/line_search_backtracks': iteration % 3,
    'train/line_search_reason': iteration % 10 === 0 ? 'the KL of 0.0132\nis above 0.01' : '',
  };
}

interface Shown extends Partial<TerminalOutput> {
  readonly totalTimesteps?: number;
  readonly environmentName?: string;
}

function startSink({ totalTimesteps = TOTAL, environmentName = 'CartPole-v1', ...options }: Shown = {}): {
  sink: TerminalSink;
  output: () => string;
} {
  let output = '';
  const sink = new TerminalSink({
    write: (text) => {
      output += text;
    },
    isTerminal: true,
    columns: 100,
    ...options,
  });
  sink.begin({ environmentName, algorithm: 'trpo', seed: 3, totalTimesteps });
  return { sink, output: () => output };
}

function run(iterations: number, options: Shown = {}): string {
  const { sink, output } = startSink(options);
  for (let i = 1; i <= iterations; i++) sink.write(rowOf(i, iterations, options.totalTimesteps));
  sink.close();
  return output();
}

/** What a terminal shows of the text: \r goes back, and what follows overwrites. */
function screenOf(text: string): string[] {
  return text.split('\n').map((line) => {
    let shown = '';
    for (const part of line.split('\r')) shown = part + shown.slice(part.length);
    return shown.trimEnd();
  });
}

function tableOf(lines: string[]): string[] {
  return lines.slice(2, lines.indexOf(''));
}

describe('piped', () => {
  it('writes plain lines without control characters, at most 50 rows for a run', () => {
    for (const iterations of [1, 2, 10, 49, 50, 51, 60, 1000]) {
      const output = run(iterations, { isTerminal: false, style: (_, text) => `\u001b[1m${text}` });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to look for
      expect(output.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f]/);
      const rows = tableOf(output.split('\n'));
      expect(rows.length).toBeLessThanOrEqual(50);
      expect(rows.length).toBeGreaterThanOrEqual(Math.min(iterations, 48));
      expect(rows[0]).toMatch(iterations === 1 ? /100%/ : /^ *[0-9,]+ +\d+% /);
      expect(rows[rows.length - 1]).toMatch(/^1,000,000 100% /);
    }
  });

  it('shows every column of a row, whatever the terminal width', () => {
    const lines = run(3, { isTerminal: false, columns: 20 }).split('\n');
    expect(lines.slice(0, 5)).toEqual([
      'TRPO on CartPole-v1, seed 3',
      '    steps    % steps/s    left   return length      KL entropy ex.var  line search',
      '  333,333  33%  45,000     15s        -      -  0.0098   0.612  0.871  accepted after 1 backtrack',
      '  666,667  66%  45,000    7.4s        -      -  0.0098   0.612  0.871  accepted after 2 backtracks',
      '1,000,000 100%  45,000    0.0s   496.63  321.5  0.0098   0.612  0.871  accepted',
    ]);
  });

  it('counts rejected updates and takes control characters out of their reason', () => {
    const output = run(20, { isTerminal: false });
    expect(output).toContain('rejected: the KL of 0.0132 is above 0.01\n');
    expect(output).toContain('rejected updates: 2 of 20\n');
  });
});

describe('on a terminal', () => {
  it('rewrites one live line and keeps at most 30', () => {
    for (const iterations of [1, 5, 29, 30, 31, 1000]) {
      const output = run(iterations);
      expect(output.split('\r')).toHaveLength(iterations + 1);
      const rows = tableOf(screenOf(output));
      expect(rows.length).toBeLessThanOrEqual(30);
      expect(rows.length).toBeGreaterThanOrEqual(Math.min(iterations, 28));
      expect(rows[rows.length - 1]).toMatch(/^1,000,000 100% /);
    }
  });

  it('has the newest row on the screen after every write, and nothing of the older one', () => {
    const { sink, output } = startSink({ columns: 140 });
    for (let i = 1; i <= 100; i++) {
      sink.write(rowOf(i, 100));
      const lines = screenOf(output());
      const live = lines[lines.length - 1] || lines[lines.length - 2];
      const ending = [/ {2}accepted$/, / {2}accepted after 1 backtrack$/, / {2}accepted after 2 backtracks$/];
      expect(live).toMatch(i % 10 === 0 ? / {2}rejected: .* above 0\.01$/ : ending[i % 3]);
      expect(live.trimStart()).toMatch(new RegExp(`^\\S+ +${i}% `));
    }
  });

  it.each([1, 2, 5, 10, 12, 20, 40, 60, 72, 73, 80, 100, 200])('never wraps in %d columns', (columns) => {
    const output = run(200, {
      columns,
      environmentName: 'a name that is longer than most of these terminals are wide',
    });
    for (const part of output.split(/[\r\n]/)) expect(part.length).toBeLessThan(Math.max(2, columns));
  });

  it('follows a terminal that is resized, and takes 0 or nothing as unknown', () => {
    let columns: number | undefined = 120;
    const { sink, output } = startSink({ columns: () => columns });
    const widths: number[] = [];
    for (const width of [120, 30, 0, undefined, 50]) {
      columns = width;
      const before = output().length;
      sink.write(rowOf(widths.length + 1, 5));
      const parts = output()
        .slice(before)
        .split(/[\r\n]/);
      widths.push(parts.findLast((part) => part !== '')?.length ?? 0);
    }
    expect(widths[0]).toBeGreaterThan(80);
    expect(widths[1]).toBeLessThan(30);
    expect(widths[2]).toBeGreaterThan(60);
    expect(widths[2]).toBeLessThan(80);
    expect(widths[3]).toBeLessThan(80);
    expect(widths[4]).toBeLessThan(50);
  });

  it('uses the style for title, header and rejected rows, and does not count it as width', () => {
    const style = (format: string, text: string) => `<${format}>${text}</>`;
    const styled = run(20, { style, columns: 60 });
    expect(styled.replace(/<\w*>|<\/>/g, '')).toBe(run(20, { columns: 60 }));
    expect(styled).toContain('<bold>TRPO on CartPole-v1, seed 3</>\n<dim>    steps');
    expect(styled.match(/<yellow>/g)).toHaveLength(2);
  });
});

describe('columns', () => {
  it('stay in place for every size of number', () => {
    const sizes = [
      0, 1e-9, 0.00995, 0.99996, 9.9996, 99.996, 999.96, 9999.996, 99999.96, 999999.6, 9999999.6, 1e12,
    ];
    const values = [...sizes, ...sizes.map((size) => -size), Number.NaN, Infinity, -Infinity, null];
    const { sink, output } = startSink({ isTerminal: false, totalTimesteps: 10 });
    values.forEach((value, i) => {
      const positive = typeof value === 'number' ? Math.abs(value) : value;
      sink.write({
        'time/total_timesteps': i,
        'time/fps': positive,
        'rollout/ep_rew_mean': value,
        'rollout/ep_len_mean': positive,
        'train/kl_divergence_loss': value,
        'train/entropy': value,
        'train/explained_variance': value,
        'train/is_line_search_success': true,
      });
    });
    const rows = tableOf(output().concat('\n').split('\n'));
    expect(rows.length).toBeGreaterThan(9);
    for (const row of rows) expect(row.indexOf('accepted')).toBe(71);
  });

  it.each([
    [0, '0.0s'],
    [9.96, '10s'],
    [59.4, '59s'],
    [59.6, '1m 00s'],
    [3599.4, '59m 59s'],
    [3599.6, '1h 00m'],
    [86_369, '23h 59m'],
    [86_399, '1d 00h'],
    [8_000_000, '92d 14h'],
    [1e12, '>2y'],
  ])('show %d seconds left as %s', (seconds, shown) => {
    const { sink, output } = startSink({ isTerminal: false, totalTimesteps: 1e15 });
    sink.write({ 'time/total_timesteps': 0, 'time/fps': 1e15 / seconds });
    const row = output().split('\n')[2];
    expect(row).toContain(` ${shown} `);
    expect(shown.length).toBeLessThanOrEqual(7);
  });

  it('take an empty row, and tell NaN from what is missing', () => {
    const { sink, output } = startSink({ isTerminal: false });
    sink.write({});
    sink.close();
    expect(output()).toContain('        -   0%       -       -        -      -       -       -      -  -\n');
    const second = startSink({ isTerminal: false });
    second.sink.write({ 'time/total_timesteps': 1, 'train/entropy': Number.NaN });
    expect(second.output()).toMatch(/ NaN /);
  });

  it('show no 100% before the end, and no more after it', () => {
    const { sink, output } = startSink({ isTerminal: false });
    sink.write({ 'time/total_timesteps': TOTAL - 1 });
    sink.write({ 'time/total_timesteps': TOTAL + 2048 });
    sink.close();
    expect(output()).toContain('  999,999  99%');
    expect(output()).toContain('1,002,048 100%');
  });
});

describe('summary', () => {
  it('tells steps, time, speed, returns and rejected updates, and draws the curve', () => {
    const lines = run(200).split('\n');
    const summary = lines.slice(lines.indexOf(''));
    expect(summary.slice(0, 5)).toEqual([
      '',
      '1,000,000 steps in 22s, 45,000 steps/s',
      'mean return: last 496.63, best 496.63 at 1,000,000 steps',
      'rejected updates: 20 of 200',
      '',
    ]);
    const curve = summary.slice(5, -1);
    expect(curve).toHaveLength(8);
    for (const line of curve) expect(line).toMatch(/^ *\d+\.\d\d ┤[ ─╭╯╮╰│┤]*$/);
    expect(Math.max(...curve.map((line) => line.length))).toBeLessThanOrEqual(9 + 2 + 60);
    // A return that only rises ends at the top and starts at the bottom.
    expect(curve[0]).toMatch(/╭─+$/);
    expect(curve[7]).toMatch(/┤─*╯$/);
  });

  it('tells the last values of infos and of columns of the user, in as many lines as they take', () => {
    const { sink, output } = startSink({ columns: 40 });
    sink.write({ ...rowOf(3, 4), 'info/success': 0.5, 'eval/return': 12, 'info/b\nell': null });
    sink.write({ ...rowOf(4, 4), 'info/success': 0.85, 'info/distance': -0.000123456, 'info/b\nell': 3 });
    sink.close();
    const lines = output().split('\n');
    const first = lines.findIndex((line) => line.startsWith('last: '));
    expect(lines.slice(first, first + 5)).toEqual([
      'last: info/success=0.85,',
      '  eval/return=12,',
      '  info/distance=-0.0001235, info/b',
      '  ell=3',
      '',
    ]);
    const others = Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`own${i}`, i]));
    const many = startSink({ columns: 400 });
    many.sink.write({ ...rowOf(4, 4), ...others });
    many.sink.close();
    expect(many.output()).toMatch(/last: own0=0, .*, own11=11, and 2 more\n/);
    expect(run(4)).not.toContain('last: ');
  });

  it('tells the steps of a run that was stopped', () => {
    const { sink, output } = startSink();
    sink.write(rowOf(1, 4));
    sink.close();
    expect(output()).toContain('\n250,000 of 1,000,000 steps in 5.6s');
    expect(output()).not.toContain('mean return');
  });

  it('draws a flat run, negative and tiny differences, and nothing for one return', () => {
    const curveOf = (means: number[]) => {
      const { sink, output } = startSink({ isTerminal: false });
      for (const mean of means) sink.write({ 'rollout/ep_rew_mean': mean });
      sink.close();
      return output()
        .split(/mean return: .*\n/)[1]
        .split('\n')
        .slice(1, -1);
    };
    expect(curveOf([5])).toEqual([]);
    expect(curveOf([475.5, 475.5, 475.5])).toEqual(['   475.50 ┤──']);
    expect(curveOf([-200, -100, 0])).toHaveLength(8);
    expect(curveOf([-200, -100, 0])[7]).toMatch(/^ {2}-200\.00 ┤/);
    expect(curveOf([1, 1 + 1e-15])).toHaveLength(8);
    expect(curveOf([-1e300, 1e300])).toHaveLength(8);
    expect(curveOf([-1.7e308, 1.7e308])).toEqual([]);
  });

  it('says so when there was no iteration', () => {
    const { sink, output } = startSink();
    sink.close();
    expect(output()).toBe('no iteration was finished\n');
  });
});

describe('warnings of a row', () => {
  const warning = `KL explosion: ${'the policy changes too much '.repeat(5)}. Way out: maxKl`;
  const warned = (iteration: number) => ({
    ...rowOf(iteration, 100),
    'health/warnings': `${warning}\nanother`,
  });

  it('stand below that row and stay, broken between words, on a terminal', () => {
    const { sink, output } = startSink({ columns: 60 });
    sink.write(rowOf(1, 100));
    sink.write(warned(2));
    sink.write(rowOf(3, 100));
    const lines = screenOf(output());
    const first = lines.findIndex((line) => line.startsWith('! KL explosion'));
    expect(lines[first - 1]).toMatch(/^ +20,000/);
    expect(lines.slice(first, -1).every((line) => line.length < 60)).toBe(true);
    const told = lines.slice(first, -1).map((line) => line.trim());
    expect(told.join(' ')).toBe(`! ${warning.replace(/ +/g, ' ')} ! another`);
    expect(lines.at(-1)).toMatch(/^ +30,000/);
  });

  it('are one line each where the output is piped', () => {
    const { sink, output } = startSink({ isTerminal: false });
    sink.write(rowOf(1, 1000));
    sink.write(warned(2));
    expect(output().split('\n').slice(-3)).toEqual([`! ${warning}`, '! another', '']);
    expect(output().split('\n').slice(-4)[0]).toMatch(/^ +20,000/);
  });
});
