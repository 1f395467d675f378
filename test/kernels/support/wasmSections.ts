/** A reader of WebAssembly's binary format, as far as its section table, types and exports. */

const TYPE_SECTION = 1;
const IMPORT_SECTION = 2;
const FUNCTION_SECTION = 3;
const EXPORT_SECTION = 7;
const HEADER_BYTES = 8;
const MEMORY = 2;
const HAS_MAXIMUM = 1;
const IS_SHARED = 2;
const VALUE_TYPES: Record<number, string> = { 127: 'i32', 126: 'i64', 125: 'f32', 124: 'f64', 123: 'v128' };

export interface Section {
  readonly id: number;
  readonly content: Uint8Array;
}

export interface FunctionExport {
  readonly name: string;
  readonly parameters: string[];
  readonly results: string[];
}

export interface MemoryImport {
  readonly module: string;
  readonly name: string;
  readonly minimumPages: number;
  readonly maximumPages?: number;
  readonly shared: boolean;
}

export function wasmSections(bytes: Uint8Array): Section[] {
  const reader = new Reader(bytes.subarray(HEADER_BYTES));
  const sections: Section[] = [];
  while (!reader.atEnd) sections.push({ id: reader.byte(), content: reader.take(reader.unsigned()) });
  return sections;
}

/** All imports of a module that imports nothing but memories. */
export function memoryImports(bytes: Uint8Array): MemoryImport[] {
  const section = wasmSections(bytes).find(({ id }) => id === IMPORT_SECTION)!;
  return new Reader(section.content).list((reader) => {
    const [module, name] = [reader.text(), reader.text()];
    const kind = reader.byte();
    if (kind !== MEMORY) throw new Error(`${module}.${name} is no memory but of kind ${kind}`);
    const flags = reader.byte();
    const minimumPages = reader.unsigned();
    const maximumPages = flags & HAS_MAXIMUM ? reader.unsigned() : undefined;
    return { module, name, minimumPages, maximumPages, shared: (flags & IS_SHARED) !== 0 };
  });
}

/** Signatures of exported functions, of a module that imports no function. */
export function functionExports(bytes: Uint8Array): FunctionExport[] {
  const sections = wasmSections(bytes);
  const section = (id: number) => new Reader(sections.find((candidate) => candidate.id === id)!.content);
  const types = section(TYPE_SECTION).list((reader) => {
    reader.byte(); // the form: function
    const valueTypes = () => reader.list((inner) => VALUE_TYPES[inner.byte()] ?? 'reference');
    return { parameters: valueTypes(), results: valueTypes() };
  });
  const typeOfFunction = section(FUNCTION_SECTION).list((reader) => reader.unsigned());
  const exports = section(EXPORT_SECTION).list((reader) => {
    const name = reader.text();
    return { name, kind: reader.byte(), index: reader.unsigned() };
  });
  return exports
    .filter(({ kind }) => kind === 0)
    .map(({ name, index }) => ({ name, ...types[typeOfFunction[index]] }));
}

class Reader {
  private position = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get atEnd(): boolean {
    return this.position >= this.bytes.length;
  }

  byte(): number {
    return this.bytes[this.position++];
  }

  /** LEB128. */
  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  take(count: number): Uint8Array {
    this.position += count;
    return this.bytes.subarray(this.position - count, this.position);
  }

  text(): string {
    return new TextDecoder().decode(this.take(this.unsigned()));
  }

  list<Item>(read: (reader: Reader) => Item): Item[] {
    return Array.from({ length: this.unsigned() }, () => read(this));
  }
}
