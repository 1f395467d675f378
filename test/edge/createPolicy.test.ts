import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { createPolicy } from '../../src/edge/createPolicy.js';
import { Discrete } from '../../src/environments/spaces.js';
import { FileError, MismatchError, NonFiniteError, OptionError, ShapeError } from '../../src/errors.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/files/safetensors.js';
import { ACTIVATIONS, denseLayers } from '../../src/network/networkSpec.js';
import { moduleOf } from '../kernels/support/wasm.js';
import {
  edgeModule,
  mainPolicy,
  OFFSETS,
  observations,
  observationsAtOffset,
  policyAtOffset,
  rounded,
  SPACES,
  trainedPolicy,
} from './support.js';

const module = edgeModule();

describe.each(Object.entries(SPACES))('a policy over %s', (_, space) => {
  test.each([true, false])(
    'acts as the main package does, to the bit (normalised %s)',
    async (normalized) => {
      const bytes = await trainedPolicy(space, { normalizeObservations: normalized });
      const edge = createPolicy(module, bytes, { seed: 2 ** 40 + 3 });
      const main = mainPolicy(bytes);
      main.seed = 2 ** 40 + 3;
      expect(edge.getParameters()).toEqual(main.getParameters());
      const seen = new Set<string>();
      for (const observation of observations(200)) {
        for (const deterministic of [true, false]) {
          const action = edge.act(observation, { deterministic });
          expect(action).toEqual(main.act(observation, { deterministic }));
          expect(space.contains(action)).toBe(true);
          seen.add(JSON.stringify(action));
        }
      }
      expect(seen.size).toBeGreaterThan(4);
    },
  );

  test.each(Object.entries(OFFSETS))(
    'acts as the main package does at %s, to the bit',
    async (_, observe) => {
      const bytes = await policyAtOffset(space, observe);
      const [edge, main] = [createPolicy(module, bytes), mainPolicy(bytes)];
      const batch = observationsAtOffset(observe, 100);
      const modes = batch.map((observation) => main.act(observation, { deterministic: true }));
      expect(batch.map((observation) => edge.act(observation, { deterministic: true }))).toEqual(modes);
      expect(edge.actBatch(batch, { deterministic: true })).toEqual(modes);
      expect(edge.actBatch(batch)).toEqual(main.actBatch(batch));
      // float32 would have lost the observation
      expect(main.actBatch(batch.map(rounded), { deterministic: true })).not.toEqual(modes);
    },
  );

  test.each([0, 1, 3, 4, 63, 64, 65, 200])('acts on %i rows as on each of them', async (rows) => {
    const policy = createPolicy(module, await trainedPolicy(space));
    const batch = observations(rows);
    const expected = batch.map((observation) => policy.act(observation, { deterministic: true }));
    expect(policy.actBatch(batch, { deterministic: true })).toEqual(expected);
  });

  test('draws for the first row of a batch what a single act draws, and for each row anew', async () => {
    const bytes = await trainedPolicy(space);
    const [one, many, main] = [createPolicy(module, bytes), createPolicy(module, bytes), mainPolicy(bytes)];
    const batch = new Array<number[]>(130).fill([0.3, -0.2]);
    for (let call = 0; call < 3; call++) {
      const actions = many.actBatch(batch);
      expect(actions[0]).toEqual(one.act(batch[0]));
      expect(actions).toEqual(main.actBatch(batch));
      expect(new Set(actions.map((action) => JSON.stringify(action))).size).toBeGreaterThan(1);
    }
  });
});

test('takes the bytes as an array, a part of a larger one, or a buffer, of any realm', async () => {
  const bytes = await trainedPolicy(SPACES.Box);
  const expected = createPolicy(module, bytes).getParameters();
  const larger = new Uint8Array(bytes.length + 10);
  larger.set(bytes, 3);
  const foreign = runInNewContext('Uint8Array').from(bytes);
  for (const given of [larger.subarray(3, 3 + bytes.length), bytes.slice().buffer, foreign, foreign.buffer]) {
    expect(createPolicy(module, given).getParameters()).toEqual(expected);
  }
});

