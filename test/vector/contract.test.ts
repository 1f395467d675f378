import { makeEnvironment } from '../../src/environments/index.js';
import type { Box } from '../../src/environments/spaces.js';
import { EnvironmentCalls } from '../../src/vector/environmentCalls.js';
import { vectorOf } from '../../src/vector/environmentSource.js';
import { EnvironmentVector } from '../../src/vector/environmentVector.js';
import type { VectorEnvironment } from '../../src/vector/vectorEnvironment.js';
import { describeVectorContract } from '../contract/vectorContract.js';
import { behindPromises } from '../support/environments.js';

const example = new URL('../../examples/corridors.mjs', import.meta.url).href;
const { Corridors } = (await import(example)) as { Corridors: new (count: number) => VectorEnvironment<Box> };
const manyOf = <Made>(count: number, make: () => Made) => Array.from({ length: count }, make);
const places = { one: String, all: () => 'all' };

for (const id of ['CartPole-v1', 'Pendulum-v1', 'Acrobot-v1']) {
  describeVectorContract(
    `${id}, one by one behind EnvironmentVector,`,
    (count) => new EnvironmentVector(manyOf(count, () => makeEnvironment(id))),
  );
}

describeVectorContract(
  'CartPole-v1 that answers with promises',
  (count) => new EnvironmentVector(manyOf(count, () => behindPromises('CartPole-v1'))),
);

describeVectorContract("a user's vector (examples/corridors.mjs)", (count) => new Corridors(count));

describeVectorContract('the same behind its checks', (count) =>
  vectorOf(new Corridors(count), new EnvironmentCalls(0), places),
);

/** Every time slice is over after one call: most of each step is made in slices of their own. */
class ShortSlices extends EnvironmentCalls {
  private isFirst = true;

  override get isCutDue(): boolean {
    this.isFirst = !this.isFirst;
    return this.isFirst;
  }
}

describeVectorContract('environments whose calls are limited', (count) => {
  const calls = new ShortSlices(1000, (work) => {
    work();
    return 'ended';
  });
  return new EnvironmentVector(
    manyOf(count, () => makeEnvironment('CartPole-v1')),
    calls,
    places,
  );
});
