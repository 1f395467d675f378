import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { policyToOnnx } from '../../src/export/onnx.js';
import { ACTIVATIONS } from '../../src/network/networkSpec.js';
import type { TrpoOptions } from '../../src/training/options.js';
import { mainPolicy, observations, SPACES, trainedPolicy } from '../edge/support.js';
import { onnxRuntimeModule } from './installed.js';

interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** The part of onnxruntime that is used here. */
interface OnnxRuntime {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => Tensor;
  readonly InferenceSession: {
    create(model: Uint8Array): Promise<{
      run(inputs: { readonly observation: Tensor }): Promise<{ readonly action: Tensor }>;
    }>;
  };
}

const ROWS = 200;
let onnxRuntime: OnnxRuntime;
beforeAll(async () => {
  onnxRuntime = await import(/* @vite-ignore */ pathToFileURL(onnxRuntimeModule).href);
  onnxRuntime.env.wasm.numThreads = 1;
});

/** The exported model's actions for a batch and for each of its rows are the policy's. */
async function expectSameActions(bytes: Uint8Array): Promise<void> {
  const session = await onnxRuntime.InferenceSession.create(policyToOnnx(bytes));
  const actionsOf = async (rows: readonly Float32Array[]) => {
    const input = Float32Array.from(rows.flatMap((row) => [...row]));
    const observation = new onnxRuntime.Tensor('float32', input, [rows.length, rows[0].length]);
    const { action } = await session.run({ observation });
    expect(action.dims[0]).toBe(rows.length);
    return Array.from<number | bigint, number>(action.data, Number);
  };
  // the model takes float32
  const batch = observations(ROWS).map((row) => Float32Array.from(row));
  const expected = mainPolicy(bytes)
    .actBatch(batch, { deterministic: true })
    .flatMap((action) => (typeof action === 'number' ? [action] : Array.from(action)));
  expect(new Set(expected).size).toBeGreaterThan(1);
  const size = expected.length / ROWS;
  const actual = await actionsOf(batch);
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i]), `action ${i}`).toBeLessThan(1e-5);
  });
  expect(await actionsOf(batch.slice(0, 1))).toEqual(actual.slice(0, size));
}

describe.each(Object.entries(SPACES))('an exported policy over %s in onnxruntime', (_, space) => {
  test.each([true, false])('acts as the policy does (normalised %s)', async (normalizeObservations) => {
    await expectSameActions(await trainedPolicy(space, { normalizeObservations }));
  });
});

test.each(ACTIVATIONS)('an exported policy with activation %s in onnxruntime', async (activation) => {
  const options: Partial<TrpoOptions> = { activation, hiddenSizes: [37, 5] };
  await expectSameActions(await trainedPolicy(SPACES.Box, options));
});
