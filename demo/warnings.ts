import { progressKey } from 'wasm-trpo/browser';
import type { Update } from './state.js';

/** Of many warnings the last ones describe the present state of the run. */
const MOST = 3;
const WAY_OUT = ' Way out: ';

interface Warning {
  readonly update: number;
  /** What, why and the way out, as the terminal shows them. */
  readonly text: string;
}

/** The warnings about the run's health, newest first, under the words about the last update; hidden while there are none. */
export class Warnings {
  private shown = '';

  constructor(
    private readonly section: HTMLElement,
    private readonly list: HTMLElement,
  ) {}

  show(updates: readonly Update[]): void {
    const warnings = lastWarnings(updates);
    // what has not changed is not announced again to those who listen
    const content = JSON.stringify(warnings);
    if (content === this.shown) return;
    this.shown = content;
    this.list.replaceChildren(...warnings.map(toItem));
    this.section.hidden = warnings.length === 0;
  }
}

function lastWarnings(updates: readonly Update[]): Warning[] {
  const warnings: Warning[] = [];
  for (let i = updates.length - 1; i >= 0 && warnings.length < MOST; i--) {
    const { row } = updates[i];
    const texts = row[progressKey.warnings];
    if (typeof texts !== 'string') continue;
    const update = Number(row[progressKey.iterations]);
    warnings.push(...texts.split('\n').map((text) => ({ update, text })));
  }
  return warnings.slice(0, MOST);
}

function toItem({ update, text }: Warning): HTMLLIElement {
  const item = document.createElement('li');
  const [what, wayOut = ''] = text.split(WAY_OUT);
  const head = document.createElement('strong');
  head.textContent = `Update ${update}: `;
  const remedy = document.createElement('em');
  remedy.textContent = wayOut === '' ? '' : ` Way out: ${wayOut}.`;
  item.append(head, what, remedy);
  return item;
}
