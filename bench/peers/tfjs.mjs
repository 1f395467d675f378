// A participant (see participant.mjs): tfjs with its wasm backend, for the Fisher-vector products of W1 and W2, by hand and
// by differentiating twice. Its argument is a folder whose node_modules has the two packages.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const WORKLOADS = ['W1', 'W2'];

const require = createRequire(join(process.argv[2], 'package.json'));
const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
let tf;
const runners = new Map();

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

/**
 * A policy on random observations; parameters are weights and biases in turn, layer by layer, and then a Gaussian's log
 * standard deviations.
 */
class Problem {
  constructor({ observationSize, hiddenSizes, rows, action }, { damping, logStd }) {
    const sizes = [observationSize, ...hiddenSizes, action.size];
    this.rows = rows;
    this.damping = damping;
    this.isGaussian = action.kind === 'gaussian';
    this.observations = tf.randomNormal([rows, observationSize]);
    const shapes = sizes.slice(1).flatMap((size, i) => [[sizes[i], size], [size]]);
    this.weights = shapes.map((shape) => tf.randomNormal(shape, 0, 1 / Math.sqrt(shape[0])));
    this.logStd = tf.fill([action.size], logStd);
    this.parameters = this.isGaussian ? [...this.weights, this.logStd] : this.weights;
    this.direction = this.parameters.map(({ shape }) => tf.randomNormal(shape));
    this.hidden = this.forward(this.weights);
    this.outputs = this.hidden.pop();
    this.probabilities = tf.softmax(this.outputs);
    this.precision = tf.exp(tf.mul(this.logStd, -2));
    this.slopes = this.hidden.map((h) => tf.sub(1, tf.square(h)));
  }

  /** Hidden activations h_0 = observations, h_1, ..., and then the distribution's inputs. */
  forward(weights, tanh = tf.tanh) {
    const outputs = [this.observations];
    for (let i = 0; i < weights.length; i += 2) {
      const sum = tf.add(tf.matMul(outputs.at(-1), weights[i]), weights[i + 1]);
      outputs.push(i < weights.length - 2 ? tanh(sum) : sum);
    }
    return outputs;
  }

  /** J^T M J v / rows + damping v, out of matrix products. */
  productByHand() {
    const { weights, direction, hidden, slopes } = this;
    let tangent;
    for (let i = 0; i < weights.length; i += 2) {
      let next = tf.add(tf.matMul(hidden[i / 2], direction[i]), direction[i + 1]);
      if (tangent !== undefined) next = tf.add(next, tf.matMul(tangent, weights[i]));
      tangent = i < weights.length - 2 ? tf.mul(next, slopes[i / 2 + 1]) : next;
    }
    let delta = tf.div(this.metricTimes(tangent), this.rows);
    // of log standard deviations, whose part of the Fisher matrix is 2 I
    const product = this.isGaussian ? [tf.mul(direction.at(-1), 2)] : [];
    for (let i = weights.length - 2; i >= 0; i -= 2) {
      product.unshift(tf.matMul(hidden[i / 2], delta, true, false), tf.sum(delta, 0));
      if (i > 0) delta = tf.mul(tf.matMul(delta, weights[i], false, true), slopes[i / 2]);
    }
    return product.map((part, i) => tf.add(part, tf.mul(direction[i], this.damping)));
  }

  /** M, the Fisher matrix of a row's distribution by its inputs, times each row. */
  metricTimes(tangent) {
    if (this.isGaussian) return tf.mul(tangent, this.precision);
    const weighted = tf.mul(tangent, this.probabilities);
    return tf.sub(weighted, tf.mul(this.probabilities, tf.sum(weighted, 1, true)));
  }

  /** The same as the gradient of <gradient of KL(old || new), v>. */
  productByDifferentiatingTwice() {
    const { direction, parameters } = this;
    const tanh = differentiableTwice(tf.tanh, (y) => tf.sub(1, tf.square(y)));
    const exp = differentiableTwice(tf.exp, (y) => y);
    const count = this.weights.length;
    const kl = (...theta) => {
      const outputs = this.forward(theta.slice(0, count), tanh).at(-1);
      return this.isGaussian ? this.gaussianKl(outputs, theta[count], exp) : this.categoricalKl(outputs, exp);
    };
    const slope = (...theta) =>
      tf.addN(
        tf
          .grads(kl)(theta)
          .map((part, i) => tf.sum(tf.mul(part, direction[i]))),
      );
    const product = tf.grads(slope)(parameters);
    return product.map((part, i) => tf.add(part, tf.mul(direction[i], this.damping)));
  }

  /** Mean KL(old || new) up to the old policy's entropy. */
  categoricalKl(logits, exp) {
    const logSumExp = tf.log(tf.sum(exp(logits), 1, true));
    return tf.div(tf.sum(tf.mul(this.probabilities, tf.sub(logSumExp, logits))), this.rows);
  }

  /** Mean KL(old || new) up to a constant: log sigma + (sigma_old^2 + (mu_old - mu)^2) / (2 sigma^2), summed over actions. */
  gaussianKl(means, logStd, exp) {
    const squared = tf.div(tf.sum(tf.square(tf.sub(this.outputs, means)), 0), this.rows);
    const variance = tf.div(1, this.precision);
    const halfPrecision = tf.mul(exp(tf.mul(logStd, -2)), 0.5);
    return tf.sum(tf.add(logStd, tf.mul(tf.add(variance, squared), halfPrecision)));
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
  const cases = {};
  for (const workload of workloads.filter(({ name }) => WORKLOADS.includes(name))) {
    const problem = new Problem(workload, settings);
    const expected = numbers(problem.productByDifferentiatingTwice());
    const actual = numbers(problem.productByHand());
    const error = Math.hypot(...actual.map((x, i) => x - expected[i])) / Math.hypot(...expected);
    if (!(error < 1e-4)) throw new Error(`${workload.name}: the two products differ by ${error}`);
    const ofWorkload = {
      fisher: () => problem.productByHand(),
      fisherTwice: () => problem.productByDifferentiatingTwice(),
    };
    runners.set(workload.name, ofWorkload);
    cases[workload.name] = Object.keys(ofWorkload);
  }
  const version = require('@tensorflow/tfjs/package.json').version;
  return {
    name: 'tfjs-wasm',
    versions: { tfjs: version, node: process.version },
    threads: backend.getThreadsCount(),
    cases,
  };
}

function sample({ workload, case: name, sampleMs }) {
  const run = runners.get(workload)[name];
  let total = 0;
  let runs = 0;
  do {
    const started = performance.now();
    tf.tidy(() => {
      for (const part of run()) part.dataSync();
    });
    total += performance.now() - started;
    runs++;
  } while (total < sampleMs);
  return { ms: total / runs, runs, products: 1 };
}

function cpuTime() {
  const { user, system } = process.cpuUsage();
  return { ms: (user + system) / 1000 };
}

const TASKS = { prepare, run: sample, cpu: cpuTime };

for await (const line of createInterface({ input: process.stdin })) {
  const task = JSON.parse(line);
  try {
    answer(await TASKS[task.task](task));
  } catch (error) {
    answer({ error: error.message });
  }
}
