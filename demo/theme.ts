import { remember, remembered } from './remembered.js';
import type { Theme } from './stageView.js';

const prefersDark = window.matchMedia('(prefers-color-scheme: dark)');

/** What is shown: what the person chose here, else what the system asks for. */
export function currentTheme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return prefersDark.matches ? 'dark' : 'light';
}

/** Lets a button switch the theme; `onChange` is called at every change, the system's too. */
export function followTheme(button: HTMLButtonElement, onChange: () => void): void {
  const stored = remembered('theme');
  if (stored === 'light' || stored === 'dark') document.documentElement.dataset.theme = stored;
  prefersDark.addEventListener('change', onChange);
  button.addEventListener('click', () => {
    const theme = currentTheme() === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
    remember('theme', theme);
    onChange();
  });
}

/** The value of a colour of the style sheet, such as "--accent", as the theme has it now. */
export function cssColor(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
