/** Nobody touched it for so long: whoever looked has gone. */
const NOBODY_MS = 60_000;

export interface StatusOpener {
  isOpen(): boolean;
  open(): void;
  /** Back to where it was opened from. */
  close(): void;
  /** Something goes before it: it is closed without a word. */
  giveWay(): void;
}

/** Is the status screen asked for? It closes by Escape too, and by itself when nobody touches it. */
export function createStatusOpener({ onChange }: { onChange(): void }): StatusOpener {
  let timer: number | undefined;
  /**
   * What opened it, when that was done by keyboard, and so is to be found again. After a touch the focus stays
   * free: Space has to be the one red button for whoever presses a wired one.
   */
  let opener: HTMLElement | undefined;

  function giveWay(): void {
    clearTimeout(timer);
    timer = undefined;
  }
  function leave(): void {
    giveWay();
    onChange();
  }
  function leaveLater(): void {
    clearTimeout(timer);
    timer = window.setTimeout(leave, NOBODY_MS);
  }
  function close(): void {
    if (timer === undefined) return;
    leave();
    opener?.focus();
  }
  function stayOpen(): void {
    if (timer !== undefined) leaveLater();
  }
  document.addEventListener('pointerdown', stayOpen);
  document.addEventListener('keydown', ({ key }) => (key === 'Escape' ? close() : stayOpen()));

  return {
    isOpen: () => timer !== undefined,
    open() {
      const focused = document.activeElement;
      opener = focused instanceof HTMLElement && focused.matches(':focus-visible') ? focused : undefined;
      leaveLater();
      onChange();
    },
    close,
    giveWay,
  };
}
