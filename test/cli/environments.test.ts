import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadPolicy, nodePlatform } from '../../src/node.js';
import { startCli, temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();
const PACKAGE = new URL('../../dist/node.js', import.meta.url).href;
const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
const QUICK =
  '--environments 4 --steps 32 --timesteps 256 --set hiddenSizes=8 --set valueEpochs=1 --quiet'.split(' ');

/** A corridor of 5 places whose episodes have 20 steps at most; `types` makes it TypeScript. */
function corridor({ exported = 'export default', types = false } = {}): string {
  return `import { Box, Discrete, RandomStream } from ${JSON.stringify(PACKAGE)};
${exported} class Corridor {
  observationSpace = new Box({ low: 0, high: 5, size: 1 });
  actionSpace = new Discrete(2);
  constructor(length${types ? ': number' : ''} = 5) { this.length = length; }
  ${types ? 'length: number; place = 0; steps = 0; random = new RandomStream(0);' : ''}
  reset({ seed }${types ? ': { seed?: number }' : ''} = {}) {
    if (seed !== undefined) this.random = new RandomStream(seed);
    this.place = 0;
    this.steps = 0;
    return { observation: [this.place] };
  }
  step(action${types ? ': number' : ''}) {
    const slips = this.random.uniform() < 0.1;
    this.place = Math.max(0, this.place + ((action === 1) !== slips ? 1 : -1));
    const terminated = this.place === this.length;
    const info = { arrived: terminated };
    return { observation: [this.place], reward: terminated ? 5 : -1, terminated, truncated: ++this.steps === 20, info };
  }
  render() {
    const circle = { kind: 'circle', center: [this.place, 0], radius: 0.5, fill: '#333' }${types ? ' as const' : ''};
    return { view: { left: -1, right: 6, bottom: -1, top: 1 }, shapes: [circle] };
  }
}
`;
}

const run = (args: string, cwd = folder.path('work')) => startCli(args.split(' '), cwd);
const train = (args: string) => startCli(['train', ...args.split(' '), ...QUICK], folder.path('work'));

async function expectRefused(args: string, message: RegExp): Promise<void> {
  const { code, stdout, stderr } = await run(args);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/unexpected error/);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
}

beforeAll(async () => {
  mkdirSync(folder.path('work'));
  writeFileSync(folder.path('work/corridor.mjs'), corridor());
  writeFileSync(
    folder.path('work/several.mjs'),
    `${corridor({ exported: 'export' })}
export const makeCorridor = () => new Corridor();
export const LENGTH = 5;
`,
  );
  writeFileSync(
    folder.path('work/broken.mjs'),
    corridor().replace('this.random = new', 'this.random ??= new'),
  );
  const { code, stderr } = await train('./corridor.mjs --threads 2');
  expect(stderr).toBe('');
  expect(code).toBe(0);
});

