/** Small texts that the browser keeps for the page, where it is allowed to. */
export function remember(name: string, text: string): void {
  try {
    localStorage.setItem(`trpo-demo-${name}`, text);
  } catch {
    // a browser that keeps nothing shows the page as at the first visit
  }
}

export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(`trpo-demo-${name}`);
  } catch {
    return null;
  }
}
