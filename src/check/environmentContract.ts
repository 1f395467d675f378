import type { Action, Environment } from '../environments/environment.js';
import { spaceToJson } from '../environments/spaceJson.js';
import { isMasked } from '../environments/spaces.js';
import { EnvironmentError } from '../errors.js';
import { EnvironmentCalls } from '../vector/environmentCalls.js';
import { invalidActions, sampleAction } from './actions.js';
import { type Check, violated } from './check.js';
import {
  hasEnded,
  type Moment,
  requireMember,
  requireSameMoment,
  requireSameMoments,
  requireSameNumbers,
  requireSameTrace,
} from './moments.js';
import { actionStream, PlayedEnvironment } from './playedEnvironment.js';
import { requireRefusal } from './refusals.js';
import { requireScene } from './scenes.js';

/** A maker of fresh environments and how long they are played. */
export interface CheckedEnvironments {
  /** For messages. */
  readonly name: string;
  /** A fresh environment. */
  readonly create: () => Promise<Environment>;
  /** Steps of an episode that are played at most. */
  readonly steps: number;
  /** Steps after which an episode counts as endless. */
  readonly longestEpisode: number;
  /** ms that a promised answer may take. */
  readonly stepTimeoutMs: number;
}

const SEED = 2024;
const OTHER_SEED = 7;
const RESETS = 20;
/** Steps before something happens in the middle of an episode. */
const FEW_STEPS = 5;
const INVALID_SEEDS = [-1, 0.5, Number.NaN, 2 ** 53];

type EnvironmentCheck = Check<CheckedEnvironments>;

