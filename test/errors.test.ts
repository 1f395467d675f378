import { expect, test } from 'vitest';
import * as errors from '../src/errors.js';

const { nearestName: _, errorByName, ownError: __, ...classes } = errors;

test.each(Object.entries(classes))('%s says its name', (name, ErrorClass) => {
  const cause = new Error('why');
  const error = new ErrorClass('what', { cause });
  expect(error).toBeInstanceOf(errors.TrpoError);
  expect([error.name, error.message, error.cause]).toEqual([name, 'what', cause]);
  expect(String(error)).toBe(`${name}: what`);
});

test('every class but the one above them is found by its name', () => {
  const { TrpoError: ___, ...known } = classes;
  for (const [name, ErrorClass] of Object.entries(known)) {
    expect(errorByName(name, 'what')).toBeInstanceOf(ErrorClass);
  }
  expect(errorByName('RangeError', 'what')).toBeUndefined();
});
