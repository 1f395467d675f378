import { isObject, type Refuse, shown } from '../files/json.js';
import { type NamedTensors, putFloat64 } from '../files/namedTensors.js';
import type { Tensor } from '../files/safetensors.js';
import { MOST_INFO_NAMES } from '../rollout/episodeInfo.js';
import type { EpisodesState } from '../rollout/episodes.js';

/** Adds the last episodes; what is returned belongs into the header. Runs without infos have no tensor and no names of them. */
export function putEpisodes(
  tensors: Map<string, Tensor>,
  { returns, lengths, infos, infoNames }: EpisodesState,
): { readonly infoNames?: readonly string[] } {
  putFloat64(tensors, 'episodes/returns', returns);
  putFloat64(tensors, 'episodes/lengths', lengths);
  if (infoNames.length === 0) return {};
  const figures = infos.flatMap((info, episode) =>
    infoNames.flatMap((name, index) => {
      const figure = info?.get(name);
      return figure === undefined ? [] : [{ cell: episode * infoNames.length + index, figure }];
    }),
  );
  // each figure, and which it is: episode x names + name
  putFloat64(
    tensors,
    'episodes/infoCells',
    figures.map(({ cell }) => cell),
  );
  putFloat64(
    tensors,
    'episodes/infoFigures',
    figures.map(({ figure }) => figure),
  );
  return { infoNames };
}

/** The episodes that `putEpisodes` added; run: the header. */
export function readEpisodes(file: NamedTensors, run: unknown, refuse: Refuse): EpisodesState {
  const returns = [...file.float64('episodes/returns')];
  const lengths = [...file.counters('episodes/lengths', returns.length)];
  const infoNames = infoNamesOf(run, refuse);
  const infos = returns.map(() => new Map<string, number>());
  if (infoNames.length > 0) {
    const figures = file.float64('episodes/infoFigures');
    file.counters('episodes/infoCells', figures.length).forEach((cell, i) => {
      const episode = Math.floor(cell / infoNames.length);
      if (episode >= infos.length) {
        refuse(`episodes/infoCells holds ${cell}, beyond ${infos.length} episodes`);
      }
      infos[episode].set(infoNames[cell % infoNames.length], figures[i]);
    });
  }
  return { returns, lengths, infos, infoNames };
}

function infoNamesOf(run: unknown, refuse: Refuse): readonly string[] {
  const { infoNames = [] } = isObject(run) ? run : {};
  const isSound =
    Array.isArray(infoNames) &&
    infoNames.length <= MOST_INFO_NAMES &&
    infoNames.every((name) => typeof name === 'string') &&
    new Set(infoNames).size === infoNames.length;
  return isSound
    ? infoNames
    : refuse(`its infoNames are ${shown(infoNames)}, not up to ${MOST_INFO_NAMES} different texts`);
}
