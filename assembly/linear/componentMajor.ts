import { padToLanes } from './lanes';
import { ROW_TILE } from './rowTile';

/**
 * Distributions work on tiles laid out [component x ROW_TILE], so that four rows fill a vector whatever the number
 * of components. Rows up to the next multiple of 4 exist and hold zeros.
 */

/** Pointer to component `component` of a tile. */
// @ts-ignore: decorator
@inline
export function componentOf(tile: usize, component: i32): usize {
  return tile + (<usize>(component * ROW_TILE) << 2);
}

/** Sets values of a component from `rows` on to 0, up to the next multiple of 4. */
// @ts-ignore: decorator
@inline
export function zeroPadding(component: usize, rows: i32): void {
  for (let row = rows; row < padToLanes(rows); row++) store<f32>(component + (<usize>row << 2), 0.0);
}

/** tile [components x ROW_TILE] = rows of `values` [rows x stride] transposed. */
export function toComponentMajor(tile: usize, values: usize, stride: i32, rows: i32, components: i32): void {
  for (let component = 0; component < components; component++) {
    const target = componentOf(tile, component);
    let source = values + (<usize>component << 2);
    for (let row = 0; row < rows; row++, source += <usize>stride << 2) {
      store<f32>(target + (<usize>row << 2), load<f32>(source));
    }
    zeroPadding(target, rows);
  }
}

/** values [rows x stride] = tile transposed; numbers from `components` to `stride` become 0. */
export function toRowMajor(values: usize, stride: i32, tile: usize, rows: i32, components: i32): void {
  for (let row = 0; row < rows; row++) {
    const target = values + (<usize>(row * stride) << 2);
    const source = tile + (<usize>row << 2);
    for (let component = 0; component < components; component++) {
      store<f32>(target + (<usize>component << 2), load<f32>(componentOf(source, component)));
    }
    for (let pad = components; pad < stride; pad++) store<f32>(target + (<usize>pad << 2), 0.0);
  }
}
