import { type EvaluationOptions, evaluate } from '../evaluation/evaluate.js';
import { nodePlatform } from '../platform/node.js';
import { filmstripSvg } from '../render/filmstrip.js';
import { evenlySpaced } from '../render/filmstripLayout.js';
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

const FILMSTRIP_FRAMES = 24;

const flags = {
  episodes: { type: 'string', placeholder: 'N', help: 'episodes to play (default 100)' },
  'max-episode-steps': episodeStepsFlag,
  stochastic: { type: 'boolean', help: 'draw actions instead of taking the most probable' },
  seed: { type: 'string', placeholder: 'N', help: 'seed of start states and draws (default 0)' },
  render: { type: 'string', placeholder: 'FILE', help: 'write a film strip of the first episode as SVG' },
  ...playingFlags,
  json: { type: 'boolean', help: 'one JSON object on standard output and nothing else there' },
} as const satisfies Flags;

export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'play episodes with a trained policy',
  help: `trpo evaluate RUN_FOLDER|POLICY_FILE [flags]

Plays whole episodes with the policy of a run folder, a policy.safetensors or a checkpoint.safetensors and reports their returns.

${describeFlags(flags)}
`,
  async run(context) {
    const { values, positionals } = parseArguments(context.args, flags);
    const path = onePolicyPath('evaluate', positionals);
    const policy = await loadPolicy(nodePlatform, path);
    const { environmentName } = policy.spec;
    const scenes: Scene[] = [];
    const options: EvaluationOptions = {
      episodes: values.episodes === undefined ? 100 : countFlag('episodes', values.episodes),
      deterministic: !values.stochastic,
      seed: values.seed === undefined ? 0 : seedFlag(values.seed),
      maxEpisodeSteps: episodeSteps(values['max-episode-steps']),
      signal: context.signal,
      ...(values.render === undefined ? {} : { onScene: (scene) => scenes.push(scene) }),
    };
    const report = await playingIn(
      policy,
      path,
      { ...values, isDrawn: values.render !== undefined },
      (environment) => evaluate(policy, environment, options),
    );
    if (values.render !== undefined) {
      const svg = filmstripSvg(evenlySpaced(scenes, FILMSTRIP_FRAMES), { columns: 6, frameWidthPx: 200 });
      await nodePlatform.replaceFile(values.render, svg);
    }
    if (values.json) {
      context.write(`${JSON.stringify({ environment: environmentName, ...report })}\n`);
      return;
    }
    context.write(describeReturns(environmentName, report));
  },
};
