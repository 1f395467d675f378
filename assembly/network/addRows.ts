/** sum [stride] += values [rows x stride] over rows. */
export function addRows(sum: usize, values: usize, stride: i32, rows: i32): void {
  const rowBytes = <usize>stride << 2;
  let column: usize = 0;
  // four sums side by side, because each addition waits for the one before it
  for (; column + 64 <= rowBytes; column += 64) {
    const target = sum + column;
    let total0 = v128.load(target, 0);
    let total1 = v128.load(target, 16);
    let total2 = v128.load(target, 32);
    let total3 = v128.load(target, 48);
    let p = values + column;
    for (let row = 0; row < rows; row++, p += rowBytes) {
      total0 = f32x4.add(total0, v128.load(p, 0));
      total1 = f32x4.add(total1, v128.load(p, 16));
      total2 = f32x4.add(total2, v128.load(p, 32));
      total3 = f32x4.add(total3, v128.load(p, 48));
    }
    v128.store(target, total0, 0);
    v128.store(target, total1, 16);
    v128.store(target, total2, 32);
    v128.store(target, total3, 48);
  }
  for (; column < rowBytes; column += 16) {
    let total = v128.load(sum + column);
    let p = values + column;
    for (let row = 0; row < rows; row++, p += rowBytes) total = f32x4.add(total, v128.load(p));
    v128.store(sum + column, total);
  }
}
