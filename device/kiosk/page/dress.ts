import { accentColours } from './accent.ts';

/** Dresses the page in the event's colour, in the light theme and in the dark. */
export function createDress(): { wear(accent: string | undefined): void } {
  const root = document.documentElement;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  let worn: string | undefined;

  function put(): void {
    if (worn === undefined) {
      for (const name of ['--accent', '--on-accent', '--accent-text']) root.style.removeProperty(name);
      return;
    }
    const paper = getComputedStyle(root).getPropertyValue('--paper').trim();
    const { accent, onAccent, accentText } = accentColours(worn, paper);
    root.style.setProperty('--accent', accent);
    root.style.setProperty('--on-accent', onAccent);
    root.style.setProperty('--accent-text', accentText);
  }
  dark.addEventListener('change', put);

  return {
    wear(accent) {
      if (accent === worn) return;
      worn = accent;
      put();
    },
  };
}
