import { describe, expect, test } from 'vitest';
import { FileError, MismatchError } from '../../src/errors.js';
import {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsContent,
} from '../../src/files/safetensors.js';
import { PolicySearch } from '../../src/training/policySearch.js';
import { Trainer } from '../../src/training/trainer.js';
import { planOf } from '../../src/training/trainingPlan.js';
import { changedEnvironment } from '../health/plantedRuns.js';
import { testRuntime } from '../support/runtime.js';

const SMALL = {
  environment: 'CartPole-v1',
  environments: 2,
  steps: 16,
  timesteps: 64,
  hiddenSizes: [4],
} as const;

async function trained<Training extends Trainer | PolicySearch>(training: Training): Promise<Training> {
  for await (const _ of training.iterations());
  return training;
}

const trainer = await trained(
  await Trainer.create(testRuntime(), { ...SMALL, algorithm: 'ppo', valueHiddenSizes: [4] }),
);
const checkpoint = trainer.encodeCheckpoint();
const search = await trained(
  await PolicySearch.ofPlan(
    testRuntime(),
    planOf({ environment: 'CartPole-v1', timesteps: 64, hiddenSizes: [4], algorithm: 'cma-es' }),
  ),
);

/** Its episodes told figures. */
const told = await trained(
  await Trainer.create(testRuntime(), {
    ...SMALL,
    environmentName: 'CartPole-v1',
    environment: changedEnvironment('CartPole-v1', (result, step) => ({
      ...result,
      info: step % 2 === 0 ? { step } : { step, odd: true },
    })),
    valueHiddenSizes: [4],
  }),
);

function forged(file: Uint8Array, change: (content: SafetensorsContent) => void): Uint8Array {
  const content = decodeSafetensors(file, 'checkpoint');
  change(content);
  return encodeSafetensors(content.tensors, content.metadata);
}

function withRun(file: Uint8Array, fields: Record<string, unknown>): Uint8Array {
  return forged(file, ({ metadata }) => {
    metadata.run = JSON.stringify({ ...JSON.parse(metadata.run), ...fields });
  });
}

/** The same run as version 1 wrote it: sizes and one activation instead of layers. */
function asVersion1(file: Uint8Array): Uint8Array {
  return forged(file, ({ metadata }) => {
    const { valueLayers, spec, ...run } = JSON.parse(metadata.run);
    const { observationShape, observationDtype: _, layers, ...others } = spec;
    const sizes = (specs: readonly { units: number }[]) => specs.map(({ units }) => units);
    const old = { ...others, observationSize: observationShape[0], hiddenSizes: sizes(layers) };
    metadata.version = '1';
    metadata.run = JSON.stringify({
      ...run,
      spec: { ...old, activation: layers[0].activation },
      valueHiddenSizes: sizes(valueLayers),
    });
  });
}

const vector = (length: number, value = 0.5) => ({
  ...({ dtype: 'F64', shape: [length], data: new Float64Array(length).fill(value) } as const),
});

/** The error of restoring, and that it left everything as it was. */
async function refusal(training: Trainer | PolicySearch, bytes: Uint8Array): Promise<Error> {
  const before = training.encodeCheckpoint();
  const error = await training.restoreCheckpoint(bytes, 'the file').catch((cause: Error) => cause);
  expect(training.encodeCheckpoint()).toEqual(before);
  expect(error).toBeInstanceOf(Error);
  return error as Error;
}

