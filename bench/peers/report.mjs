import { CARTPOLE, CASES } from './settings.mjs';
import { mean, standardError, welchInterval } from './statistics.mjs';

const LEVEL = 0.95;
/** How our names begin. */
const OURS = 'ours ';

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
        `${workload} ${CASES[name]}`,
        who,
        figures(median(samples.map((round) => round[who].ms))),
        ...ours.map((reference) => ratio(samples, who, reference)),
        products ?? '',
        trials ?? '',
      ];
    }),
  );
  const counts = cases.map(({ samples }) => samples.length);
  const legend = [
    'F v: Fisher-vector products; trials: of the line search; a column "/ ...": median of theirs / that one of ours',
    `(quartiles), above 1 we are faster; ${Math.min(...counts)} to ${Math.max(...counts)} rounds`,
  ].join('\n');
  const heading = ['case', 'who', 'ms', ...ours.map(overOurs), 'F v', 'trials'];
  return `${legend}\n\n${renderMarkdown(heading, rows)}`;
}

/** Times, returns of every seed, and how far ours and theirs are apart, by what seeds differ in. */
export function renderTraining(rounds, participants) {
  const names = namesIn(rounds);
  const title = `${CARTPOLE.environment}, ${rounds[0][names[0]].steps} steps, SB3-contrib's settings, seeds from 0, ${rounds.length} in all`;
  const parts = [
    title,
    renderTimes(rounds, participants),
    renderReturns('mean return of the last 100 training episodes', 'meanReturn', rounds, participants),
    renderReturns(
      `mean return of ${CARTPOLE.evaluationEpisodes} deterministic episodes after training`,
      'evaluatedReturn',
      rounds,
      participants,
    ),
  ];
  return parts.join('\n\n');
}

/** How much of a core each participant used while another one was timed, which must be next to nothing; empty for one alone. */
export function idleLine(rounds, participants) {
  const samples = rounds.flatMap((round) => Object.values(round));
  if (participants.length < 2) return '';
  const shares = participants.map(({ name }) => {
    const beside = samples.filter(({ othersCpuMs }) => name in othersCpuMs);
    const cpuMs = beside.reduce((sum, { othersCpuMs }) => sum + othersCpuMs[name], 0);
    const wallMs = beside.reduce((sum, one) => sum + one.wallMs, 0);
    return wallMs === 0 ? '' : `${name} ${((100 * cpuMs) / wallMs).toFixed(2)} %`;
  });
  return `Of a core while another was timed: ${shares.filter((share) => share !== '').join(', ')}`;
}

function renderTimes(rounds, participants) {
  const ours = oursOf(participants);
  const rows = namesIn(rounds).map((who) => {
    const seconds = median(rounds.map((round) => round[who].ms / 1000));
    return [
      who,
      seconds.toFixed(2),
      Math.round(rounds[0][who].steps / seconds),
      ...ours.map((reference) => ratio(rounds, who, reference)),
    ];
  });
  return renderMarkdown(['who', 's', 'steps/s', ...ours.map(overOurs)], rows);
}

function renderReturns(title, key, rounds, participants) {
  const of = (who) => rounds.map((round) => round[who][key]);
  const names = namesIn(rounds);
  const rows = names.map((who) => [
    who,
    mean(of(who)).toFixed(1),
    rounds.length > 1 ? standardError(of(who)).toFixed(1) : '',
    of(who)
      .map((value) => value.toFixed(0))
      .join(' '),
  ]);
  const ours = oursOf(participants);
  const peers = names.filter((name) => !ours.includes(name));
  const differences = ours.flatMap((own) =>
    peers.map((peer) => describeDifference(own, peer, welchInterval(of(own), of(peer), LEVEL))),
  );
  const table = renderMarkdown(['who', 'mean', 'standard error', 'each seed'], rows);
  return [title, '', table, ...differences].join('\n');
}

function describeDifference(own, peer, interval) {
  const what = `${own} - ${peer}`;
  if (interval === null) return `${what}: no interval, for seeds show no spread (more of them: --training)`;
  const { difference, low, high, degrees } = interval;
  const verdict = low > 0 || high < 0 ? 'a difference' : 'no difference shown';
  const range = `${low.toFixed(1)} to ${high.toFixed(1)}`;
  return `${what}: ${difference.toFixed(1)}, Welch ${100 * LEVEL} % interval ${range} (${degrees.toFixed(1)} degrees of freedom): ${verdict}`;
}

function oursOf(participants) {
  return participants.map(({ name }) => name).filter((name) => name.startsWith(OURS));
}

function overOurs(name) {
  return name.replace(OURS, '/ ');
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
  return `${figures(median(ratios))} (${figures(lower)}-${figures(upper)})`;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Three figures, or all of a whole number. */
function figures(value) {
  return value.toPrecision(3).includes('e') ? value.toFixed(0) : value.toPrecision(3);
}

function renderMarkdown(heading, rows) {
  const lines = [heading, heading.map(() => '---'), ...rows].map((cells) => cells.map(String));
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const pad = (cell, column) => (cell === '---' ? '-'.repeat(widths[column]) : cell.padEnd(widths[column]));
  return lines.map((line) => `| ${line.map(pad).join(' | ')} |`).join('\n');
}
