import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { numbersOf } from '../../src/check/actions.js';
import { createPolicy } from '../../src/edge/createPolicy.js';
import { allowsAction } from '../../src/environments/actionMask.js';
import { startOf } from '../../src/environments/spaces.js';
import { NonFiniteError, OptionError } from '../../src/errors.js';
import { policyToDeclaration, policyToJavaScript } from '../../src/export/javaScript.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/files/safetensors.js';
import type { Policy } from '../../src/policy/policy.js';
import { readPolicyFile } from '../../src/policy/policyFile.js';
import { RandomStream } from '../../src/random/philox.js';
import { Trainer } from '../../src/training/trainer.js';
import { edgeModule, mainPolicy, observations, SPACES, trainedPolicy } from '../edge/support.js';
import { temporaryFolder } from '../support/cli.js';
import { Doors, drawMask, MASKED_SPACES } from '../support/maskedTasks.js';
import { testRuntime } from '../support/runtime.js';

const folder = temporaryFolder();

interface ExportedPolicy {
  act(
    observation: ArrayLike<number>,
    options?: { deterministic?: boolean; mask?: ArrayLike<unknown>; random?: () => number },
  ): number | number[];
}

type Kind = keyof typeof MASKED_SPACES;

async function maskedPolicy(kind: Kind): Promise<Uint8Array> {
  const trainer = await Trainer.create(testRuntime(), {
    environment: () => new Doors(MASKED_SPACES[kind]),
    environmentName: 'Doors',
    steps: 64,
    timesteps: 64,
    valueEpochs: 1,
    policyOutputGain: 2,
  });
  for await (const _ of trainer.iterations());
  const bytes = trainer.encodePolicy();
  await trainer.close();
  return bytes;
}

function masksFor(kind: Kind, count: number): number[][] {
  const random = new RandomStream(8);
  const space = MASKED_SPACES[kind];
  return Array.from({ length: count }, () =>
    drawMask(space.kind === 'Discrete' ? [space.n] : space.counts, random),
  );
}

function isAllowed(kind: Kind, mask: readonly number[], action: number | ArrayLike<number>): boolean {
  const space = MASKED_SPACES[kind];
  const choices = numbersOf(action).map((number, part) => number - startOf(space, part));
  return allowsAction(space, Uint8Array.from(mask), choices);
}

async function exported(bytes: Uint8Array, name: string): Promise<ExportedPolicy> {
  writeFileSync(folder.path(name), policyToJavaScript(bytes));
  return await import(/* @vite-ignore */ pathToFileURL(folder.path(name)).href);
}

