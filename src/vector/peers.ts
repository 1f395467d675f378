import type { Environment } from '../environments/environment.js';
import { describeSpaces } from '../environments/spaceJson.js';
import { EnvironmentError } from '../errors.js';
import { layersOf } from './environmentUse.js';
import { classOf } from './givenSource.js';

type Spaces = Pick<Environment, 'observationSpace' | 'actionSpace'>;

/** The spaces of an environment as text: the same for all that one policy can act in. */
export function spacesText({ observationSpace, actionSpace }: Spaces): string {
  return describeSpaces(observationSpace, actionSpace);
}

/** Environments that are stepped together: each an object of its own, all with the spaces of the first. */
export class Peers {
  private readonly indices = new Map<object, number>();
  private count = 0;

  /** nameOf: how messages name them. first: one of another thread, with its spaces as text. */
  constructor(
    private readonly nameOf: (index: number) => string,
    private first?: { readonly name: string; readonly spaces: string },
  ) {}

  /** Throws EnvironmentError for one that is there already, or whose spaces are others, naming both. */
  add(environment: Spaces): void {
    const index = this.count++;
    const name = this.nameOf(index);
    for (const layer of layersOf(environment)) {
      const other = this.indices.get(layer);
      if (other !== undefined) {
        const made = classOf(layer) ?? 'Corridor';
        throw new EnvironmentError(
          `${this.nameOf(other)} and ${name} are one and the same object; return a new environment each time: environment: () => new ${made}()`,
        );
      }
      this.indices.set(layer, index);
    }
    const spaces = spacesText(environment);
    this.first ??= { name, spaces };
    if (spaces === this.first.spaces) return;
    throw new EnvironmentError(
      `${name} has ${spaces}, ${this.first.name} has ${this.first.spaces}; one policy acts in all of them: give them the same spaces`,
    );
  }
}
