import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { ONNX_INPUTS, type OnnxInput, policyToOnnx } from '../../src/export/onnx.js';
import { ACTIVATIONS } from '../../src/network/networkSpec.js';
import type { TrpoOptions } from '../../src/training/options.js';
import {
  mainPolicy,
  OFFSETS,
  observations,
  observationsAtOffset,
  policyAtOffset,
  rounded,
  SPACES,
  trainedPolicy,
} from '../edge/support.js';
import { onnxRuntimeModule } from './installed.js';

interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array | Float64Array | BigInt64Array;
}

/** The part of onnxruntime that is used here. */
interface OnnxRuntime {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly Tensor: new (
    type: OnnxInput,
    data: Float32Array | Float64Array,
    dims: readonly number[],
  ) => Tensor;
  readonly InferenceSession: {
    create(model: Uint8Array): Promise<{
      run(inputs: { readonly observation: Tensor }): Promise<{ readonly action: Tensor }>;
    }>;
  };
}

const ROWS = 200;
const ARRAYS = { float64: Float64Array, float32: Float32Array } as const;
let onnxRuntime: OnnxRuntime;
beforeAll(async () => {
  onnxRuntime = await import(/* @vite-ignore */ pathToFileURL(onnxRuntimeModule).href);
  onnxRuntime.env.wasm.numThreads = 1;
});

/** The exported model's actions for a batch and for each of its rows are the policy's. */
async function expectSameActions(
  bytes: Uint8Array,
  input: OnnxInput = 'float64',
  given: readonly number[][] = observations(ROWS),
): Promise<void> {
  const session = await onnxRuntime.InferenceSession.create(policyToOnnx(bytes, 'policy', { input }));
  const actionsOf = async (rows: readonly number[][]) => {
    const observation = new onnxRuntime.Tensor(input, ARRAYS[input].from(rows.flat()), [
      rows.length,
      rows[0].length,
    ]);
    const { action } = await session.run({ observation });
    expect(action.dims[0]).toBe(rows.length);
    return Array.from<number | bigint, number>(action.data, Number);
  };
  const batch = input === 'float32' ? given.map(rounded) : given;
  const expected = mainPolicy(bytes)
    .actBatch(batch, { deterministic: true })
    .flatMap((action) => (typeof action === 'number' ? [action] : Array.from(action)));
  expect(new Set(expected).size).toBeGreaterThan(1);
  const size = expected.length / batch.length;
  const actual = await actionsOf(batch);
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i]), `action ${i}`).toBeLessThan(1e-5);
  });
  expect(await actionsOf(batch.slice(0, 1))).toEqual(actual.slice(0, size));
}

describe.each(Object.entries(SPACES))('an exported policy over %s in onnxruntime', (_, space) => {
  test.each(ONNX_INPUTS.flatMap((input) => [true, false].map((normalized) => [input, normalized] as const)))(
    'acts on %s as the policy does (normalised %s)',
    async (input, normalizeObservations) => {
      await expectSameActions(await trainedPolicy(space, { normalizeObservations }), input);
    },
  );

  test.each(Object.entries(OFFSETS))('acts at %s as the policy does', async (_name, observe) => {
    const bytes = await policyAtOffset(space, observe);
    await expectSameActions(bytes, 'float64', observationsAtOffset(observe, ROWS));
  });
});

test.each(ACTIVATIONS)('an exported policy with activation %s in onnxruntime', async (activation) => {
  const options: Partial<TrpoOptions> = { activation, hiddenSizes: [37, 5] };
  await expectSameActions(await trainedPolicy(SPACES.Box, options));
});

test('a model refuses numbers of another kind than its input has', async () => {
  const bytes = await trainedPolicy(SPACES.Discrete);
  const session = await onnxRuntime.InferenceSession.create(policyToOnnx(bytes));
  const observation = new onnxRuntime.Tensor('float32', Float32Array.of(1, 2), [1, 2]);
  await expect(session.run({ observation })).rejects.toThrow(/expected: \(tensor\(double\)\)/);
});
