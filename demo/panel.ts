import { environmentList } from 'wasm-trpo/browser';
import { element } from './element.js';
import { isRobot, PACES, type Settings, type SliderSpec, settingsFor, sliders } from './settings.js';
import { fits } from './shareLink.js';
import type { State } from './state.js';

/** Neighbours then differ in the second digit. */
const POSITIONS_PER_DECADE = 20;

/** The settings on the page. */
export class Panel {
  private readonly rows = sliders.map(
    (spec) => new Slider(spec, (value) => this.change({ [spec.name]: value })),
  );
  private readonly environment = element<HTMLSelectElement>('environment');
  private readonly trustRegion = element<HTMLInputElement>('trustRegion');
  private readonly acting = element<HTMLSelectElement>('acting');
  private readonly pace = element<HTMLSelectElement>('pace');
  private settings!: Settings;

  constructor(private readonly onChange: (settings: Settings) => void) {
    element('sliders').append(...this.rows.map(({ root }) => root));
    this.environment.append(
      optionGroup('Classic control', (id) => !isRobot(id)),
      optionGroup('Robots (MuJoCo, loaded on demand)', isRobot),
    );
    this.environment.addEventListener('change', () => {
      this.onChange(settingsFor(this.environment.value, this.settings));
    });
    this.trustRegion.addEventListener('change', () => this.change({ trustRegion: this.trustRegion.checked }));
    this.acting.append(new Option('sampled', 'on'), new Option('most probable', 'off'));
    this.acting.addEventListener('change', () => this.change({ explores: this.acting.value === 'on' }));
    this.pace.append(...PACES.map((pace) => new Option(paceLabel(pace), String(pace))));
    this.pace.addEventListener('change', () => this.change({ pace: Number(this.pace.value) }));
    for (const name of ['seed', 'timesteps'] as const) {
      const field = element<HTMLInputElement>(name);
      field.addEventListener('change', () => {
        if (field.value !== '' && fits(name, field.valueAsNumber))
          this.change({ [name]: field.valueAsNumber });
        else {
          field.reportValidity();
          field.value = String(this.settings[name]);
        }
      });
    }
  }

  show({ settings }: State): void {
    this.settings = settings;
    this.environment.value = settings.environment;
    element('taskDescription').textContent = environmentList.find(
      ({ id }) => id === settings.environment,
    )!.description;
    this.trustRegion.checked = settings.trustRegion;
    element('trustRegionSays').textContent = settings.trustRegion
      ? 'On: no update moves the policy further than δ, and none that makes it worse is taken.'
      : 'Off: a plain policy gradient, whose steps are as long, but straight up the gradient and unchecked.';
    this.acting.value = settings.explores ? 'on' : 'off';
    this.pace.value = String(settings.pace);
    element<HTMLInputElement>('seed').value = String(settings.seed);
    element<HTMLInputElement>('timesteps').value = String(settings.timesteps);
    for (const row of this.rows) row.show(settings[row.spec.name]);
  }

  private change(change: Partial<Settings>): void {
    this.onChange({ ...this.settings, ...change });
  }
}

/** A slider with its value and a line of explanation. */
class Slider {
  readonly root = document.createElement('div');
  private readonly input = document.createElement('input');
  private readonly output = document.createElement('output');

  constructor(
    readonly spec: SliderSpec,
    onChange: (value: number) => void,
  ) {
    const { name, label, symbol, says } = spec;
    const { input, output, root } = this;
    input.type = 'range';
    input.id = name;
    input.min = String(this.positionOf(spec.min));
    input.max = String(this.positionOf(spec.max));
    input.step = spec.scale === 'linear' ? '0.005' : '1';
    input.setAttribute('aria-describedby', `${name}Says`);
    output.htmlFor.add(name);
    const heading = document.createElement('label');
    heading.htmlFor = name;
    heading.textContent = symbol === '' ? label : `${label} ${symbol}`;
    const words = document.createElement('p');
    words.id = `${name}Says`;
    words.textContent = says;
    root.className = 'slider';
    root.append(heading, output, input, words);
    input.addEventListener('input', () => this.write(this.value));
    // not at every pixel of a drag: a run is set on its way anew for each change
    input.addEventListener('change', () => onChange(this.value));
  }

  show(value: number): void {
    this.input.value = String(this.positionOf(value));
    this.write(value);
  }

  private write(value: number): void {
    const text = value.toLocaleString('en', { maximumFractionDigits: 5 });
    this.output.textContent = text;
    this.input.setAttribute('aria-valuetext', text);
  }

  private get value(): number {
    const position = this.input.valueAsNumber;
    const { scale, min, max } = this.spec;
    if (scale === 'linear') return position;
    if (scale === 'powersOfTwo') return 2 ** position;
    const value = Number((10 ** (position / POSITIONS_PER_DECADE)).toPrecision(2));
    return Math.min(max, Math.max(min, value));
  }

  private positionOf(value: number): number {
    switch (this.spec.scale) {
      case 'linear':
        return value;
      case 'powersOfTwo':
        return Math.log2(value);
      default:
        return Math.round(Math.log10(value) * POSITIONS_PER_DECADE);
    }
  }
}

function optionGroup(label: string, belongs: (id: string) => boolean): HTMLOptGroupElement {
  const group = document.createElement('optgroup');
  group.label = label;
  group.append(...environmentList.filter(({ id }) => belongs(id)).map(({ id }) => new Option(id)));
  return group;
}

function paceLabel(pace: number): string {
  if (pace === 0) return 'as fast as it can';
  return pace === 1 ? '1 update/s' : `${pace} updates/s`;
}
