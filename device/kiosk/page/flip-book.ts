const FRAME_MS = 80;

/** Plays frames there and back in an `<img>`, as the finished boomerang does. Stands still for who wants no motion. */
export function createFlipBook(): {
  play(image: HTMLImageElement, urls: readonly string[]): void;
  stop(): void;
} {
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  let playing: readonly string[] = [];
  let shown: HTMLImageElement | undefined;
  let timer: number | undefined;

  function stop(): void {
    clearInterval(timer);
    playing = [];
    shown = undefined;
  }

  return {
    play(image, urls) {
      if (shown === image && playing[0] === urls[0] && playing.length === urls.length) return;
      stop();
      shown = image;
      playing = urls;
      const thereAndBack = [...urls, ...urls.slice(1, -1).reverse()];
      let turn = 0;
      timer = window.setInterval(() => {
        if (still.matches) return;
        turn = (turn + 1) % thereAndBack.length;
        image.src = thereAndBack[turn] ?? '';
      }, FRAME_MS);
    },
    stop,
  };
}