describe.each(Object.keys(MASKED_SPACES) as Kind[])('a policy under masks over %s', (kind) => {
  const batch = observations(200);
  const masks = masksFor(kind, batch.length);

  test('acts within the mask, one by one and in batches the same, at the edge to the bit', async () => {
    const bytes = await maskedPolicy(kind);
    const [main, edge] = [mainPolicy(bytes), createPolicy(edgeModule(), bytes)];
    for (const deterministic of [true, false]) {
      const act = (policy: Policy) =>
        batch.map((observation, row) =>
          policy.act(observation, {
            deterministic,
            mask: masks[row],
            draw: { seed: 3, step: 1, firstEnvironment: row },
          }),
        );
      const actions = act(main);
      actions.forEach((action, row) => {
        expect(isAllowed(kind, masks[row], action)).toBe(true);
      });
      expect(act(edge)).toEqual(actions);
      const draw = { seed: 3, step: 1, firstEnvironment: 0 };
      for (const policy of [main, edge]) {
        expect(policy.actBatch(batch, { deterministic, masks, draw })).toEqual(actions);
      }
      const booleans = masks.map((mask) => mask.map((allowed) => allowed === 1));
      expect(main.actBatch(batch, { deterministic, masks: booleans, draw })).toEqual(actions);
    }
  });

  test('acts as a JavaScript module as the policy does, and draws within the mask', async () => {
    const bytes = await maskedPolicy(kind);
    const [main, module] = [mainPolicy(bytes), await exported(bytes, `${kind}.mjs`)];
    batch.forEach((observation, row) => {
      const mask = masks[row];
      expect(module.act(observation, { mask, deterministic: true })).toEqual(
        main.act(observation, { mask, deterministic: true }),
      );
      // a number that leaves all to the last choice
      for (const random of [Math.random, () => 1 - 2 ** -53]) {
        expect(isAllowed(kind, mask, module.act(observation, { mask, random }))).toBe(true);
      }
    });
    const [observation] = batch;
    expect(() => module.act(observation)).toThrow(/mask has undefined numbers/);
    expect(() => module.act(observation, { mask: [1] })).toThrow(RangeError);
    expect(() => module.act(observation, { mask: masks[0].map(() => 0) })).toThrow(/allow no choice/);
    expect(() => module.act(observation, { mask: masks[0].map(() => 2) })).toThrow(/mask\[0\] is 2/);
    expect(policyToDeclaration(bytes)).toContain('readonly mask: ArrayLike<number | boolean>;');
    expect(policyToDeclaration(bytes)).toContain('options: ActOptions');
  });

  test('refuses to act without a mask, or with one that is none, and then nothing was drawn', async () => {
    const bytes = await maskedPolicy(kind);
    const [policy, fresh] = [mainPolicy(bytes), mainPolicy(bytes)];
    const [observation] = batch;
    const size = masks[0].length;
    const wrong: [unknown, RegExp][] = [
      [undefined, new RegExp(`for Doors acts under masks: give one .* ${size} numbers`)],
      [[1], /mask for the policy for Doors has 1 numbers; give/],
      [masks[0].map(() => 0), /mask for the policy for Doors allows no choice/],
      [masks[0].map(() => 0.5), /mask for the policy for Doors has 0.5 at \[0\]/],
      ['1', /is a string/],
      [null, /acts under masks/],
    ];
    for (const [mask, message] of wrong) {
      expect(() => policy.act(observation, { mask: mask as never })).toThrow(OptionError);
      expect(() => policy.act(observation, { mask: mask as never })).toThrow(message);
    }
    expect(() => policy.actBatch(batch)).toThrow(/acts under masks/);
    expect(() => policy.actBatch([observation], { masks: 'x' as never })).toThrow(/acts under masks/);
    expect(() => policy.actBatch(batch, { masks: masks.slice(1) })).toThrow(/give one for each observation/);
    expect(() => policy.actBatch(batch, { masks: [...masks.slice(1), [1]] })).toThrow(
      /masks\[199\] for .* has 1/,
    );
    const [mask] = masks;
    expect(policy.act(observation, { mask })).toEqual(fresh.act(observation, { mask }));
  });
});

test('a policy without masks refuses one', async () => {
  const policy = mainPolicy(await trainedPolicy(SPACES.Discrete));
  expect(() => policy.act([0, 0], { mask: [1, 1, 1] })).toThrow(OptionError);
  expect(() => policy.actBatch([[0, 0]], { masks: [[1, 1, 1]] })).toThrow(
    /was trained without masks; leave it out/,
  );
});

test('a policy file under masks has a version that earlier programs refuse; others keep theirs', async () => {
  const bytes = await maskedPolicy('Discrete');
  expect(decodeSafetensors(bytes, 'policy').metadata.version).toBe('3');
  expect(readPolicyFile(bytes, 'policy').spec.actionSpace).toEqual(MASKED_SPACES.Discrete);
  const unmasked = await trainedPolicy(SPACES.Discrete);
  expect(decodeSafetensors(unmasked, 'policy').metadata.version).toBe('2');
});

test('logits that are no numbers choose nothing that is forbidden: the policy is refused', async () => {
  const { tensors, metadata } = decodeSafetensors(await maskedPolicy('Discrete'), 'policy');
  const altered = new Map(tensors);
  for (const [name, tensor] of tensors) {
    if (tensor.dtype === 'F32') altered.set(name, { ...tensor, data: tensor.data.map(() => 3e38) as never });
  }
  const policy = mainPolicy(encodeSafetensors(altered, metadata));
  expect(() => policy.act([1, 1], { deterministic: true, mask: [0, 0, 1, 0, 0, 0] })).toThrow(NonFiniteError);
});
