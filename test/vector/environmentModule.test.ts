import { describe, expect, test } from 'vitest';
import { EnvironmentError } from '../../src/errors.js';
import { chooseExport, describeExports, makerOf } from '../../src/vector/environmentModule.js';

class Task {
  constructor(readonly length: number | undefined = 10) {}
  reset() {}
  step(_: number) {}
}
class Simulator {
  constructor(readonly count: number) {}
  reset() {}
  step(_which: readonly number[], _actions: ArrayLike<number>) {}
}
/** As compilers for old runtimes write a class. */
function OldTask(this: { made: boolean }) {
  this.made = true;
}
OldTask.prototype.reset = () => {};
OldTask.prototype.step = (_: number) => {};
const make = (count: number) => ({ made: count });

describe('the export that makes environments', () => {
  test('is the one asked for, the default one, or the only function or class', () => {
    expect(chooseExport('m.js', { make, Task, default: Task }, 'make')).toBe('make');
    expect(chooseExport('m.js', { make, Task, default: Task })).toBe('default');
    expect(chooseExport('m.js', { LENGTH: 3, Task })).toBe('Task');
    expect(chooseExport('m.js', { default: { make }, make })).toBe('make');
  });

  test.each([
    [{ make, Task }, undefined, /exports 2 functions.*make \(function\), Task \(class\).*m\.js#make/],
    [{ LENGTH: 3, none: null }, undefined, /it exports LENGTH \(number\), none \(null\); export the class/],
    [{}, undefined, /it exports nothing/],
    [{ make, Task }, 'Tas', /no function or class "Tas" \(did you mean "Task"\?\); it exports make/],
    [{ task: new Task() }, 'task', /no function or class "task".*task \(object\); export the class/],
  ])('is told what there is instead (%#)', (exports, asked, message) => {
    expect(() => chooseExport('m.js', exports, asked)).toThrow(EnvironmentError);
    expect(() => chooseExport('m.js', exports, asked)).toThrow(message);
  });

  test('is described by its kind', () => {
    expect(describeExports({ Simulator, OldTask, make })).toBe(
      'Simulator (class), OldTask (class), make (function)',
    );
  });

  test('is called, or constructed: with the count where it is a vector, else with its own defaults', () => {
    expect(makerOf(make)(7)).toEqual({ made: 7 });
    expect(makerOf(Simulator as never)(7)).toMatchObject({ count: 7 });
    expect(makerOf(Task as never)(7)).toMatchObject({ length: 10 });
    expect(makerOf(OldTask as never)(7)).toMatchObject({ made: true });
  });
});