describe('a checkpoint whose checksum is right', () => {
  test.each([
    [{ environments: 2 ** 53 }, 'environments is 9007199254740992, which counts nothing'],
    [{ environments: 2 ** 31 }, 'fewer than 2147483648 environments'],
    [{ environments: 'abc' }, 'environments is "abc"'],
    [{ iteration: -1 }, 'iteration is -1'],
    [{ timesteps: 0.5 }, 'timesteps is 0.5'],
    [{ adamSteps: null }, 'adamSteps is null'],
    [{ ticks: [] }, 'ticks is []'],
    [{ algorithm: { steps: 1 } }, 'epochs is missing'],
    [{ algorithm: 3 }, 'algorithm is 3'],
    [{ spec: null }, 'its policy is null'],
    [{ valueLayers: 4 }, 'its layers are 4, not a list'],
    [{ valueLayers: [{ kind: 'dense', units: 0, activation: 'tanh' }] }, 'in layer 0 its units are 0'],
    [{ options: [] }, 'lacks options'],
    [{ variant: 4 }, 'lacks variant'],
  ])('is refused for %j', async (fields, fault) => {
    const error = await refusal(trainer, withRun(checkpoint, fields));
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toContain(`the file is no sound checkpoint: `);
    expect(error.message).toContain(fault);
  });

  test.each([
    ['normalizer/count', vector(1, 0.5), 'which counts nothing'],
    ['normalizer/count', vector(0), '0 numbers, 1 are needed'],
    ['normalizer/mean', vector(5), '5 numbers, 4 are needed'],
    ['normalizer/squaredDeviations', vector(4, -1), 'it cannot be below 0'],
    ['rewards/squaredDeviations', vector(2), '2 numbers, 1 are needed'],
    ['rewards/discountedReturns', vector(3), '3 numbers, 2 are needed'],
    ['rewards/discountedReturns', vector(2, Number.NaN), 'not finite'],
    ['episodes/lengths', vector(50), 'numbers'],
    ['environment0/episode', vector(1), '1 numbers, 2 are needed'],
    ['environment1/observation', vector(4, Infinity), 'not finite'],
    ['environment1/state', vector(3), 'a state that an environment does not take back'],
    ['environment0/state', vector(8, -1), 'a state that an environment does not take back'],
  ])('is refused for its %s', async (name, tensor, fault) => {
    const error = await refusal(
      trainer,
      forged(checkpoint, ({ tensors }) => {
        tensors.set(name, tensor);
      }),
    );
    expect(error instanceof FileError || error instanceof MismatchError).toBe(true);
    expect(error.message).toContain('the file');
    expect(error.message).toContain(fault);
  });

  test.each(['value', 'valueFirstMoment', 'algorithm/secondMoment'])(
    'is refused for a NaN in %s',
    async (prefix) => {
      const error = await refusal(
        trainer,
        forged(checkpoint, ({ tensors }) => {
          (tensors.get(`${prefix}/dense0/bias`)?.data as Float32Array)[2] = Number.NaN;
        }),
      );
      expect(error).toBeInstanceOf(FileError);
      expect(error.message).toContain(`the file: ${prefix} holds numbers that are not finite`);
    },
  );

  test.each([
    [{ infoNames: 5 }, 'its infoNames are 5, not up to 200 different texts'],
    [{ infoNames: ['step', 1] }, 'its infoNames are ["step",1]'],
    [{ infoNames: ['step', 'step'] }, 'its infoNames are ["step","step"]'],
    [{ infoNames: Array.from({ length: 201 }, (_, i) => `${i}`) }, 'its infoNames are ["0","1"'],
    [{ infoNames: ['step'] }, 'episodes/infoCells holds'],
  ])('is refused for infos of episodes with %j', async (fields, fault) => {
    const error = await refusal(told, withRun(told.encodeCheckpoint(), fields));
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toContain(`the file is no sound checkpoint: ${fault}`);
  });

  test('is refused for another number of infos than it has places for', async () => {
    const cells = decodeSafetensors(told.encodeCheckpoint(), 'checkpoint').tensors.get('episodes/infoCells')!;
    expect(cells.data.length).toBeGreaterThan(1);
    const file = forged(told.encodeCheckpoint(), ({ tensors }) => {
      tensors.set('episodes/infoFigures', vector(cells.data.length + 1));
    });
    expect((await refusal(told, file)).message).toContain('episodes/infoCells has');
  });

  test('is refused for a second moment below 0, whose root is no number', async () => {
    const error = await refusal(
      trainer,
      forged(checkpoint, ({ tensors }) => {
        (tensors.get('valueSecondMoment/dense0/bias')?.data as Float32Array)[1] = -1;
      }),
    );
    expect(error.message).toContain('the file: valueSecondMoment holds -1, it cannot be below 0');
  });

  test.each([
    [{ valueHiddenSizes: undefined }, 'its hiddenSizes are missing'],
    [{ valueHiddenSizes: ['4'] }, 'in layer 0 its units are "4"'],
    [{ spec: 5 }, 'its policy is 5'],
    [{ spec: { environmentName: 'CartPole-v1' } }, 'its hiddenSizes are missing'],
  ])('of version 1 is refused for %j', async (fields, fault) => {
    const error = await refusal(trainer, withRun(asVersion1(checkpoint), fields));
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toContain(fault);
  });

  test('of a search is refused in the same way', async () => {
    const file = search.encodeCheckpoint();
    const withNull = forged(file, ({ metadata }) => {
      metadata.run = 'null';
    });
    expect((await refusal(search, withNull)).message).toContain(
      'the file is no sound checkpoint: its identity',
    );
    expect((await refusal(search, withRun(file, { timesteps: -5 }))).message).toContain('timesteps are -5');
    const withNaN = forged(file, ({ tensors }) => {
      tensors.set('search/sigma', vector(1, Number.NaN));
    });
    expect((await refusal(search, withNaN)).message).toContain('the file: search/sigma holds numbers');
  });
});

test('a checkpoint of version 1 means what that of version 2 means, and another version is refused', async () => {
  const other = await Trainer.create(testRuntime(), { ...SMALL, algorithm: 'ppo', valueHiddenSizes: [4] });
  await other.restoreCheckpoint(asVersion1(checkpoint), 'the file');
  expect(other.encodeCheckpoint()).toEqual(checkpoint);
  for (const version of ['0', '3', '1.0', '']) {
    const file = forged(checkpoint, ({ metadata }) => {
      metadata.version = version;
    });
    const error = await refusal(trainer, file);
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toContain(`version "${version}"`);
  }
});

test('a checkpoint of a search names the run as it did before layers had kinds', () => {
  const { metadata } = decodeSafetensors(search.encodeCheckpoint(), 'checkpoint');
  expect(metadata.version).toBe('1');
  expect(JSON.parse(metadata.run).identity).toBe(
    'CartPole-v1 (4 observations, actions {"kind":"Discrete","n":2}, hidden 4)',
  );
});
