const HEADER_BYTES = 8;
const CUSTOM = 0;

/** A WebAssembly module's bytes without its custom sections, names and debugging data: what it computes stays the same. */
export function withoutCustomSections(module) {
  const kept = [module.subarray(0, HEADER_BYTES)];
  for (let start = HEADER_BYTES; start < module.length; ) {
    const { value: size, end: contentStart } = readUnsigned(module, start + 1);
    const end = contentStart + size;
    if (module[start] !== CUSTOM) kept.push(module.subarray(start, end));
    start = end;
  }
  return Buffer.concat(kept);
}

/** LEB128: seven bits a byte, the lowest first; the eighth bit marks that more follow. */
function readUnsigned(bytes, start) {
  let value = 0;
  let position = start;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[position++];
    value += (byte & 127) * factor;
    if (byte < 128) return { value, end: position };
  }
}
