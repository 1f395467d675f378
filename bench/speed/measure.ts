import { median } from '../report/statistics.js';

/** Something to time. */
export interface Case {
  readonly name: string;
  /** Brings back the state that `run` starts from; not timed. With it, each sample is a single run. */
  readonly prepare?: () => void;
  readonly run: () => void;
}

export interface MeasureOptions {
  /** Samples of each case. */
  readonly samples: number;
  /** Least time of one sample: short cases run several times in a row. */
  readonly sampleMs: number;
}

const DEFAULTS: MeasureOptions = { samples: 9, sampleMs: 40 };
/** A case whose run takes longer than this gives SLOW_SAMPLES samples only. */
const SLOW_MS = 1000;
const SLOW_SAMPLES = 3;
/** Of a reference's sample, of which there are two for each of a case. */
const REFERENCE_MS = 10;
/** Engines compile hot kernels a second time, with optimisation, while these runs go on. */
const WARM_UP_RUNS = 3;
const WARM_UP_MS = 200;

/** A case timed with references beside it. */
export interface BesideTimes {
  readonly ms: number;
  /** Median of each reference's samples beside this case. */
  readonly referenceMs: readonly number[];
  /** Median of reference / case over neighbouring samples: what a slow spell of the machine does to both cancels. */
  readonly ratios: readonly number[];
}

/**
 * Median milliseconds of one run of each case. Samples of the cases alternate, so that a slow spell of the
 * machine falls on all of them alike.
 */
export function medianMilliseconds(cases: readonly Case[], options: Partial<MeasureOptions> = {}): number[] {
  return timeBeside(cases, [], options).map(({ ms }) => ms);
}

/** Times cases in turn, and the references (all short) before and after every sample: their mean is what is beside it. */
export function timeBeside(
  cases: readonly Case[],
  references: readonly Case[],
  options: Partial<MeasureOptions> = {},
): BesideTimes[] {
  const { samples, sampleMs } = { ...DEFAULTS, ...options };
  const runMs = cases.map(warmUp);
  const referenceRuns = references.map((reference) => runsFor(reference, warmUp(reference), REFERENCE_MS));
  const timeReferences = () => references.map((reference, i) => timeRuns(reference, referenceRuns[i]));
  const times = cases.map(() => [] as { ms: number; beside: number[] }[]);
  for (let sample = 0; sample < samples; sample++) {
    let before = timeReferences();
    cases.forEach((candidate, i) => {
      if (runMs[i] > SLOW_MS && sample >= SLOW_SAMPLES) return;
      const ms = timeRuns(candidate, runsFor(candidate, runMs[i], sampleMs));
      const after = timeReferences();
      times[i].push({ ms, beside: before.map((first, j) => (first + after[j]) / 2) });
      before = after;
    });
  }
  return times.map((taken) => ({
    ms: median(taken.map(({ ms }) => ms)),
    referenceMs: references.map((_, i) => median(taken.map(({ beside }) => beside[i]))),
    ratios: references.map((_, i) => median(taken.map(({ ms, beside }) => beside[i] / ms))),
  }));
}

function runsFor({ prepare }: Case, runMs: number, sampleMs: number): number {
  return prepare ? 1 : Math.max(1, Math.round(sampleMs / runMs));
}

/** Two cases timed side by side. */
export interface PairTimes {
  readonly firstMs: number;
  readonly secondMs: number;
  /** Median of first / second over neighbouring samples: what a slow spell of the machine does to both cancels. */
  readonly ratio: number;
}

/** Times two cases in turn, each first as often as second. */
export function pairTimes(
  first: Case,
  second: Case,
  { samples, sampleMs }: MeasureOptions = DEFAULTS,
): PairTimes {
  const cases = [first, second];
  const runMs = cases.map(warmUp);
  const runs = cases.map((candidate, i) => runsFor(candidate, runMs[i], sampleMs));
  const times: number[][] = [[], []];
  for (let sample = 0; sample < samples; sample++) {
    for (const i of sample % 2 === 0 ? [0, 1] : [1, 0]) times[i].push(timeRuns(cases[i], runs[i]));
  }
  return {
    firstMs: median(times[0]),
    secondMs: median(times[1]),
    ratio: median(times[0].map((ms, sample) => ms / times[1][sample])),
  };
}

/** Runs a case until it is compiled for good, and returns the milliseconds of its fastest run. */
function warmUp(candidate: Case): number {
  let fastest = Infinity;
  let total = 0;
  for (let run = 0; (run < WARM_UP_RUNS || total < WARM_UP_MS) && total < 2 * SLOW_MS; run++) {
    const ms = timeRuns(candidate, 1);
    fastest = Math.min(fastest, ms);
    total += ms;
  }
  return fastest;
}

function timeRuns({ prepare, run }: Case, runs: number): number {
  prepare?.();
  const start = performance.now();
  for (let i = 0; i < runs; i++) run();
  return (performance.now() - start) / runs;
}