describe('a module on the command line', () => {
  test('may observe a Dict', async () => {
    const module = fileURLToPath(new URL('../environments/fixtures/treasure.mjs', import.meta.url));
    const trained = await train(`${module}#Treasure --threads 2 --run-directory treasure`);
    expect(trained).toMatchObject({ code: 0, stderr: '' });
    const played = await run('play treasure --output treasure.svg --json');
    expect(JSON.parse(played.stdout)).toMatchObject({ environment: 'treasure.mjs#Treasure', episodes: 1 });
    const resumed = await run('train --resume treasure --timesteps 384 --quiet');
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
  });

  test('trains in every thread, with the same bits in one; the run folder and its files are named after it', async () => {
    expect((await train('corridor.mjs --threads 1 --run-directory one')).code).toBe(0);
    for (const name of ['policy.safetensors', 'checkpoint.safetensors']) {
      const [two, one] = ['runs/corridor-seed0', 'one'].map((run) =>
        readFileSync(folder.path('work', run, name)),
      );
      expect(two.equals(one)).toBe(true);
    }
    const config = JSON.parse(readFileSync(folder.path('work/runs/corridor-seed0/config.json'), 'utf8'));
    expect(config).toMatchObject({
      environment: 'corridor.mjs',
      environmentModule: { path: '../../corridor.mjs', export: 'default' },
    });
  });

  test('may name a function or a class, which then names the run', async () => {
    const [made, constructed] = [
      await train('./several.mjs#makeCorridor'),
      await train('./several.mjs#Corridor'),
    ];
    expect([made.code, constructed.code]).toEqual([0, 0]);
    const names = ['several-makeCorridor-seed0', 'several-Corridor-seed0'];
    for (const name of names) {
      const [a, b] = [name, 'corridor-seed0'].map((run) => {
        const lines = readFileSync(folder.path('work/runs', run, 'progress.jsonl'), 'utf8')
          .trimEnd()
          .split('\n');
        return lines.map((line) => JSON.parse(line)['rollout/ep_rew_mean']);
      });
      expect(a).toEqual(b);
    }
    const { environmentName } = (await loadPolicy(folder.path('work/runs', names[0]))).spec;
    expect(environmentName).toBe('several.mjs#makeCorridor');
  });

  test('needs no repetition: evaluate, play, doctor, export, plot and --resume read config.json, from any folder', async () => {
    cpSync(folder.path('work/runs/corridor-seed0'), folder.path('work/runs/again'), { recursive: true });
    const evaluated = await run('evaluate runs/again --episodes 3 --json --stochastic');
    expect(evaluated.stderr).toBe('');
    expect(JSON.parse(evaluated.stdout)).toMatchObject({
      ...{ environment: 'corridor.mjs', episodes: 3, info: { arrived: expect.any(Number) } },
    });
    const fromFile = await run(
      'evaluate again/policy.safetensors --episodes 3 --json --stochastic',
      folder.path('work/runs'),
    );
    expect(fromFile.stdout).toBe(evaluated.stdout);
    const shown = await run('evaluate runs/again --episodes 3 --stochastic');
    expect(shown.stdout).toMatch(/^info at the end of episodes, mean: arrived (0\.\d+|0|1)$/m);
    for (const command of ['play', 'doctor', 'plot --key info/arrived', 'export --format js']) {
      const { code, stderr } = await run(`${command} runs/again`);
      expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' });
    }
    expect((await run('train --resume runs/again --timesteps 384 --quiet')).code).toBe(0);
    const rows = readFileSync(folder.path('work/runs/again/progress.jsonl'), 'utf8').trimEnd().split('\n');
    expect(rows).toHaveLength(3);
  });

  test('moves with its run folder; where it has not, an error says what to give, and that is kept', async () => {
    mkdirSync(folder.path('elsewhere/runs'), { recursive: true });
    cpSync(folder.path('work/runs/corridor-seed0'), folder.path('elsewhere/runs/moved'), { recursive: true });
    await expectRefused(
      'evaluate ../elsewhere/runs/moved',
      /was at \.\.\/\.\.\/corridor\.mjs.*--environment MODULE/s,
    );
    await expectRefused('train --resume ../elsewhere/runs/moved', /does not exist; put it back.*--resume/s);
    cpSync(folder.path('work/corridor.mjs'), folder.path('elsewhere/corridor.mjs'));
    expect((await run('evaluate ../elsewhere/runs/moved --episodes 1')).code).toBe(0);
    renameSync(folder.path('elsewhere/corridor.mjs'), folder.path('elsewhere/renamed.mjs'));
    expect(
      (await run('evaluate ../elsewhere/runs/moved --episodes 1 --environment ../elsewhere/renamed.mjs'))
        .code,
    ).toBe(0);
    const resumed = await run(
      'train --resume ../elsewhere/runs/moved ../elsewhere/renamed.mjs --timesteps 384 --quiet',
    );
    expect(resumed).toMatchObject({ code: 0 });
    expect((await run('evaluate ../elsewhere/runs/moved --episodes 1')).code).toBe(0);
    const config = JSON.parse(readFileSync(folder.path('elsewhere/runs/moved/config.json'), 'utf8'));
    expect(config).toMatchObject({
      environment: 'corridor.mjs',
      environmentModule: { path: '../../renamed.mjs', export: 'default' },
      options: { timesteps: 256 },
    });
  });

  test('is compared beside known names, and the same command goes on', async () => {
    const command =
      'compare --environments ./corridor.mjs,CartPole-v1 --algorithms trpo --seeds 1 --timesteps 128 --set steps=32 --set environments=4 --set hiddenSizes=8 --episodes 2 --json';
    const first = await run(command);
    expect(first.code).toBe(0);
    const { environment } = JSON.parse(
      readFileSync(folder.path('work/comparison/runs/corridor.mjs/trpo/seed0/config.json'), 'utf8'),
    );
    expect(environment).toBe('corridor.mjs');
    const second = await run(command);
    expect(second.stdout).toBe(first.stdout);
    mkdirSync(folder.path('work/other'), { recursive: true });
    cpSync(folder.path('work/corridor.mjs'), folder.path('work/other/corridor.mjs'));
    await expectRefused(
      command.replace('./corridor', './other/corridor'),
      /holds a run on the module .*corridor\.mjs, this comparison asks for .*other\/corridor\.mjs/,
    );
    await expectRefused(
      command.replace('CartPole-v1', './other/corridor.mjs'),
      /are both named corridor\.mjs; rename/,
    );
  });

  test('a simulator of many environments trains too', async () => {
    const example = readFileSync(`${EXAMPLES}corridors.mjs`, 'utf8').replace(
      "'wasm-trpo'",
      JSON.stringify(PACKAGE),
    );
    writeFileSync(folder.path('work/corridors.mjs'), example);
    expect((await train('./corridors.mjs#Corridors --threads 2')).code).toBe(0);
    expect((await run('check ./corridors.mjs#makeCorridors')).code).toBe(0);
  });

  // Node.js 22.18 and later run TypeScript; earlier ones need a loader
  test('in TypeScript trains in all threads where the runtime takes it; else the error names the cause', async () => {
    writeFileSync(folder.path('work/typed.ts'), corridor({ types: true }));
    const { code, stderr } = await train('./typed.ts --threads 2');
    if ((process.features as { typescript?: unknown }).typescript)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    else {
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /typed\.ts cannot be loaded: Unknown file extension.*no TypeScript: use Node\.js 22\.18/,
      );
    }
  });
});

