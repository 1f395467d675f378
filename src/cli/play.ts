import { OptionError } from '../errors.js';
import { type EvaluationOptions, evaluate } from '../evaluation/evaluate.js';
import { nodePlatform } from '../platform/node.js';
import { filmstripSvg } from '../render/filmstrip.js';
import { evenlySpaced } from '../render/filmstripLayout.js';
import { animationPng, filmstripPng } from '../render/pictures.js';
import type { Scene } from '../render/scene.js';
import { loadPolicy } from '../run/policies.js';
import {
  countFlag,
  describeFlags,
  type Flags,
  onePolicyPath,
  parseArguments,
  seedFlag,
} from './arguments.js';
import type { Command } from './command.js';
import { playingFlags, playingIn } from './givenEnvironment.js';
import { describeReturns, episodeSteps, episodeStepsFlag } from './returns.js';

const STRIP_FRAMES = 12;
const STRIP_COLUMNS = 6;
/** Of environments without stepsPerSecond. */
const STEPS_PER_SECOND = 30;

interface Picture {
  readonly frameWidthPx?: number;
  /** At most so many. */
  readonly frames?: number;
  readonly stepsPerSecond: number;
}

/** What each kind of file shows of the scenes: this list is the registration. */
const writers: Readonly<
  Record<string, (scenes: readonly Scene[], picture: Picture) => string | Promise<Uint8Array>>
> = {
  '.apng': (scenes, { frameWidthPx = 320, frames, stepsPerSecond }) =>
    animationPng(scenes.slice(0, frames), { frameWidthPx, scenesPerSecond: stepsPerSecond }),
  '.png': (scenes, { frameWidthPx = 200, frames = STRIP_FRAMES }) =>
    filmstripPng(evenlySpaced(scenes, frames), { columns: STRIP_COLUMNS, frameWidthPx }),
  '.svg': (scenes, { frameWidthPx = 200, frames = STRIP_FRAMES }) =>
    filmstripSvg(evenlySpaced(scenes, frames), { columns: STRIP_COLUMNS, frameWidthPx }),
};

const flags = {
  output: { type: 'string', placeholder: 'FILE', help: 'where to write the picture (default episode.apng)' },
  episodes: { type: 'string', placeholder: 'N', help: 'episodes to play, one after the other (default 1)' },
  'max-episode-steps': episodeStepsFlag,
  stochastic: { type: 'boolean', help: 'draw actions instead of taking the most probable' },
  seed: { type: 'string', placeholder: 'N', help: 'seed of start states and draws (default 0)' },
  size: {
    type: 'string',
    placeholder: 'N',
    help: 'width of a frame, 16 to 4096 pixels (default 320, strips 200)',
  },
  frames: {
    type: 'string',
    placeholder: 'N',
    help: 'a strip spreads so many, at least 2, over what was played (default 12); an animation ends after so many steps',
  },
  fps: {
    type: 'string',
    placeholder: 'N',
    help: "steps per second of an animation, 1 to 1000 (default Gymnasium's)",
  },
  ...playingFlags,
  json: { type: 'boolean', help: 'one JSON object on standard output and nothing else there' },
} as const satisfies Flags;

export const playCommand: Command = {
  name: 'play',
  summary: 'make a picture or an animation of a trained policy',
  help: `trpo play RUN_FOLDER|POLICY_FILE [flags]

Plays episodes with the policy of a run folder or a policy.safetensors, reports their return, and draws them: as an
animated PNG (.apng, which browsers show and repeat), or as a film strip of pixels (.png) or lines (.svg).

${describeFlags(flags)}
`,
  async run(context) {
    const { values, positionals } = parseArguments(context.args, flags);
    const path = onePolicyPath('play', positionals);
    const output = values.output ?? 'episode.apng';
    const write = writerFor(output);
    const isAnimation = write === writers['.apng'];
    const episodes = values.episodes === undefined ? 1 : countFlag('episodes', values.episodes);
    const seed = values.seed === undefined ? 0 : seedFlag(values.seed);
    const frameWidthPx = values.size === undefined ? undefined : countFlag('size', values.size, [16, 4096]);
    const frames =
      values.frames === undefined ? undefined : countFlag('frames', values.frames, [isAnimation ? 1 : 2]);
    if (values.fps !== undefined && !isAnimation) {
      throw new OptionError(
        `--fps with ${output}: a film strip has no speed; leave it out or write an .apng`,
      );
    }
    const fps = values.fps === undefined ? undefined : countFlag('fps', values.fps, [1, 1000]);

    const policy = await loadPolicy(nodePlatform, path);
    const { environmentName } = policy.spec;
    const scenes: Scene[] = [];
    const options: EvaluationOptions = {
      episodes,
      deterministic: !values.stochastic,
      seed,
      maxEpisodeSteps: episodeSteps(values['max-episode-steps']),
      signal: context.signal,
      onScene: (scene) => scenes.push(scene),
      drawnEpisodes: episodes,
    };
    const { report, stepsPerSecond } = await playingIn(
      policy,
      path,
      { ...values, isDrawn: true },
      async (environment) => ({
        report: await evaluate(policy, environment, options),
        stepsPerSecond: fps ?? environment.stepsPerSecond ?? STEPS_PER_SECOND,
      }),
    );
    await nodePlatform.replaceFile(output, await write(scenes, { frameWidthPx, frames, stepsPerSecond }));
    if (values.json) {
      context.write(`${JSON.stringify({ environment: environmentName, ...report, output })}\n`);
      return;
    }
    context.write(`${describeReturns(environmentName, report)}wrote ${output}\n`);
  },
};

function writerFor(output: string) {
  const extension = /\.[^./\\]*$/.exec(output)?.[0].toLowerCase() ?? '';
  if (Object.hasOwn(writers, extension)) return writers[extension];
  throw new OptionError(
    `--output ${output}: its name must end in ${Object.keys(writers).join(', ')}, which says what kind of picture it is`,
  );
}
