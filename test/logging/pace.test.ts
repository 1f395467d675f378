import { expect, test } from 'vitest';
import { Pace } from '../../src/logging/pace.js';

function row(steps: number, seconds: number) {
  return { 'time/total_timesteps': steps, 'time/time_elapsed': seconds, 'time/fps': steps / seconds };
}

test('before the first row nothing is known, and then the overall rate', () => {
  const pace = new Pace();
  expect(pace.secondsFor(100)).toBeNaN();
  pace.add(row(1000, 4));
  expect(pace.secondsFor(500)).toBeCloseTo(2);
});

test('a suspension of eight hours does not change it', () => {
  const pace = new Pace();
  for (let i = 1; i <= 20; i++) pace.add(row(1000 * i, 2 * i + (i > 17 ? 8 * 3600 : 0)));
  expect(pace.secondsFor(1000)).toBeCloseTo(2);
});

test('a run that slows down for good is noticed', () => {
  const pace = new Pace();
  for (let i = 1; i <= 20; i++) pace.add(row(1000 * i, i));
  for (let i = 1; i <= 8; i++) pace.add(row(20_000 + 1000 * i, 20 + 5 * i));
  expect(pace.secondsFor(1000)).toBeCloseTo(5);
});
