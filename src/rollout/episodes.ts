import { addInfoNames, type EpisodeInfo, meanInfo } from './episodeInfo.js';

/** Episodes whose returns, lengths and infos the reported means are over, as in Stable-Baselines3. */
const WINDOW = 100;

/** What a checkpoint holds of the last finished episodes. */
export interface EpisodesState {
  /** [episodes] */
  readonly returns: readonly number[];
  /** [episodes] */
  readonly lengths: readonly number[];
  /** [episodes] the figures in what their environments told at the end. */
  readonly infos: readonly (EpisodeInfo | undefined)[];
  /** All names that figures of the run had, those of earlier episodes too. */
  readonly infoNames: readonly string[];
}

/** Returns, lengths and infos of the last finished episodes, in the environment's own rewards. */
export class RecentEpisodes {
  private readonly returns: number[] = [];
  private readonly lengths: number[] = [];
  private readonly infos: (EpisodeInfo | undefined)[] = [];
  private readonly infoNames = new Set<string>();

  constructor(private readonly environmentName: string) {}

  /** Throws EnvironmentError where info has a name too many. */
  add(episodeReturn: number, length: number, info?: EpisodeInfo): void {
    addInfoNames(this.infoNames, info, this.environmentName);
    this.returns.push(episodeReturn);
    this.lengths.push(length);
    this.infos.push(info);
    if (this.returns.length > WINDOW) {
      this.returns.shift();
      this.lengths.shift();
      this.infos.shift();
    }
  }

  /** A copy. */
  get state(): EpisodesState {
    const { returns, lengths, infos, infoNames } = this;
    return { returns: [...returns], lengths: [...lengths], infos: [...infos], infoNames: [...infoNames] };
  }

  restore({ returns, lengths, infos, infoNames }: EpisodesState): void {
    for (const list of [this.returns, this.lengths, this.infos]) list.length = 0;
    this.infoNames.clear();
    for (const name of infoNames) this.infoNames.add(name);
    returns.forEach((episodeReturn, i) => {
      this.add(episodeReturn, lengths[i], infos[i]);
    });
  }

  /** null before the first episode ends. */
  get meanReturn(): number | null {
    return meanOrNull(this.returns);
  }

  /** Standard deviation of the returns, over their number. */
  get returnStd(): number | null {
    const mean = this.meanReturn;
    if (mean === null) return null;
    return Math.sqrt(meanOrNull(this.returns.map((value) => (value - mean) ** 2))!);
  }

  get meanLength(): number | null {
    return meanOrNull(this.lengths);
  }

  /** Of each figure that the run's infos had, in order of appearance, the mean over the episodes that gave it; null without any. */
  get meanInfo(): ReadonlyMap<string, number | null> {
    return meanInfo(this.infoNames, this.infos);
  }
}

export function meanOrNull(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
