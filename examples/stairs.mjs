// A card game in which most cards may not be played: cards 1 to 60, seven in the hand, and each card that is played must be higher
// than the one before it. A point for every card; the game ends when none can be played. examples/masks.mjs trains on it, and so
// does: trpo train ./examples/stairs.mjs
import { Box, Discrete, EnvironmentError, RandomStream } from 'wasm-trpo';

const CARDS = 60;
const HAND = 7;
const SAVED_HEAD = 4;

export class Stairs {
  // of each card whether it is in the hand, and how high the stairs are
  observationSpace = new Box({ low: 0, high: 1, size: CARDS + 1 });
  random = new RandomStream(0);
  isOver = true;

  // without a mask a card that may not be played ends the game
  constructor({ masked = true } = {}) {
    this.actionSpace = new Discrete(CARDS, { start: 1, masked });
  }

  reset({ seed } = {}) {
    if (seed !== undefined) this.random = new RandomStream(seed);
    this.deck = Array.from({ length: CARDS }, (_, i) => i + 1);
    this.hand = Array.from({ length: HAND }, () => this.draw());
    this.top = 0;
    this.isOver = false;
    return { observation: this.observation(), info: this.info() };
  }

  step(card) {
    if (this.isOver || !this.actionSpace.contains(card)) {
      throw new EnvironmentError(`Stairs: step(${card}) is no card, or the game is over; call reset() first`);
    }
    const isPlayed = this.isPlayable(card);
    if (!isPlayed && this.actionSpace.masked) {
      throw new EnvironmentError(`Stairs: the mask forbids card ${card}, and it was played`);
    }
    if (isPlayed) {
      this.top = card;
      this.hand[this.hand.indexOf(card)] = this.draw();
    }
    const terminated = !isPlayed || !this.hand.some((other) => this.isPlayable(other));
    this.isOver = terminated;
    return {
      observation: this.observation(),
      reward: isPlayed ? 1 : 0,
      terminated,
      truncated: false,
      info: this.info(),
    };
  }

  isPlayable(card) {
    return card > this.top && this.hand.includes(card);
  }

  draw() {
    return this.deck.splice(Math.floor(this.random.uniform() * this.deck.length), 1)[0];
  }

  observation() {
    const observation = new Array(CARDS + 1).fill(0);
    for (const card of this.hand) observation[card - 1] = 1;
    observation[CARDS] = this.top / CARDS;
    return observation;
  }

  info() {
    if (!this.actionSpace.masked) return {};
    return { actionMask: Array.from({ length: CARDS }, (_, i) => this.isPlayable(i + 1)) };
  }

  // optional: with states a stopped run goes on in the middle of a game
  saveState() {
    const { random, top, isOver, hand, deck } = this;
    return [random.seed, random.drawn, top, isOver ? 1 : 0, ...hand, ...deck];
  }

  restoreState(state) {
    const [seed, drawn, top, isOver] = state;
    this.random = new RandomStream(seed);
    this.random.drawn = drawn;
    this.top = top;
    this.isOver = isOver === 1;
    this.hand = Array.from(state).slice(SAVED_HEAD, SAVED_HEAD + HAND);
    this.deck = Array.from(state).slice(SAVED_HEAD + HAND);
  }
}
