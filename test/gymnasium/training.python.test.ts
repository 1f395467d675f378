import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkEnvironment, evaluate, gymnasium, loadPolicy, resume, train } from '../../src/node.js';
import { makeOne } from '../../src/vector/environmentSource.js';
import { startCli, temporaryFolder } from '../support/cli.js';
import { describeWithPython, REGISTER } from './python.js';

const folder = temporaryFolder();
const QUICK = { steps: 32, environments: 3, hiddenSizes: [8], valueEpochs: 1, reproducible: true } as const;

async function trained(id: string, threads: number, extra: Partial<Parameters<typeof train>[0]> = {}) {
  const environment = gymnasium(id, { import: REGISTER });
  const { trainer } = await train({ environment, threads, timesteps: 288, ...QUICK, ...extra });
  return trainer;
}

describeWithPython('training through the bridge', () => {
  test.each(['CartPole-v1', 'Rooms-v0', 'Doors-v0'])(
    '%s gives the same bits with any threads',
    async (id) => {
      const [one, two, three] = await Promise.all([1, 2, 3].map((threads) => trained(id, threads)));
      expect(one.spec.environmentName).toBe(`gym:${id}`);
      expect(two.encodePolicy()).toEqual(one.encodePolicy());
      expect(three.encodePolicy()).toEqual(one.encodePolicy());
    },
  );

  test('takes the tuned options of the same task in this package', async () => {
    const trainer = await trained('CartPole-v1', 1);
    const { trainer: own } = await train({ environment: 'CartPole-v1', timesteps: 1, ...QUICK });
    expect(trainer.options.maxKl).toBe(own.options.maxKl);
    expect({ ...trainer.options, timesteps: 1 }).toEqual(own.options);
  });

  test('masks are obeyed, and numbers of info at the end of episodes are columns', async () => {
    // a locked door raises
    const rows: Record<string, unknown>[] = [];
    const trainer = await trained('Doors-v0', 2, { onIteration: ({ row }) => void rows.push(row) });
    expect(trainer.spec.actionSpace).toMatchObject({ kind: 'Discrete', start: 2, masked: true });
    expect(rows.at(-1)).toMatchObject({ 'info/score': 10 });
    expect(Object.keys(rows.at(-1)!).filter((name) => name.startsWith('info/'))).toEqual(['info/score']);
    const environment = await makeOne(gymnasium('Doors-v0', { import: REGISTER }));
    const report = await evaluate(trainer.policy, environment, { episodes: 3 });
    await environment.close?.();
    expect(report.meanLength).toBe(10);
  });

  test('structured observations are flattened as Gymnasium does, and the policy takes them', async () => {
    const { policy } = await trained('Rooms-v0', 1);
    const observation = { where: [0, 0.5, -0.5, 1], room: 3, doors: [1, 0], bag: [[1, 2], [4.5]] };
    // names in the order of the space, which Gymnasium sorts
    const flat = [0, 1, 0, 0, 1, 4.5, 1, 0, 0, 0, 1, 0, 0.5, -0.5, 1];
    const draw = { seed: 1, step: 0, firstEnvironment: 0 };
    expect(policy.act(observation, { draw })).toEqual(policy.act(flat, { draw }));
  });

  test.each(['Hopper-v5', 'Ant-v5', 'Reacher-v5'])(
    '%s goes on in the middle of episodes, to the bit',
    async (id) => {
      const begin = (name: string, timesteps: number) =>
        trained(id, 2, { maxKlDecay: 0, runDirectory: folder.path(`${id}-${name}`), timesteps });
      const whole = await begin('whole', 288);
      const half = await begin('half', 96);
      expect(half.resumesExactly).toBe(true);
      const warnings: string[] = [];
      const { trainer } = await resume({
        runDirectory: folder.path(`${id}-half`),
        options: { timesteps: 288 },
        threads: 1,
        onWarning: (text) => warnings.push(text),
      });
      expect(warnings).toEqual([]);
      expect(trainer.encodePolicy()).toEqual(whole.encodePolicy());
      expect(trainer.encodeCheckpoint()).toEqual(whole.encodeCheckpoint());
    },
  );

  test('where no exact state is known a resumed run says that it starts new episodes', async () => {
    await trained('CartPole-v1', 1, { runDirectory: folder.path('cartpole'), timesteps: 96 });
    const warnings: string[] = [];
    const { finished } = await resume({
      runDirectory: folder.path('cartpole'),
      timesteps: 192,
      onWarning: (text) => warnings.push(text),
    });
    expect(finished).toBe(true);
    expect(warnings.join()).toMatch(/goes on with new episodes/);
  });

  test('keeps the contract of environments', async () => {
    for (const id of ['Rooms-v0', 'Doors-v0', 'Hopper-v5']) {
      const { failures, results } = await checkEnvironment(gymnasium(id, { import: REGISTER }), {
        steps: 60,
      });
      expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
      expect(failures).toBe(0);
    }
  });
});