test.each(ACTIVATIONS)('activation %s gives the same bits', async (activation) => {
  const bytes = await trainedPolicy(SPACES.Box, { activation, hiddenSizes: [37, 64, 5] });
  const [edge, main] = [createPolicy(module, bytes), mainPolicy(bytes)];
  const batch = observations(70);
  expect(edge.actBatch(batch)).toEqual(main.actBatch(batch));
});

describe('bad input', () => {
  test('observations that the policy cannot take are refused, and draw nothing', async () => {
    const bytes = await trainedPolicy(new Discrete(3));
    const [policy, fresh] = [createPolicy(module, bytes), createPolicy(module, bytes)];
    expect(() => policy.act([1])).toThrow(ShapeError);
    expect(() => policy.act([1, 2, 3])).toThrow(/has 3 numbers.*takes 2/);
    expect(() => policy.act(null as never)).toThrow(ShapeError);
    expect(() => policy.act([1, Number.NaN])).toThrow(NonFiniteError);
    expect(() => policy.act(['1', 2] as never)).toThrow(NonFiniteError);
    expect(() => policy.actBatch([[1, 2], [1]])).toThrow(/batch\[1\] has 1 numbers/);
    expect(() => policy.actBatch([[1, Number.POSITIVE_INFINITY]])).toThrow(/batch\[0\]\[1\] is Infinity/);
    expect(policy.actBatch(observations(40))).toEqual(fresh.actBatch(observations(40)));
  });

  test('no altered byte of a policy passes', async () => {
    const bytes = await trainedPolicy(new Discrete(2), { hiddenSizes: [4] });
    for (let position = 0; position < bytes.length; position++) {
      const altered = bytes.slice();
      altered[position] ^= 1 << (position % 8);
      let changed = false;
      try {
        // a blank of the header's padding may become another character that JSON skips
        changed = !sameContent(altered, bytes);
        createPolicy(module, altered, { name: 'altered' });
      } catch (error) {
        expect(error).toBeInstanceOf(FileError);
        expect((error as Error).message).toContain('altered');
        continue;
      }
      expect(changed, `byte ${position}`).toBe(false);
    }
  });

  test.each([0, 7, 8, 100])('a file cut to %i bytes is refused', async (length) => {
    const bytes = await trainedPolicy(new Discrete(2));
    expect(() => createPolicy(module, bytes.subarray(0, length))).toThrow(FileError);
  });

  test('a header that asks for more than the file holds is refused before memory is taken', async () => {
    const { tensors, metadata } = decodeSafetensors(await trainedPolicy(new Discrete(2)), 'policy');
    const header = { ...JSON.parse(metadata.policy), layers: denseLayers([1_000_000, 1_000_000], 'tanh') };
    const forged = encodeSafetensors(tensors, { ...metadata, policy: JSON.stringify(header) });
    expect(() => createPolicy(module, forged)).toThrow(MismatchError);
  });

  test('another module, bytes for a module, a path for bytes and a seed out of range are refused', async () => {
    const bytes = await trainedPolicy(new Discrete(2));
    const empty = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    expect(() => createPolicy(empty, bytes)).toThrow(MismatchError);
    expect(() => createPolicy(new Uint8Array(8) as never, bytes)).toThrow(/WebAssembly\.compile/);
    expect(() => createPolicy(undefined as never, bytes)).toThrow(MismatchError);
    expect(() => createPolicy(module, bytes, { seed: -1 })).toThrow(OptionError);
    expect(() => createPolicy(module, './policy.safetensors' as never)).toThrow(/given a string.*Uint8Array/);
    expect(() => createPolicy(module, null as never)).toThrow(OptionError);
  });

  test('the kernels of the trainer do as well, with the same bits', async () => {
    const bytes = await trainedPolicy(SPACES.Box);
    const batch = observations(10);
    const expected = createPolicy(module, bytes).actBatch(batch);
    expect(createPolicy(moduleOf('simd'), bytes).actBatch(batch)).toEqual(expected);
  });
});

/** Whether two files decode to the same content; an unsound one throws. */
function sameContent(a: Uint8Array, b: Uint8Array): boolean {
  const [left, right] = [decodeSafetensors(a, 'altered'), decodeSafetensors(b, 'policy')];
  return (
    JSON.stringify([...left.tensors, left.metadata]) === JSON.stringify([...right.tensors, right.metadata])
  );
}
