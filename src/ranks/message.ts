/** Plain data that one rank tells another: JSON, and what JSON has no form for, to the bit. */
export type Message =
  | undefined
  | null
  | boolean
  | number
  | string
  | Float64Array
  | Uint8Array
  | ReadonlyMap<string, Message>
  | readonly Message[]
  | { readonly [name: string]: Message };

/** uint32: bytes of the JSON text, behind which the arrays lie. */
const HEADER_BYTES = 4;

/** What JSON has no form for, or one with fewer bits, as a list that begins with its kind. */
type Coded =
  | readonly ['none']
  | readonly ['number', string]
  | readonly ['float64' | 'uint8', number, number]
  | readonly ['map', unknown]
  | readonly ['list', ...unknown[]];

/** Numbers that JSON writes as null, or without their sign. */
const RARE_NUMBERS = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['-0', -0],
]);

/** The bytes of a message, for `decodeMessage` on a machine of the same byte order. */
export function encodeMessage(message: Message): Uint8Array {
  const arrays: Uint8Array[] = [];
  let arrayBytes = 0;
  const put = (kind: 'float64' | 'uint8', array: Float64Array | Uint8Array): Coded => {
    const offset = arrayBytes;
    arrays.push(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    arrayBytes += array.byteLength;
    return [kind, offset, array.length];
  };
  const code = (value: Message): unknown => {
    if (value === undefined) return ['none'] satisfies Coded;
    if (typeof value === 'number') return isRare(value) ? ['number', rareName(value)] : value;
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Float64Array) return put('float64', value);
    if (value instanceof Uint8Array) return put('uint8', value);
    if (value instanceof Map) return ['map', [...value].map(([name, item]) => [name, code(item)])];
    if (Array.isArray(value)) return ['list', ...value.map(code)];
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, code(item)]));
  };
  const text = new TextEncoder().encode(JSON.stringify(code(message)));
  let offset = HEADER_BYTES + text.length;
  const bytes = new Uint8Array(offset + arrayBytes);
  new Uint32Array(bytes.buffer, 0, 1)[0] = text.length;
  bytes.set(text, HEADER_BYTES);
  for (const array of arrays) {
    bytes.set(array, offset);
    offset += array.length;
  }
  return bytes;
}

/** The message that `encodeMessage` was given; its arrays are copies. */
export function decodeMessage<Told = Message>(bytes: Uint8Array): Told {
  const [textBytes] = new Uint32Array(bytes.slice(0, HEADER_BYTES).buffer);
  const first = HEADER_BYTES + textBytes;
  const text = new TextDecoder().decode(bytes.subarray(HEADER_BYTES, first));
  // a copy begins where arrays of any kind may begin
  const copy = (offset: number, length: number) => bytes.slice(first + offset, first + offset + length);
  const decode = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return decodeList(value as unknown as Coded);
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, decode(item)]));
  };
  const decodeList = (coded: Coded): unknown => {
    switch (coded[0]) {
      case 'none':
        return undefined;
      case 'number':
        return RARE_NUMBERS.get(coded[1]);
      case 'float64':
        return new Float64Array(copy(coded[1], 8 * coded[2]).buffer);
      case 'uint8':
        return copy(coded[1], coded[2]);
      case 'map':
        return new Map((coded[1] as [string, unknown][]).map(([name, item]) => [name, decode(item)]));
      default:
        return coded.slice(1).map(decode);
    }
  };
  return decode(JSON.parse(text)) as Told;
}

function isRare(value: number): boolean {
  return !Number.isFinite(value) || Object.is(value, -0);
}

function rareName(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
