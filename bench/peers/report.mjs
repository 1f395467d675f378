import { CARTPOLE, CASES } from './settings.mjs';

export function machineLine({ cpu, cores, threads, date }) {
  return `${cpu}, ${cores} cores, ${threads} thread(s) each, ${date}`;
}

export function productLine({ name, versions, threads }) {
  const list = Object.entries(versions).map(([product, version]) => `${product} ${version}`);
  return `${name}: ${list.join(', ')}; ${threads} thread(s)`;
}

/** A line for each workload, case and participant; ratios are theirs over ours, medians over rounds (quartiles). */
export function renderCases(cases, participants) {
  const ours = oursOf(participants);
  const rows = cases.flatMap(({ workload, case: name, samples }) =>
    namesIn(samples).map((who) => {
      const { products, trials } = samples[0][who];
      return [
        workload,
        CASES[name],
        who,
        formatMs(median(samples.map((round) => round[who].ms))),
        ...ours.map((reference) => ratio(samples, who, reference)),
        products ?? '',
        trials ?? '',
        samples.length,
      ];
    }),
  );
  const heading = ['workload', 'case', 'who', 'ms', ...ours.map(overOurs), 'products', 'trials', 'rounds'];
  return renderMarkdown(heading, rows);
}

export function renderTraining(rounds, participants) {
  const ours = oursOf(participants);
  const rows = namesIn(rounds).map((who) => {
    const all = rounds.map((round) => round[who]);
    const mean = (key) => (all.reduce((sum, one) => sum + one[key], 0) / all.length).toFixed(1);
    const each = (key) => all.map((one) => one[key].toFixed(0)).join(' ');
    const seconds = median(all.map(({ ms }) => ms / 1000));
    return [
      who,
      seconds.toFixed(2),
      Math.round(all[0].steps / seconds),
      ...ours.map((reference) => ratio(rounds, who, reference)),
      `${mean('meanReturn')} (${each('meanReturn')})`,
      `${mean('evaluatedReturn')} (${each('evaluatedReturn')})`,
    ];
  });
  const title = `${CARTPOLE.environment}, ${rounds[0][namesIn(rounds)[0]].steps} steps, SB3-contrib's settings, seeds from 0, ${rounds.length} in all`;
  const heading = ['who', 's', 'steps/s', ...ours.map(overOurs), 'last 100 episodes', 'evaluated'];
  return `${title}\n\n${renderMarkdown(heading, rows)}`;
}

function oursOf(participants) {
  return participants.map(({ name }) => name).filter((name) => name.startsWith('ours'));
}

function overOurs(name) {
  return `over ${name}`;
}

/** Round 0 has everyone, in the order of the first turn. */
function namesIn(rounds) {
  return Object.keys(rounds[0]);
}

function ratio(rounds, who, reference) {
  if (who === reference) return '1';
  const ratios = rounds.map((round) => round[who].ms / round[reference].ms).sort((a, b) => a - b);
  const last = ratios.length - 1;
  const lower = ratios[Math.floor(0.25 * last)];
  const upper = ratios[Math.ceil(0.75 * last)];
  return `${median(ratios).toFixed(2)} (${lower.toFixed(2)}-${upper.toFixed(2)})`;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function formatMs(ms) {
  return ms.toPrecision(3).includes('e') ? ms.toFixed(0) : ms.toPrecision(3);
}

function renderMarkdown(heading, rows) {
  const lines = [heading, heading.map(() => '---'), ...rows].map((cells) => cells.map(String));
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const pad = (cell, column) => (cell === '---' ? '-'.repeat(widths[column]) : cell.padEnd(widths[column]));
  return lines.map((line) => `| ${line.map(pad).join(' | ')} |`).join('\n');
}
