import type { Info } from '../environments/environment.js';
import { flattenSpace } from '../environments/flatSpace.js';
import { type ActionSpace, actionSizeOf } from '../environments/spaces.js';
import type { ObservationSpace } from '../environments/structuredSpaces.js';
import type { Image } from '../render/image.js';
import { type Scene, sceneOfImage } from '../render/scene.js';
import type { Infos, VectorEnvironment, VectorOutcomes, VectorResets } from '../vector/vectorEnvironment.js';
import { type Frame, jsonIn, padded } from './frames.js';
import type { GymnasiumSpec } from './gymnasiumSource.js';
import { openLink, type PythonLink } from './pythonLink.js';
import { spaceOfPython } from './pythonSpace.js';

/** What the bridge says of the environments it has made. */
interface Opened {
  readonly python: string;
  readonly gymnasium: string;
  readonly observation: unknown;
  readonly action: unknown;
  readonly maxEpisodeSteps: number | null;
  readonly stepsPerSecond: number | null;
  readonly savesStates: boolean;
}

/** Bytes before the rows of requests and answers. */
const HEAD_BYTES = 8;
const SEED_BITS = 2 ** 31;
const MOST_STEPS_PER_SECOND = 1000;

/** A seed of 31 bits, which every environment takes: the seed itself below 2^31, else its upper bits are folded in. */
export function foldSeed(seed: number): number {
  return ((seed % SEED_BITS) ^ Math.floor(seed / SEED_BITS)) >>> 0;
}

/** `count` environments that one Python process steps, in one exchange for all that are asked. */
export class GymnasiumVector implements VectorEnvironment {
  readonly observationSpace: ObservationSpace;
  readonly actionSpace: ActionSpace;
  /** Steps after which Gymnasium cuts an episode; undefined where it does not. */
  readonly maxEpisodeSteps?: number;
  readonly stepsPerSecond?: number;
  /** Of Python and Gymnasium. */
  readonly versions: Readonly<Record<'python' | 'gymnasium', string>>;
  readonly saveStates?: (which: readonly number[]) => Promise<readonly Float64Array[]>;
  readonly restoreStates?: (which: readonly number[], states: readonly ArrayLike<number>[]) => Promise<void>;
  readonly render?: (index: number) => Scene;
  /** The first environment after its last step or reset. */
  private picture: Image | undefined;
  private readonly observationSize: number;
  private readonly isBytes: boolean;
  private readonly actionSize: number;
  /** Room for the request of a step. */
  private readonly stepRequest: ArrayBuffer;

  private constructor(
    readonly count: number,
    private readonly link: PythonLink,
    opened: Opened,
    private readonly isDrawn: boolean,
  ) {
    this.observationSpace = spaceOfPython(opened.observation);
    this.actionSpace = spaceOfPython(opened.action) as ActionSpace;
    const flat = flattenSpace(this.observationSpace);
    this.observationSize = flat.size;
    this.isBytes = flat.dtype === 'uint8';
    this.actionSize = actionSizeOf(this.actionSpace);
    this.maxEpisodeSteps = opened.maxEpisodeSteps ?? undefined;
    this.stepsPerSecond =
      opened.stepsPerSecond === null ? undefined : Math.min(opened.stepsPerSecond, MOST_STEPS_PER_SECOND);
    const { python, gymnasium } = opened;
    this.versions = { python, gymnasium };
    this.stepRequest = new ArrayBuffer(HEAD_BYTES + padded(4 * count) + 8 * count * this.actionSize);
    if (isDrawn) this.render = () => sceneOfImage(this.picture!);
    if (!opened.savesStates) return;
    this.saveStates = (which) => this.save(which);
    this.restoreStates = (which, states) => this.restore(which, states);
  }

