// A participant (see participant.mjs): tfjs with its wasm backend, for the Fisher-vector product of W1, by hand and by
// differentiating twice. Its argument is a folder whose node_modules has the two packages.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const WORKLOAD = 'W1';

const require = createRequire(join(process.argv[2], 'package.json'));
const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
let tf;
let runners;

/**
 * tfjs's own tanh and exp can be differentiated once only, because their gradients save the output, which the tape does
 * not connect to the input; these save the input.
 */
function differentiableTwice(own, slope) {
  const operation = (input) =>
    tf.customGrad((x, save) => {
      save([x]);
      return { value: own(x), gradFunc: (dy, [saved]) => tf.mul(dy, slope(operation(saved))) };
    })(input);
  return operation;
}

/** A categorical policy on random observations; parameters are weights and biases in turn, layer by layer. */
class Problem {
  constructor({ observationSize, hiddenSizes, rows, action }, { damping }) {
    const sizes = [observationSize, ...hiddenSizes, action.size];
    this.rows = rows;
    this.damping = damping;
    this.observations = tf.randomNormal([rows, observationSize]);
    const shapes = sizes.slice(1).flatMap((size, i) => [[sizes[i], size], [size]]);
    this.parameters = shapes.map((shape) => tf.randomNormal(shape, 0, 1 / Math.sqrt(shape[0])));
    this.direction = shapes.map((shape) => tf.randomNormal(shape));
    this.hidden = this.forward(this.parameters);
    const logits = this.hidden.pop();
    this.probabilities = tf.softmax(logits);
    this.slopes = this.hidden.map((h) => tf.sub(1, tf.square(h)));
  }

  /** Hidden activations h_0 = observations, h_1, ..., and then the logits. */
  forward(parameters, tanh = tf.tanh) {
    const outputs = [this.observations];
    for (let i = 0; i < parameters.length; i += 2) {
      const sum = tf.add(tf.matMul(outputs.at(-1), parameters[i]), parameters[i + 1]);
      outputs.push(i < parameters.length - 2 ? tanh(sum) : sum);
    }
    return outputs;
  }

  /** J^T M J v / rows + damping v, out of matrix products. */
  productByHand() {
    const { parameters, direction, hidden, slopes, probabilities } = this;
    let tangent;
    for (let i = 0; i < parameters.length; i += 2) {
      let next = tf.add(tf.matMul(hidden[i / 2], direction[i]), direction[i + 1]);
      if (tangent !== undefined) next = tf.add(next, tf.matMul(tangent, parameters[i]));
      tangent = i < parameters.length - 2 ? tf.mul(next, slopes[i / 2 + 1]) : next;
    }
    const weighted = tf.mul(tangent, probabilities);
    let delta = tf.sub(weighted, tf.mul(probabilities, tf.sum(weighted, 1, true)));
    delta = tf.div(delta, this.rows);
    const product = [];
    for (let i = parameters.length - 2; i >= 0; i -= 2) {
      product.unshift(tf.matMul(hidden[i / 2], delta, true, false), tf.sum(delta, 0));
      if (i > 0) delta = tf.mul(tf.matMul(delta, parameters[i], false, true), slopes[i / 2]);
    }
    return product.map((part, i) => tf.add(part, tf.mul(direction[i], this.damping)));
  }

  /** The same as the gradient of <gradient of KL(old || new), v>. */
  productByDifferentiatingTwice() {
    const { direction, probabilities } = this;
    const tanh = differentiableTwice(tf.tanh, (y) => tf.sub(1, tf.square(y)));
    const exp = differentiableTwice(tf.exp, (y) => y);
    const kl = (...parameters) => {
      const logits = this.forward(parameters, tanh).at(-1);
      // up to the old policy's entropy
      const logSumExp = tf.log(tf.sum(exp(logits), 1, true));
      return tf.div(tf.sum(tf.mul(probabilities, tf.sub(logSumExp, logits))), this.rows);
    };
    const slope = (...parameters) =>
      tf.addN(
        tf
          .grads(kl)(parameters)
          .map((part, i) => tf.sum(tf.mul(part, direction[i]))),
      );
    const product = tf.grads(slope)(this.parameters);
    return product.map((part, i) => tf.add(part, tf.mul(direction[i], this.damping)));
  }
}

/** Numbers of a product, which also waits for it. */
function numbers(product) {
  return product.flatMap((part) => [...part.dataSync()]);
}

async function prepare({ workloads, threads, settings }) {
  // the whole package, because tfjs-core alone has no gradients
  tf = require('@tensorflow/tfjs');
  const backendPath = require.resolve('@tensorflow/tfjs-backend-wasm');
  const backend = require(backendPath);
  backend.setWasmPaths(`${dirname(backendPath)}/`);
  backend.setThreadsCount(threads);
  await tf.setBackend('wasm');
  await tf.ready();
  const workload = workloads.find(({ name }) => name === WORKLOAD);
  const cases = {};
  if (workload !== undefined) {
    const problem = new Problem(workload, settings);
    const expected = numbers(problem.productByDifferentiatingTwice());
    const actual = numbers(problem.productByHand());
    const error = Math.hypot(...actual.map((x, i) => x - expected[i])) / Math.hypot(...expected);
    if (!(error < 1e-4)) throw new Error(`the two products differ by ${error}`);
    runners = {
      fisher: () => problem.productByHand(),
      fisherTwice: () => problem.productByDifferentiatingTwice(),
    };
    cases[WORKLOAD] = Object.keys(runners);
  }
  const version = require('@tensorflow/tfjs/package.json').version;
  return {
    name: 'tfjs-wasm',
    versions: { tfjs: version, node: process.version },
    threads: backend.getThreadsCount(),
    cases,
  };
}

function sample({ case: name, sampleMs }) {
  let total = 0;
  let runs = 0;
  do {
    const started = performance.now();
    tf.tidy(() => {
      for (const part of runners[name]()) part.dataSync();
    });
    total += performance.now() - started;
    runs++;
  } while (total < sampleMs);
  return { ms: total / runs, runs, products: 1 };
}

for await (const line of createInterface({ input: process.stdin })) {
  const task = JSON.parse(line);
  try {
    answer(task.task === 'prepare' ? await prepare(task) : sample(task));
  } catch (error) {
    answer({ error: error.message });
  }
}