describeWithPython('on the command line', () => {
  const run = (...args: string[]) => startCli(args, folder.path());

  test('a run is trained, resumed, evaluated, drawn and exported, and nothing is said twice', async () => {
    const name = 'gym:Doors-v0';
    const quick = ['--steps', '32', '--environments', '2', '--set', 'hiddenSizes=8', '--quiet'];
    const begun = await run(
      'train',
      name,
      '--import',
      REGISTER,
      '--timesteps',
      '128',
      ...quick,
      '--run-directory',
      'doors',
    );
    expect(begun).toMatchObject({ code: 0, stderr: '' });
    const config = JSON.parse(readFileSync(folder.path('doors/config.json'), 'utf8'));
    expect(config).toMatchObject({
      environment: name,
      environmentModule: {
        path: 'wasm-trpo/gymnasium',
        export: 'makeGymnasium',
        options: { kind: 'gymnasium', id: 'Doors-v0', imports: [REGISTER] },
      },
    });
    for (const args of [
      ['train', '--resume', 'doors', '--timesteps', '192', '--quiet'],
      ['evaluate', 'doors', '--episodes', '2'],
      ['doctor', 'doors'],
      ['export', 'doors', '--format', 'js', '--output', 'doors.mjs'],
      ['check', name, '--import', REGISTER, '--steps', '20'],
    ]) {
      const { code, stdout, stderr } = await run(...args);
      expect([code, `${args[0]} ${stdout}${stderr}`]).toEqual([0, expect.any(String)]);
    }
  });

  test('arguments and wrappers reach the environment', async () => {
    const { stdout, code } = await run(
      ...[
        'train',
        'gym:Pendulum-v1',
        '--env-arg',
        'g=1.5',
        '--wrapper',
        'TimeLimit={"max_episode_steps": 7}',
      ],
      ...[
        '--timesteps',
        '64',
        '--steps',
        '32',
        '--environments',
        '2',
        '--json',
        '--run-directory',
        'pendulum',
      ],
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!).environment).toBe('gym:Pendulum-v1');
    const [row] = readFileSync(folder.path('pendulum/progress.jsonl'), 'utf8').trim().split('\n').slice(-1);
    expect(JSON.parse(row)['rollout/ep_len_mean']).toBe(7);
    const policy = await loadPolicy(folder.path('pendulum'));
    expect(policy.spec.actionSpace.kind).toBe('Box');
  });

  test('play writes the frames that the environment draws', async () => {
    await trained('CartPole-v1', 1, { runDirectory: folder.path('drawn') });
    const { code, stdout, stderr } = await run(
      ...['play', 'drawn', '--output', 'drawn.png', '--max-episode-steps', '20'],
    );
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('trpo: ')]);
    expect(stdout).toMatch(/wrote drawn\.png/);
    const png = readFileSync(folder.path('drawn.png'));
    // width of a strip of six frames of 200 pixels
    expect(png.readUInt32BE(16)).toBeGreaterThan(1200);
    const svg = await run('play', 'drawn', '--output', 'drawn.svg', '--max-episode-steps', '20');
    expect(svg.stderr).toMatch(/write a \.png or an \.apng/);
  });

  test('environments --gym lists what the Python has', async () => {
    const { stdout } = await run('environments', '--gym', '--import', REGISTER);
    expect(stdout).toMatch(/^Gymnasium 1\.4\.0 on Python 3\.\d+\.\d+ has \d+ environments\n/);
    expect(stdout).toContain('\n  gym:LunarLander-v3\n');
    expect(stdout).toContain('\n  gym:Rooms-v0\n');
    const json = JSON.parse((await run('environments', '--gym', '--json')).stdout);
    expect(json.ids).toContain('Hopper-v5');
  });

  test('compare trains on it', async () => {
    const { code, stderr } = await run(
      ...['compare', '--environments', 'gym:Doors-v0', '--import', REGISTER, '--algorithms', 'trpo,vpg'],
      ...[
        '--seeds',
        '1',
        '--timesteps',
        '64',
        '--set',
        'steps=32',
        '--set',
        'environments=2',
        '--episodes',
        '1',
      ],
      ...['--output', join('compared')],
    );
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('failed')]);
  });
});
