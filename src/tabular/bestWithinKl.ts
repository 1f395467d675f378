/**
 * Moves one state's distribution p as far towards its advantages A as a radius in KL(p || q) allows.
 *
 * Maximise sum_a q_a A_a subject to sum_a p_a ln(p_a / q_a) <= d and sum_a q_a = 1. With multipliers lambda of the radius
 * and nu of the sum, the derivative A_a + lambda p_a / q_a - nu is 0 wherever q_a > 0, so that
 *
 *     q_a = lambda p_a / (nu - A_a),    nu > max A,    lambda = 1 / sum_a p_a / (nu - A_a).
 *
 * (The exponential tilt p exp(A / lambda) belongs to KL(q || p), which the paper does not use.) Probability that p gives to
 * no action at all costs nothing where it arrives: once nu has come down to the advantage of such an action, what remains
 * goes to it. lambda is the derivative of the best gain by d.
 */
export class KlBall {
  /** mean A under p. */
  private readonly mean: number;
  /** 1 / (max A - mean A): the largest z = 1 / (nu - mean A). */
  private readonly largestTilt: number;
  /** The best action, if p never takes it. */
  private readonly newAction: number | undefined;

  /** oldProbabilities and advantages [actions]. */
  constructor(
    private readonly oldProbabilities: Float64Array,
    private readonly advantages: Float64Array,
  ) {
    this.mean = oldProbabilities.reduce((sum, probability, a) => sum + probability * advantages[a], 0);
    let best = 0;
    let bestTaken = -Infinity;
    advantages.forEach((advantage, a) => {
      if (advantage > advantages[best]) best = a;
      if (oldProbabilities[a] > 0) bestTaken = Math.max(bestTaken, advantage);
    });
    this.newAction = advantages[best] > bestTaken ? best : undefined;
    this.largestTilt = 1 / (advantages[best] - this.mean);
  }

  /** The derivative of the best gain by the radius at 0: infinite where actions that p takes differ in advantage. */
  get slopeAtZero(): number {
    if (this.isBest) return 0;
    return this.tilted(this.largestTilt / 2).kl > 0 ? Infinity : 1 / this.largestTilt;
  }

  /** No distribution is better than the old one. */
  private get isBest(): boolean {
    return !(Number.isFinite(this.largestTilt) && this.largestTilt > 0);
  }

  /** The best distribution within the radius, and the derivative of its gain by the radius. radius: above 0. */
  best(radius: number): { readonly probabilities: Float64Array; readonly slope: number } {
    if (this.isBest) return { probabilities: this.oldProbabilities.slice(), slope: 0 };
    const klAtEnd = this.newAction === undefined ? Infinity : this.tilted(this.largestTilt).kl;
    if (klAtEnd < radius) return this.withNewAction(radius - klAtEnd);
    // from no tilt to the largest, KL rises from 0 to klAtEnd
    let low = 0;
    let high = this.largestTilt;
    // to the last bit: near its end the tilt makes KL steep
    for (;;) {
      const middle = (low + high) / 2;
      if (middle <= low || middle >= high) break;
      if (this.tilted(middle).kl <= radius) low = middle;
      else high = middle;
    }
    const { normalizer } = this.tilted(low);
    return { probabilities: this.distribution(low, normalizer), slope: 1 / (low * normalizer) };
  }

  /** The tilt is at its end; KL = klAtEnd - ln(1 - mass) of the mass that goes to the new action. */
  private withNewAction(remainingKl: number): { probabilities: Float64Array; slope: number } {
    const kept = Math.exp(-remainingKl);
    const { normalizer } = this.tilted(this.largestTilt);
    const probabilities = this.distribution(this.largestTilt, normalizer).map((value) => kept * value);
    probabilities[this.newAction!] = -Math.expm1(-remainingKl);
    return { probabilities, slope: kept / (this.largestTilt * normalizer) };
  }

  /**
   * With x = z (A - mean A): normalizer = sum p / (1 - x), KL = sum p ln(1 - x) + ln normalizer. Since sum p x = 0, both are
   * summed without their parts of first order, which would cancel and take the digits of a small KL with them.
   */
  private tilted(tilt: number): { readonly kl: number; readonly normalizer: number } {
    let excess = 0;
    let logs = 0;
    for (let a = 0; a < this.oldProbabilities.length; a++) {
      const probability = this.oldProbabilities[a];
      // 0 times the infinite term of an action at the end of the tilt would be NaN
      if (probability === 0) continue;
      const x = tilt * (this.advantages[a] - this.mean);
      excess += (probability * x * x) / (1 - x);
      logs += probability * (Math.log1p(-x) + x);
    }
    return { kl: logs + Math.log1p(excess), normalizer: 1 + excess };
  }

  private distribution(tilt: number, normalizer: number): Float64Array {
    return this.oldProbabilities.map((probability, a) =>
      probability === 0 ? 0 : probability / (1 - tilt * (this.advantages[a] - this.mean)) / normalizer,
    );
  }
}
