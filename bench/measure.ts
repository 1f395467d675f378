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
/** Engines compile hot kernels a second time, with optimisation, while these runs go on. */
const WARM_UP_RUNS = 3;
const WARM_UP_MS = 200;

/**
 * Median milliseconds of one run of each case. Samples of the cases alternate, so that a slow spell of the
 * machine falls on all of them alike.
 */
export function medianMilliseconds(cases: readonly Case[], options: Partial<MeasureOptions> = {}): number[] {
  const { samples, sampleMs } = { ...DEFAULTS, ...options };
  const times = cases.map(() => [] as number[]);
  const runMs = cases.map(warmUp);
  for (let sample = 0; sample < samples; sample++) {
    cases.forEach((candidate, i) => {
      if (runMs[i] > SLOW_MS && sample >= SLOW_SAMPLES) return;
      const runs = candidate.prepare ? 1 : Math.max(1, Math.round(sampleMs / runMs[i]));
      times[i].push(timeRuns(candidate, runs));
    });
  }
  return times.map(median);
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
  const runs = cases.map(({ prepare }, i) => (prepare ? 1 : Math.max(1, Math.round(sampleMs / runMs[i]))));
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

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
