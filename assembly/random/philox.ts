/**
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC 2011, section 3.3), as in src/random/philox.ts.
 * Four words for a key and a counter, written to `out`.
 */
export function philox4x32(out: usize, key0: u32, key1: u32, c0: u32, c1: u32, c2: u32, c3: u32): void {
  for (let round = 0; round < 10; round++) {
    const product0 = <u64>0xd2511f53 * <u64>c0;
    const product1 = <u64>0xcd9e8d57 * <u64>c2;
    c0 = <u32>(product1 >> 32) ^ c1 ^ key0;
    c1 = <u32>product1;
    c2 = <u32>(product0 >> 32) ^ c3 ^ key1;
    c3 = <u32>product0;
    key0 += 0x9e3779b9;
    key1 += 0xbb67ae85;
  }
  store<u32>(out, c0);
  store<u32>(out, c1, 4);
  store<u32>(out, c2, 8);
  store<u32>(out, c3, 12);
}

/** A whole number below `bound` from 32 random bits: the high word of the product (bias below 2^-32 bound). */
// @ts-ignore: decorator
@inline
export function below(word: u32, bound: u32): u32 {
  return <u32>((<u64>word * <u64>bound) >> 32);
}
