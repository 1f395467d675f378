import { PlatformError } from '../../errors.js';

/** The package that the tasks of this folder need; optional, so that whoever does without them does not install it. */
export const MUJOCO_PACKAGE = '@mujoco/mujoco';
/** The physics, hence the bits of a run, belong to a version. */
export const MUJOCO_VERSION = '3.14.0';

/** A compiled model: sizes, options, and an array for each property. */
export interface MujocoModel {
  readonly nq: number;
  readonly nv: number;
  readonly nu: number;
  readonly opt: { readonly timestep: number; disableflags: number };
  readonly qpos0: Float64Array;
  readonly body_mass: Float64Array;
  readonly geom_type: Int32Array;
  readonly geom_size: Float64Array;
  readonly geom_bodyid: Int32Array;
  readonly geom_pos: Float64Array;
  readonly geom_quat: Float64Array;
  delete(): void;
}

/** The arrays of a simulation that are read or written here, by MuJoCo's names. */
export interface MujocoArrays {
  readonly qpos: Float64Array;
  readonly qvel: Float64Array;
  readonly ctrl: Float64Array;
  readonly qacc_warmstart: Float64Array;
  readonly qfrc_actuator: Float64Array;
  readonly qfrc_constraint: Float64Array;
  readonly xpos: Float64Array;
  readonly xquat: Float64Array;
  readonly xipos: Float64Array;
  readonly cinert: Float64Array;
  readonly cvel: Float64Array;
  readonly cfrc_ext: Float64Array;
  readonly site_xpos: Float64Array;
  readonly geom_xpos: Float64Array;
  readonly geom_xmat: Float64Array;
}

export interface MujocoData extends MujocoArrays {
  delete(): void;
}

interface MujocoBuffer {
  GetView(): Float64Array;
  delete(): void;
}

/** The part of the package's interface that is used here. What has a `delete()` stays in its memory until then. */
export interface Mujoco {
  readonly MjModel: { from_xml_string(mjcf: string): MujocoModel };
  readonly MjData: new (model: MujocoModel) => MujocoData;
  readonly DoubleBuffer: new (size: number) => MujocoBuffer;
  readonly mjtState: { readonly mjSTATE_INTEGRATION: { readonly value: number } };
  readonly mjtDisableBit: { readonly mjDSBL_AUTORESET: { readonly value: number } };
  mj_stateSize(model: MujocoModel, parts: number): number;
  mj_getState(model: MujocoModel, data: MujocoData, state: MujocoBuffer, parts: number): void;
  mj_setState(model: MujocoModel, data: MujocoData, state: Float64Array, parts: number): void;
  mj_resetData(model: MujocoModel, data: MujocoData): void;
  mj_forward(model: MujocoModel, data: MujocoData): void;
  mj_kinematics(model: MujocoModel, data: MujocoData): void;
  mj_step(model: MujocoModel, data: MujocoData): void;
  mj_rnePostConstraint(model: MujocoModel, data: MujocoData): void;
}

type MujocoFactory = (options: Record<string, unknown>) => Promise<unknown>;

/** Where the program that this file is part of came from, in a page and its workers; webpack tells that of a worker alone. */
const servedFrom = () =>
  [import.meta.url, globalThis.location?.href].find((address) => String(address).startsWith('http'));
/** Where a page may have the package that no bundler put into its program, seen from there. */
const ADDRESSES = ['mujoco/mujoco.js', '../../@mujoco/mujoco/mujoco.js'];

let loaded: Mujoco | undefined;
let loading: Promise<Mujoco> | undefined;

/** This thread's instance, if it is there already. */
export function loadedMujoco(): Mujoco | undefined {
  return loaded;
}

/**
 * This thread's instance of MuJoCo, loaded at the first call. PlatformError: the package is not installed or does not
 * run here; a later call tries again.
 */
export function loadMujoco(): Promise<Mujoco> {
  loading ??= instantiateMujoco(importMujoco).then(
    (mujoco) => {
      loaded = mujoco;
      return mujoco;
    },
    (error) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

/**
 * By its name, which Node.js, Vite and esbuild resolve; in a page also by address, because workers have no import maps.
 * webpack and Turbopack leave it alone: they would stop at what the package imports on Node.js, whoever needs it or not.
 */
async function importMujoco(): Promise<MujocoFactory> {
  try {
    return (await import(/* webpackIgnore: true */ '@mujoco/mujoco')).default;
  } catch (cause) {
    const reasons = [messageOf(cause)];
    const program = servedFrom();
    for (const address of program === undefined ? [] : ADDRESSES) {
      try {
        const { href } = new URL(address, program);
        return (await import(/* @vite-ignore */ /* webpackIgnore: true */ href)).default;
      } catch (notThere) {
        reasons.push(messageOf(notThere));
      }
    }
    throw new Error(reasons.join('; '), { cause });
  }
}

/** An instance of its own. importFactory: imports the package and gives its default export. */
export async function instantiateMujoco(importFactory: () => Promise<MujocoFactory>): Promise<Mujoco> {
  const forPages = (hint: string) => (servedFrom() === undefined ? '' : hint);
  let factory: MujocoFactory;
  try {
    factory = await importFactory();
  } catch (cause) {
    throw new PlatformError(
      `The MuJoCo tasks need the package ${MUJOCO_PACKAGE}, which cannot be imported (${messageOf(cause)}); install it with: npm install ${MUJOCO_PACKAGE}@${MUJOCO_VERSION}${forPages("; where no bundler takes it up, serve its mujoco.js and mujoco.wasm in mujoco/ beside wasm-trpo's program")}`,
      { cause },
    );
  }
  // its messages would otherwise go to standard output, where a program's result may be
  const print = (text: string) => console.warn(`MuJoCo: ${text}`);
  try {
    return (await factory({ print, printErr: print })) as Mujoco;
  } catch (cause) {
    throw new PlatformError(
      `MuJoCo's WebAssembly does not start here: ${messageOf(cause)}; check that ${MUJOCO_PACKAGE} ${MUJOCO_VERSION} is installed whole and its mujoco.wasm can be read${forPages(", and that the content policy allows 'unsafe-eval' (script-src), which its bindings need")}`,
      { cause },
    );
  }
}

function messageOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n')[0];
}
