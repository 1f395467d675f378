import { EnvironmentError, FileError } from '../errors.js';
import type { Platform } from '../platform/platform.js';
import { addressOf, type EnvironmentSource, type MovableSource } from '../vector/givenSource.js';
import type { RunConfig, RunModule } from './runDirectory.js';

/**
 * How config.json names the module that makes a run's environments: relative to the run folder, so that both may move
 * together. Undefined for known names, functions, and modules that are no files.
 */
export function moduleOfRun(
  platform: Platform,
  runDirectory: string,
  source: EnvironmentSource | undefined,
): RunModule | undefined {
  if (typeof source !== 'object') return undefined;
  const path = platform.modules?.pathOf(runDirectory, addressOf(source));
  if (path === undefined) return undefined;
  return {
    path,
    export: source.export,
    ...(source.options === undefined ? {} : { options: source.options }),
  };
}

/**
 * What makes the environments of a run, as its config.json names it: a known name, or a module. Throws FileError when the
 * module is not where it was, EnvironmentError where modules have no paths.
 */
export async function environmentOfRun(
  platform: Platform,
  runDirectory: string,
  { environment, environmentModule }: Pick<RunConfig, 'environment' | 'environmentModule'>,
): Promise<MovableSource> {
  if (environmentModule === undefined) return environment;
  const { path, options } = environmentModule;
  if (platform.modules === undefined) {
    throw new EnvironmentError(
      `${runDirectory} trains on ${environment}, whose module is a file (${path}), and there are none here; give the environment too`,
    );
  }
  const { file, address } = platform.modules.find(runDirectory, path);
  if ((await platform.fileKind(file)) !== 'file') {
    throw new FileError(
      `${runDirectory} trains on ${environment}, whose module was at ${path}, seen from the run folder: ${file} does not exist; put it back, or say where it is now: trpo train --resume ${runDirectory} MODULE, trpo evaluate and trpo play with --environment MODULE, or environment in a program`,
    );
  }
  return { module: address, export: environmentModule.export, ...(options === undefined ? {} : { options }) };
}