describe('what is no environment is refused', () => {
  test.each([
    ['train ./missing.mjs', /\.\/missing\.mjs does not exist \(looked for .*missing\.mjs\); paths start/],
    [
      'train ./several.mjs',
      /none of them by default.*Corridor \(class\), LENGTH \(number\), makeCorridor \(function\)/,
    ],
    [
      'check ./several.mjs#corridor',
      /no function or class "corridor" \(did you mean "Corridor"\?\); it exports/,
    ],
    ['train ./corridor', /names no environment module: one ends in \.js/],
    ['train CartPol-v1', /did you mean "CartPole-v1".*by its path, such as \.\/corridor\.js/],
    ['train --resume runs/corridor-seed0 CartPole-v1', /trains on corridor\.mjs and keeps it/],
    [
      'evaluate runs/corridor-seed0 --environment CartPole-v1',
      /was trained on 1 observations.*the environment has 4/,
    ],
    ['check', /takes one environment, 0 were given/],
    ['check CartPole-v1 --steps 0', /--steps 0: it must be a whole number/],
  ])('%s', async (args, message) => expectRefused(args, message));

  test('a policy file alone does not say where its module is', async () => {
    cpSync(folder.path('work/runs/corridor-seed0/policy.safetensors'), folder.path('work/alone.safetensors'));
    await expectRefused(
      'evaluate alone.safetensors',
      /trained in "corridor\.mjs".*give --environment MODULE/,
    );
    expect((await run('evaluate alone.safetensors --episodes 1 --environment ./corridor.mjs')).code).toBe(0);
  });
});

describe('trpo check', () => {
  test('tells each rule, and what is skipped and advised, with exit code 0', async () => {
    const { code, stdout, stderr } = await run('check ./corridor.mjs');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^corridor\.mjs\n {2}ok +is made/);
    expect(stdout).toMatch(/skipped +goes on from a saved state.*\n +it has no saveState\(\)/);
    expect(stdout).toMatch(/corridor\.mjs keeps the contract: \d+ ok, \d+ advice, 3 skipped\n$/);
  });

  test('tells what fails and why, with exit code 1', async () => {
    const { code, stdout, stderr } = await run('check ./broken.mjs');
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAILS +plays the same episode for the same seed.*\n +two episodes of seed/);
    expect(stderr).toMatch(/^trpo: broken\.mjs breaks 1 of 21 rules; mend/);
    const told = await run('check ./broken.mjs --json');
    expect(told.code).toBe(1);
    expect(JSON.parse(told.stdout)).toMatchObject({ environment: 'broken.mjs', failures: 1 });
  });
});

test('a program that gives a module finds it again in config.json', async () => {
  const { train } = await import('../../src/run/train.js');
  const { resume } = await import('../../src/run/resume.js');
  const module = {
    module: new URL(`file://${folder.path('work/several.mjs')}`).href,
    export: 'makeCorridor',
  };
  const runDirectory = folder.path('work/programmed');
  await train(nodePlatform, {
    environment: module,
    runDirectory,
    threads: 1,
    environments: 2,
    steps: 16,
    timesteps: 64,
    hiddenSizes: [8],
  });
  const { trainer } = await resume(nodePlatform, { runDirectory, threads: 1, timesteps: 96 });
  expect(trainer.totalTimesteps).toBe(96);
});