  /** Starts Python, or connects to a server, and makes the environments. Throws PlatformError or EnvironmentError. */
  static async open(name: string, spec: GymnasiumSpec, count: number): Promise<GymnasiumVector> {
    const link = await openLink(name, spec);
    try {
      const { python: _, server, ...asked } = spec;
      const opened = await link.begin<Opened>('open', server, { count, ...asked });
      // AtariVectorEnv draws nothing but what it shows
      const isDrawn = spec.kind === 'gymnasium' && spec.render === true;
      return new GymnasiumVector(count, link, opened, isDrawn);
    } catch (error) {
      await link.close();
      throw error;
    }
  }

  async reset(which: readonly number[], seeds?: readonly number[]): Promise<VectorResets> {
    const folded = seeds?.map(foldSeed) ?? [];
    const request = new Int32Array([which.length, seeds === undefined ? 0 : 1, ...which, ...folded]);
    const frame = await this.link.request('reset', new Uint8Array(request.buffer));
    const { rows, end } = this.observationsIn(frame, HEAD_BYTES, which.length);
    if (this.isDrawn && which[0] === 0) await this.draw();
    return { observations: rows, infos: infosIn(frame, end) };
  }

  async step(which: readonly number[], actions: ArrayLike<number>): Promise<VectorOutcomes> {
    const rows = which.length;
    const head = new Int32Array(this.stepRequest, 0, 2 + rows);
    head[0] = rows;
    head.set(which, 2);
    const first = HEAD_BYTES + padded(4 * rows);
    const numbers = new Float64Array(this.stepRequest, first, rows * this.actionSize);
    for (let i = 0; i < numbers.length; i++) numbers[i] = actions[i];
    const frame = await this.link.request(
      'step',
      new Uint8Array(this.stepRequest, 0, numbers.byteOffset + numbers.byteLength),
    );
    if (this.isDrawn && which[0] === 0) await this.draw();
    const { rows: observations, end } = this.observationsIn(frame, HEAD_BYTES + 8 * rows, rows);
    return {
      observations,
      rewards: new Float64Array(frame.content, HEAD_BYTES, rows),
      terminated: new Uint8Array(frame.content, end, rows),
      truncated: new Uint8Array(frame.content, end + rows, rows),
      infos: infosIn(frame, end + 2 * rows),
    };
  }

  close(): Promise<void> {
    return this.link.close();
  }

  private async draw(): Promise<void> {
    const { content } = await this.link.request('render', new Uint8Array(HEAD_BYTES));
    const [heightPx, widthPx] = new Uint32Array(content, 0, 2);
    this.picture = {
      widthPx,
      heightPx,
      rgb: new Uint8Array(content, HEAD_BYTES, 3 * widthPx * heightPx).slice(),
    };
  }

  private observationsIn({ content }: Frame, start: number, count: number) {
    const numbers = count * this.observationSize;
    const rows = this.isBytes
      ? new Uint8Array(content, start, numbers)
      : new Float64Array(content, start, numbers);
    return { rows, end: start + padded(rows.byteLength) };
  }

  private async save(which: readonly number[]): Promise<readonly Float64Array[]> {
    const request = new Int32Array([which.length, 0, ...which]);
    const { content } = await this.link.request('save', new Uint8Array(request.buffer));
    const lengths = new Uint32Array(content, 0, which.length);
    let start = padded(4 * which.length);
    return Array.from(lengths, (length) => {
      const state = new Float64Array(content, start, length).slice();
      start += state.byteLength;
      return state;
    });
  }

  private async restore(which: readonly number[], states: readonly ArrayLike<number>[]): Promise<void> {
    const head = new Int32Array([which.length, 0, ...which, ...states.map(({ length }) => length)]);
    const numbers = Float64Array.from(states.flatMap((state) => Array.from(state)));
    const request = new Uint8Array(head.byteLength + numbers.byteLength);
    request.set(new Uint8Array(head.buffer));
    request.set(new Uint8Array(numbers.buffer), head.byteLength);
    await this.link.request('restore', request);
  }
}

/** What each environment told, as JSON from `start` on; undefined where none told anything. */
function infosIn(frame: Frame, start: number): Infos | undefined {
  const [length] = new Uint32Array(frame.content, 0, 1);
  return length === 0 ? undefined : (jsonIn(frame, start, length) as Info[]);
}