/** What every environment must do, and what is advised: the order is that of a report. */
export const environmentContract: readonly EnvironmentCheck[] = [
  {
    rule: 'makes an environment of its own at each call, all with the same spaces',
    remedy: 'let the function or class make a new one each time',
    async run(subject) {
      const [one, other] = await createAll(subject, 2);
      if (one === other) violated('the same object was returned twice');
      for (const space of ['observationSpace', 'actionSpace'] as const) {
        const [first, second] = [one, other].map((each) => JSON.stringify(spaceToJson(each[space])));
        if (first !== second) violated(`${space} is ${first} in one and ${second} in the next`);
      }
    },
  },
  {
    rule: 'has an action space that knows its members',
    remedy: 'give a Box, Discrete, MultiDiscrete or MultiBinary of this package',
    async run(subject) {
      const { actionSpace } = await subject.create();
      const random = actionStream();
      for (let i = 0; i < 50; i++) {
        const action = sampleAction(actionSpace, random);
        if (!actionSpace.contains(action)) violated(`actionSpace.contains(${action}) is false`);
      }
    },
  },
  {
    rule: 'resets to finite members of the observation space',
    remedy: 'widen the bounds, -Infinity and Infinity are allowed, or mend reset()',
    async run(subject) {
      const environment = await play(subject);
      for (let seed = 0; seed < RESETS; seed++) {
        const observation = await environment.reset({ seed });
        requireMember(environment.observationSpace, observation, `reset({ seed: ${seed} })`);
      }
    },
  },
  {
    rule: 'steps to finite members of the observation space, with a finite reward and two flags',
    remedy: 'widen the bounds, -Infinity and Infinity are allowed, or mend step()',
    async run(subject) {
      const environment = await play(subject);
      const { moments } = await environment.playEpisode(SEED, subject.steps);
      moments.forEach(({ observation }, index) => {
        requireMember(environment.observationSpace, observation, `step ${index + 1}`);
      });
    },
  },
  {
    rule: 'takes actions at the bounds of its action space',
    remedy: 'narrow the action space to what step() takes, or mend step()',
    async run(subject) {
      const environment = await play(subject);
      for (const end of [0, 1]) {
        await environment.reset({ seed: SEED });
        for (let step = 0; step < FEW_STEPS; step++) {
          const action = environment.extremeActions()[end];
          const moment = await environment.step(action);
          const place = `step(${describeAction(action)})`;
          requireMember(environment.observationSpace, moment.observation, place);
          if (hasEnded(moment)) break;
        }
      }
    },
  },
  {
    rule: 'takes each choice that its mask allows, where its action space is masked',
    remedy:
      'let info.actionMask have 1 for the actions that step() takes in the present state, and 0 for the others',
    async run(subject) {
      const environment = await play(subject);
      if (!isMasked(environment.inner.actionSpace)) return;
      for (let seed = 0; seed < RESETS; seed++) await environment.playEpisode(seed, FEW_STEPS);
      await environment.reset({ seed: SEED });
      const choices = environment.mask!;
      for (const choice of choices.keys()) {
        if (choices[choice] === 0) continue;
        await environment.reset({ seed: SEED });
        await environment.step(environment.sampleWith(choice));
      }
    },
  },
  {
    rule: 'plays the same episode for the same seed, to the bit, after the end of another and in the middle of one',
    remedy:
      'let reset({ seed }) put back everything that decides what follows, and draw from a RandomStream of the seed instead of Math.random',
    async run(subject) {
      const environment = await play(subject);
      const once = await environment.playEpisode(SEED, subject.steps);
      await environment.playEpisode(OTHER_SEED, FEW_STEPS);
      const again = await environment.playEpisode(SEED, subject.steps);
      requireSameTrace(`two episodes of seed ${SEED} in one environment`, once, again);
      const fresh = await play(subject);
      const anew = await fresh.playEpisode(SEED, subject.steps);
      requireSameTrace(`episodes of seed ${SEED} in two environments`, once, anew);
    },
  },
  {
    rule: 'goes on with its random stream at a reset without a seed',
    remedy: 'draw from the stream that the last seed began, instead of Math.random or the time',
    async run(subject) {
      const [one, other] = await playAll(subject, 2);
      for (const environment of [one, other]) await environment.reset({ seed: SEED });
      for (let episode = 2; episode < 5; episode++) {
        requireSameNumbers(
          `episode ${episode} after reset({ seed: ${SEED} }), in two environments`,
          await one.reset(),
          await other.reset(),
        );
      }
    },
  },
  {
    rule: 'shares nothing with other environments',
    remedy: 'keep arrays and state in the object, not in its module or class',
    async run(subject) {
      const alone = await play(subject);
      const expected = await alone.playEpisode(SEED, subject.steps);
      const [one, other] = await playAll(subject, 2);
      const answer = await one.ask('reset', () => one.inner.reset({ seed: SEED }));
      one.see(answer.info, 'reset');
      await other.reset({ seed: OTHER_SEED });
      requireSameNumbers(
        'the observation of one environment after a reset of another',
        expected.first,
        one.copied(answer.observation, 'reset'),
      );
      const [actions, othersActions] = [actionStream(), actionStream()];
      othersActions.drawn = 1000;
      for (const [index, moment] of expected.moments.entries()) {
        const action = one.sample(actions);
        const result = await one.ask('step', () => one.inner.step(action));
        const goesOn = !hasEnded(result);
        if (goesOn) one.see(result.info, 'step');
        const { terminated, truncated } = await other.step(other.sample(othersActions));
        if (terminated || truncated) await other.reset();
        requireSameMoment(`step ${index + 1} of an environment beside another, and alone`, moment, {
          ...result,
          observation: one.copied(result.observation, 'step'),
          mask: goesOn ? one.mask : undefined,
        });
      }
    },
  },
  {
    rule: 'ends its episodes',
    remedy: 'evaluation plays whole episodes: wrap it in new TimeLimit(environment, steps)',
    isAdvice: true,
    async run(subject) {
      const environment = await play(subject);
      if (await environment.ends(SEED, subject.longestEpisode)) return;
      violated(`no episode of random actions ended within ${subject.longestEpisode} steps`);
    },
  },
  {
    rule: 'starts differently for different seeds, and at each reset without one',
    remedy: 'draw the start from the stream of the seed; a task that always starts alike may stay so',
    isAdvice: true,
    async run(subject) {
      const environment = await play(subject);
      const starts = [
        await environment.reset({ seed: 1 }),
        await environment.reset(),
        await environment.reset({ seed: 2 }),
      ];
      if (new Set(starts.map(String)).size < starts.length) violated('the first observations are the same');
    },
  },
  {
    rule: 'refuses a step before the first reset',
    remedy: 'throw an EnvironmentError there, which finds mistakes in programs that step it',
    isAdvice: true,
    async run(subject) {
      const environment = await play(subject);
      const action = environment.sample(actionStream());
      await requireRefusal(environment, 'step()', () => environment.inner.step(action), EnvironmentError);
    },
  },
  {
    rule: 'refuses a step after the end of an episode, until it is reset',
    remedy: 'throw an EnvironmentError there, or wrap it in a TimeLimit, which does so',
    isAdvice: true,
    skip: endless,
    async run(subject) {
      const environment = await play(subject);
      await environment.ends(SEED, subject.longestEpisode);
      const action = environment.sample(actionStream());
      await requireRefusal(environment, 'step()', () => environment.inner.step(action), EnvironmentError);
      await environment.reset();
      await environment.step(environment.sample(actionStream()));
    },
  },
  {
    rule: 'refuses what is no action, and goes on as if it had not been asked',
    remedy: 'throw an EnvironmentError unless actionSpace.contains(action), before anything changes',
    isAdvice: true,
    async run(subject) {
      const [asked, spared] = await playAll(subject, 2);
      for (const environment of [asked, spared]) await environment.reset({ seed: SEED });
      for (const wrong of invalidActions(asked.inner.actionSpace)) {
        await requireRefusal(asked, `step(${describeAction(wrong)})`, () => asked.inner.step(wrong));
      }
      const action = asked.sample(actionStream());
      const [one, other] = [await asked.step(action), await spared.step(action)];
      requireSameMoment('the next step, with and without refusals before it,', one, other);
    },
  },
  {
    rule: 'refuses seeds that are not whole numbers from 0 to 2^53 - 1',
    remedy: 'throw an OptionError there',
    isAdvice: true,
    async run(subject) {
      const environment = await play(subject);
      for (const seed of INVALID_SEEDS) {
        await requireRefusal(environment, `reset({ seed: ${seed} })`, () =>
          environment.inner.reset({ seed }),
        );
      }
    },
  },
  {
    rule: 'goes on from a saved state to the bit, through the following reset too',
    remedy:
      'a state holds everything that decides what follows: random stream, elapsed steps and whether an episode is running',
    skip: withoutStates,
    async run(subject) {
      const { steps } = subject;
      const [original, copy] = await playAll(subject, 2);
      const { moments } = await original.playEpisode(SEED, FEW_STEPS);
      // steps must follow, not a refusal
      if (moments.some(hasEnded)) await original.reset();
      const saved = original.save();
      copy.restore(saved);
      requireSameNumbers('the state after it was restored', saved.state, copy.save().state, 'state');
      const [followed, following] = [await original.playOn(steps), await copy.playOn(steps)];
      requireSameMoments('what follows, and what follows in another environment', followed, following);
      const [start, startOfCopy] = [await original.reset(), await copy.reset()];
      requireSameNumbers('the start of the next episode', start, startOfCopy);
      const [next, nextOfCopy] = [await original.playOn(steps), await copy.playOn(steps)];
      requireSameMoments('the next episode', next, nextOfCopy);
      original.restore(saved);
      const followedAgain = await original.playOn(steps);
      requireSameMoments('what follows, and what follows a second time', followed, followedAgain);
    },
  },
  {
    rule: 'saves that an episode has ended',
    remedy: 'a state says whether an episode is running, and step() refuses to go on where it is not',
    isAdvice: true,
    skip: async (subject) => (await withoutStates(subject)) ?? (await endless(subject)),
    async run(subject) {
      const [original, copy] = await playAll(subject, 2);
      await original.ends(SEED, subject.longestEpisode);
      await copy.reset({ seed: 1 });
      copy.restore(original.save());
      const action = copy.sample(actionStream());
      await requireRefusal(copy, 'step()', () => copy.inner.step(action), EnvironmentError);
      const [start, startOfCopy] = [await original.reset(), await copy.reset()];
      requireSameNumbers('the start of the next episode', start, startOfCopy);
    },
  },
  {
    rule: 'refuses a saved state of the wrong length or with NaN, and keeps its own',
    remedy: 'throw a ShapeError or NonFiniteError there, before anything changes',
    isAdvice: true,
    skip: withoutStates,
    async run(subject) {
      const environment = await play(subject);
      await environment.reset({ seed: SEED });
      const saved = environment.save().state;
      for (const wrong of [[], saved.slice(0, -1), [...saved, 0], [...saved.slice(0, -1), Number.NaN]]) {
        await requireRefusal(environment, `restoreState() of ${wrong.length} numbers`, () =>
          environment.inner.restoreState!(wrong),
        );
        requireSameNumbers('the state after a refusal', saved, environment.save().state, 'state');
      }
    },
  },
  {
    rule: 'renders finite shapes in a view that has an area, at a rate from 1 to 1000',
    remedy: 'mend render() or stepsPerSecond',
    skip: withoutRender,
    async run(subject) {
      const environment = await play(subject);
      const { stepsPerSecond = 30 } = environment.inner;
      if (!Number.isInteger(stepsPerSecond) || stepsPerSecond < 1 || stepsPerSecond > 1000) {
        violated(`stepsPerSecond is ${stepsPerSecond}, not a whole number from 1 to 1000`);
      }
      const random = actionStream();
      await environment.reset({ seed: SEED });
      for (let step = 0; step < FEW_STEPS; step++) {
        requireScene(environment.inner.render!());
        if (hasEnded(await environment.step(environment.sample(random)))) await environment.reset();
      }
    },
  },
  {
    rule: 'is not changed by being rendered',
    remedy: 'let render() only read, without draws from the random stream',
    skip: withoutRender,
    async run(subject) {
      const [drawn, hidden] = await playAll(subject, 2);
      const expected = await hidden.playEpisode(SEED, subject.steps);
      const random = actionStream();
      const first = await drawn.reset({ seed: SEED });
      const moments: Moment[] = [];
      while (moments.length < expected.moments.length) {
        drawn.inner.render!();
        moments.push(await drawn.step(drawn.sample(random)));
      }
      requireSameTrace('an episode without render() and with it', expected, { first, moments });
    },
  },
];

