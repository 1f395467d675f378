import { ProtobufMessage } from '../files/protobuf.js';

/** TensorProto.DataType of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, whose field numbers are used below. */
export const ELEMENT_TYPES = { float32: 1, int64: 7, bool: 9, float64: 11 } as const;
export type ElementType = keyof typeof ELEMENT_TYPES;

const INTEGER_ATTRIBUTE = 2;
const INTEGERS_ATTRIBUTE = 7;
/** The IR version that belongs to opset 13. */
const IR_VERSION = 7;
const OPSET = 13;

/** A shape; a text stands for a size that is known only when the model runs. */
export type Shape = readonly (number | string)[];

type Attributes = Readonly<Record<string, number | readonly number[]>>;

/** Builds an ONNX graph: values are named by the text that adds them gives back. */
export class OnnxGraph {
  private readonly graph = new ProtobufMessage();
  private valueCount = 0;

  constructor(name: string) {
    this.graph.text(2, name);
  }

  input(name: string, type: ElementType, shape: Shape): string {
    this.graph.message(11, valueInfo(name, type, shape));
    return name;
  }

  /** Names a value as an output of the graph. */
  output(value: string, type: ElementType, shape: Shape): void {
    this.graph.message(12, valueInfo(value, type, shape));
  }

  /** A constant; data [product of shape], row-major. */
  constant(
    name: string,
    shape: readonly number[],
    data: Float32Array | Float64Array | BigInt64Array,
  ): string {
    const type =
      data instanceof Float32Array ? 'float32' : data instanceof Float64Array ? 'float64' : 'int64';
    const tensor = new ProtobufMessage();
    for (const size of shape) tensor.integer(1, size);
    tensor.integer(2, ELEMENT_TYPES[type]).text(8, name);
    // raw data are little-endian, as the memory of every host of WebAssembly
    tensor.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    this.graph.message(5, tensor);
    return name;
  }

  /** An operation with one output, which may be named; its attributes are whole numbers, or lists of them. */
  node(
    operation: string,
    inputs: readonly string[],
    attributes: Attributes = {},
    output = this.freshName(),
  ): string {
    this.addNode(operation, inputs, attributes, [output]);
    return output;
  }

  /** `value` [rows x sum of sizes] as one value for each of `sizes`. */
  splitColumns(value: string, sizes: readonly number[]): string[] {
    const lengths = this.constant('columns', [sizes.length], BigInt64Array.from(sizes, BigInt));
    const outputs = sizes.map(() => this.freshName());
    this.addNode('Split', [value, lengths], { axis: 1 }, outputs);
    return outputs;
  }

  /** The bytes of a model of this graph. */
  encodeModel(producer: string, metadata: Readonly<Record<string, string>>): Uint8Array {
    const model = new ProtobufMessage().integer(1, IR_VERSION).text(2, producer);
    model.message(7, this.graph).message(8, new ProtobufMessage().text(1, '').integer(2, OPSET));
    for (const [key, value] of Object.entries(metadata)) {
      model.message(14, new ProtobufMessage().text(1, key).text(2, value));
    }
    return model.encode();
  }

  private addNode(
    operation: string,
    inputs: readonly string[],
    attributes: Attributes,
    outputs: readonly string[],
  ): void {
    const node = new ProtobufMessage();
    for (const input of inputs) node.text(1, input);
    for (const output of outputs) node.text(2, output);
    node.text(3, `${operation}_${outputs[0]}`).text(4, operation);
    for (const [name, value] of Object.entries(attributes)) node.message(5, attribute(name, value));
    this.graph.message(1, node);
  }

  private freshName(): string {
    return `value${this.valueCount++}`;
  }
}

function attribute(name: string, value: number | readonly number[]): ProtobufMessage {
  const message = new ProtobufMessage().text(1, name);
  if (typeof value === 'number') return message.integer(3, value).integer(20, INTEGER_ATTRIBUTE);
  for (const number of value) message.integer(8, number);
  return message.integer(20, INTEGERS_ATTRIBUTE);
}

function valueInfo(name: string, type: ElementType, shape: Shape): ProtobufMessage {
  const dimensions = new ProtobufMessage();
  for (const size of shape) {
    const dimension = new ProtobufMessage();
    dimensions.message(1, typeof size === 'number' ? dimension.integer(1, size) : dimension.text(2, size));
  }
  const tensorType = new ProtobufMessage().integer(1, ELEMENT_TYPES[type]).message(2, dimensions);
  return new ProtobufMessage().text(1, name).message(2, new ProtobufMessage().message(1, tensorType));
}
