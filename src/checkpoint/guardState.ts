import { counterOf, fieldsOf, type Refuse } from '../files/json.js';
import { type NamedTensors, putFloat64 } from '../files/namedTensors.js';
import type { Tensor } from '../files/safetensors.js';
import {
  type LearnerHeader,
  type LearnerState,
  learnerHeaderOf,
  putLearner,
  readLearner,
  type StateLayout,
} from './learnerState.js';

/** Returns of whole episodes, in the environment's own rewards. */
export interface ReturnSample {
  readonly episodes: number;
  readonly mean: number;
  /** Unbiased: over episodes - 1. */
  readonly variance: number;
}

/** A learner and when it was at work. */
export interface GuardedLearner<Learner> {
  /** Number of the iteration whose batch its policy made; the first is 1. */
  readonly iteration: number;
  /** Environment steps that it had learned from. */
  readonly timesteps: number;
  readonly learner: Learner;
}

/** The best learner so far and what speaks for it. */
export interface GuardRecord<Learner> extends GuardedLearner<Learner> {
  readonly returns: ReturnSample;
  /** Lower confidence bound of the mean return. */
  readonly lowerBound: number;
  /** How often the run went back to it. */
  readonly rollbacks: number;
}

/** All that the guard's later verdicts depend on. */
export interface GuardState<Learner> {
  /** Blocks judged. */
  readonly looks: number;
  /** Mean return of the first block. */
  readonly firstMean: number;
  readonly rollbacks: number;
  readonly stepHalvings: number;
  /** Blocks without a fall since the steps were last made shorter or longer. */
  readonly calmBlocks: number;
  /** Steps of each environment since the start, or since the last rollback. */
  readonly watchedSteps: number;
  /** Of the present block: returns that belong to it, and those of the newest policy, whose last episodes are under way. */
  readonly returns: readonly number[];
  readonly openReturns: readonly number[];
  /** Whose policy was at work when half the block's episodes had ended. */
  readonly candidate?: GuardedLearner<Learner>;
  readonly record?: GuardRecord<Learner>;
}

interface GuardedHeader {
  iteration: number;
  timesteps: number;
  learner: LearnerHeader;
}

/** What a checkpoint's header says of the guard. */
export interface GuardHeader {
  looks: number;
  rollbacks: number;
  stepHalvings: number;
  calmBlocks: number;
  watchedSteps: number;
  candidate?: GuardedHeader;
  record?: GuardedHeader & { rollbacks: number };
}

/** Adds the guard's learners and returns as tensors; returns what belongs into the header. */
export function putGuard(
  tensors: Map<string, Tensor>,
  layout: StateLayout,
  { firstMean, returns, openReturns, candidate, record, ...counts }: GuardState<LearnerState>,
): GuardHeader {
  const put = (name: string, { iteration, timesteps, learner }: GuardedLearner<LearnerState>) => ({
    iteration,
    timesteps,
    learner: putLearner(tensors, `guard/${name}/`, layout, learner),
  });
  // as tensors, since JSON has no infinity
  putFloat64(tensors, 'guard/firstMean', [firstMean]);
  putFloat64(tensors, 'guard/returns', returns);
  putFloat64(tensors, 'guard/openReturns', openReturns);
  if (record !== undefined) {
    const { episodes, mean, variance } = record.returns;
    putFloat64(tensors, 'guard/best/returns', [episodes, mean, variance, record.lowerBound]);
  }
  return {
    ...counts,
    candidate: candidate && put('candidate', candidate),
    record: record && { ...put('best', record), rollbacks: record.rollbacks },
  };
}

/** The header that `putGuard` returned, as a file has it. */
export function guardHeaderOf(
  fields: Readonly<Record<string, unknown>>,
  layout: StateLayout,
  refuse: Refuse,
): GuardHeader {
  const guardedOf = (guarded: Readonly<Record<string, unknown>>): GuardedHeader => ({
    iteration: counterOf(guarded, 'iteration', refuse),
    timesteps: counterOf(guarded, 'timesteps', refuse),
    learner: learnerHeaderOf(fieldsOf(guarded, 'learner', refuse) ?? {}, layout, refuse),
  });
  const candidate = fieldsOf(fields, 'candidate', refuse);
  const record = fieldsOf(fields, 'record', refuse);
  return {
    looks: counterOf(fields, 'looks', refuse),
    rollbacks: counterOf(fields, 'rollbacks', refuse),
    stepHalvings: counterOf(fields, 'stepHalvings', refuse),
    calmBlocks: counterOf(fields, 'calmBlocks', refuse),
    watchedSteps: counterOf(fields, 'watchedSteps', refuse),
    candidate: candidate && guardedOf(candidate),
    record: record && { ...guardedOf(record), rollbacks: counterOf(record, 'rollbacks', refuse) },
  };
}

/** The state that `putGuard` added. */
export function readGuard(
  file: NamedTensors,
  layout: StateLayout,
  { candidate, record, ...counts }: GuardHeader,
): GuardState<LearnerState> {
  const read = (name: string, header: GuardedHeader) => ({
    iteration: header.iteration,
    timesteps: header.timesteps,
    learner: readLearner(file, `guard/${name}/`, layout, header.learner),
  });
  return {
    ...counts,
    firstMean: file.float64('guard/firstMean', 1)[0],
    returns: [...file.float64('guard/returns')],
    openReturns: [...file.float64('guard/openReturns')],
    candidate: candidate && read('candidate', candidate),
    record: record && { ...read('best', record), ...readEvidence(file), rollbacks: record.rollbacks },
  };
}

function readEvidence(file: NamedTensors): Pick<GuardRecord<LearnerState>, 'returns' | 'lowerBound'> {
  const [episodes, mean, variance, lowerBound] = file.float64('guard/best/returns', 4);
  return { returns: { episodes, mean, variance }, lowerBound };
}