async function play(subject: CheckedEnvironments): Promise<PlayedEnvironment> {
  const { name, stepTimeoutMs } = subject;
  return new PlayedEnvironment(await subject.create(), name, new EnvironmentCalls(stepTimeoutMs));
}

function playAll(subject: CheckedEnvironments, count: number): Promise<PlayedEnvironment[]> {
  return Promise.all(Array.from({ length: count }, () => play(subject)));
}

/** One after the other, as a training makes them. */
async function createAll(subject: CheckedEnvironments, count: number): Promise<Environment[]> {
  const made: Environment[] = [];
  while (made.length < count) made.push(await subject.create());
  return made;
}

async function withoutStates(subject: CheckedEnvironments): Promise<string | undefined> {
  const { saveState, restoreState } = await subject.create();
  if (saveState && restoreState) return undefined;
  if (saveState) return violated('it has saveState() without restoreState()');
  if (restoreState) return violated('it has restoreState() without saveState()');
  return 'it has no saveState() and restoreState(): runs resume with new episodes, and vine is refused';
}

async function withoutRender(subject: CheckedEnvironments): Promise<string | undefined> {
  return (await subject.create()).render ? undefined : 'it has no render(): it is not drawn';
}

async function endless(subject: CheckedEnvironments): Promise<string | undefined> {
  const environment = await play(subject);
  if (await environment.ends(SEED, subject.longestEpisode)) return undefined;
  return 'no episode ended';
}

function describeAction(action: Action): string {
  return typeof action === 'number' ? String(action) : `[${Array.from(action).join(', ')}]`;
}
