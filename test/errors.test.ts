import { expect, test } from 'vitest';
import * as errors from '../src/errors.js';

const { nearestName: _, ...classes } = errors;

test.each(Object.entries(classes))('%s says its name', (name, ErrorClass) => {
  const cause = new Error('why');
  const error = new ErrorClass('what', { cause });
  expect(error).toBeInstanceOf(errors.TrpoError);
  expect([error.name, error.message, error.cause]).toEqual([name, 'what', cause]);
  expect(String(error)).toBe(`${name}: what`);
});
