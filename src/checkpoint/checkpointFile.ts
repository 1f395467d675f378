import { FileError } from '../errors.js';
import { type JsonLimits, parseJson, type Refuse } from '../files/json.js';
import { requireFormat } from '../files/namedTensors.js';
import { decodeSafetensors, type Tensor } from '../files/safetensors.js';

/** A checkpoint whose bytes are whole; what they mean is still to be checked. */
export interface OpenCheckpoint {
  /** Of its format. */
  readonly version: number;
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The JSON value of "run" in its header. */
  readonly run: unknown;
  /** Throws the FileError that names the file and the fault. */
  readonly refuse: Refuse;
}

/** Opens a checkpoint of this format, up to this version. Throws FileError for a damaged or foreign file. */
export function openCheckpoint(
  bytes: Uint8Array,
  fileName: string,
  format: string,
  newest: number,
  limits: JsonLimits,
): OpenCheckpoint {
  const { tensors, metadata } = decodeSafetensors(bytes, fileName, {
    requireChecksum: true,
    shareBytes: true,
  });
  const version = requireFormat(metadata, fileName, format, newest);
  const refuse: Refuse = (fault) => {
    throw new FileError(`${fileName} is no sound checkpoint: ${fault}; it was altered, restore a copy`);
  };
  const { run } = metadata;
  if (run === undefined) return refuse('its header has no "run"');
  return { version, tensors, run: parseJson(run, 'the "run" of its header', limits, refuse), refuse };
}
