import { describe, expect, test } from 'vitest';
import { gymnasiumArguments, gymnasiumOf } from '../../src/cli/gymnasiumFlags.js';
import { OptionError } from '../../src/errors.js';

describe('an environment of Python on the command line', () => {
  test('is what its flags say', () => {
    const source = gymnasiumOf('gym:LunarLander-v3', {
      'env-arg': ['continuous=true', 'gravity=-9.5', 'name="a=b"'],
      wrapper: ['RescaleReward={"scale": 2}', 'module:Class'],
      import: ['a', 'b:register'],
      python: 'py',
    });
    expect(source).toMatchObject({
      name: 'gym:LunarLander-v3',
      export: 'makeGymnasium',
      options: {
        kind: 'gymnasium',
        id: 'LunarLander-v3',
        args: { continuous: true, gravity: -9.5, name: 'a=b' },
        wrappers: [{ name: 'RescaleReward', args: { scale: 2 } }, { name: 'module:Class' }],
        imports: ['a', 'b:register'],
        python: 'py',
      },
    });
    expect(gymnasiumOf('gym:module:Name-v0')!.options).toEqual({ kind: 'gymnasium', id: 'module:Name-v0' });
    expect(gymnasiumOf('atari:Pong', { 'env-arg': ['frameskip=2'] })!.options).toEqual({
      ...{ kind: 'atari', id: 'Pong', args: { frameskip: 2 } },
    });
    expect(gymnasiumOf('CartPole-v1')).toBeUndefined();
  });

  test('gives its flags on to another process', () => {
    const values = { 'env-arg': ['a=1', 'b=2'], python: 'py', wrapper: undefined };
    expect(gymnasiumArguments(values)).toEqual(['--env-arg', 'a=1', '--env-arg', 'b=2', '--python', 'py']);
  });

  test.each([
    ['gym:X', { 'env-arg': ['a'] }, /--env-arg a: write NAME=JSON/],
    ['gym:X', { 'env-arg': ['a=hard'] }, /hard is not JSON; .*'a="hard"'/],
    ['gym:X', { wrapper: ['TimeLimit=7'] }, /no JSON object; write TimeLimit=\{"NAME": VALUE\}/],
    ['atari:Pong', { wrapper: ['TimeLimit'] }, /wrappers are for gym:ID/],
    ['CartPole-v1', { python: 'py' }, /--python with CartPole-v1: it is for environments of Python/],
    ['gym:X', { python: 'py', 'gym-server': 'a:1' }, /leave one of them out/],
  ])('%s with %j is refused', (text, values, message) => {
    expect(() => gymnasiumOf(text, values)).toThrow(OptionError);
    expect(() => gymnasiumOf(text, values)).toThrow(message);
  });
});
