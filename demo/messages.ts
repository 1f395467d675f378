/** What went wrong, or is worth knowing, at the head of the page until it is dismissed. */
export class Messages {
  constructor(private readonly parent: HTMLElement) {}

  /** kind: 'problem' for what failed, 'note' for what only is worth knowing. An equal message is shown once. */
  show(kind: 'problem' | 'note', text: string, ...actions: readonly MessageAction[]): void {
    const shown = [...this.parent.children].map((child) => child.firstElementChild?.textContent);
    if (shown.includes(text)) return;
    const message = document.createElement('div');
    message.className = `message ${kind}`;
    const words = document.createElement('p');
    words.textContent = text;
    const buttons = actions.map(({ label, act }) =>
      button(label, () => {
        message.remove();
        act();
      }),
    );
    const close = button('×', () => message.remove());
    close.setAttribute('aria-label', 'Dismiss');
    close.className = 'quiet';
    message.append(words, ...buttons, close);
    this.parent.append(message);
  }

  clearProblems(): void {
    for (const message of this.parent.querySelectorAll('.problem')) message.remove();
  }
}

export interface MessageAction {
  readonly label: string;
  readonly act: () => void;
}

function button(label: string, act: () => void): HTMLButtonElement {
  const element = document.createElement('button');
  element.type = 'button';
  element.textContent = label;
  element.addEventListener('click', act);
  return element;
}
