/** One photo large, over the gallery: PhotoSwipe's swiping and zooming, with our words and what one does with a photo. */
import type { SlideData } from 'photoswipe';
import PhotoSwipeLightbox from 'photoswipe/lightbox';
import type { Choosing } from './gallery-choose.ts';
import { keyOf, list, part } from './gallery-list.ts';

/** Long side of the pictures that are shown. */
const SCREEN_PX = 1600;
/** Older photos are fetched when this few are left. */
const LEFT = 5;

const links = (): HTMLAnchorElement[] => [...list.querySelectorAll<HTMLAnchorElement>('.photos__link')];
const cardOfLink = (link: Element | undefined): HTMLElement | null =>
  link?.closest<HTMLElement>('[data-key]') ?? null;

export function startLightbox(o: { choosing: Choosing; loadOlder(): Promise<boolean> }): void {
  const say = (word: string): string => part('[data-words]').getAttribute(`data-say-${word}`) ?? '';
  const lightbox = new PhotoSwipeLightbox({
    gallery: list,
    children: '.photos__link',
    pswpModule: () => import('photoswipe'),
    loop: false,
    returnFocus: false, // see `destroy` below
    bgOpacity: 1,
    showHideAnimationType: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'none' : 'zoom',
    closeTitle: say('close'),
    zoomTitle: say('zoom'),
    arrowPrevTitle: say('newer'),
    arrowNextTitle: say('older'),
    errorMsg: say('broken'),
    paddingFn: ({ x }) =>
      x < 600 ? { top: 56, bottom: 72, left: 0, right: 0 } : { top: 56, bottom: 24, left: 72, right: 72 },
  });

  lightbox.addFilter('domItemData', (data: SlideData, _element, link) => {
    const picture = link.querySelector('img');
    const [width, height] = [Number(picture?.getAttribute('width')), Number(picture?.getAttribute('height'))];
    const scale = Math.min(1, SCREEN_PX / Math.max(width, height));
    const { href } = link;
    return {
      ...data,
      ...('film' in link.dataset
        ? { type: 'film' }
        : { src: `${href}/screen`, msrc: picture?.currentSrc ?? '' }),
      ...{ w: Math.round(width * scale), h: Math.round(height * scale), alt: picture?.alt ?? '', href },
    };
  });

  // A film plays when it is asked to; its poster is the photo.
  lightbox.on('contentLoad', (load) => {
    const { content } = load;
    if (content.type !== 'film') return;
    load.preventDefault();
    const video = document.createElement('video');
    Object.assign(video, { controls: true, loop: true, muted: true, playsInline: true, preload: 'none' });
    video.poster = `${content.data.href}/screen`;
    video.ariaLabel = content.data.alt ?? '';
    video.src = `${content.data.href}/clip.mp4`;
    // Not there in that form: its moving picture.
    video.addEventListener('error', () => {
      const picture = new Image();
      picture.src = `${content.data.href}/clip.webp`;
      picture.alt = content.data.alt ?? '';
      video.replaceWith(picture);
    });
    content.element = document.createElement('div');
    content.element.className = 'lightbox-film';
    content.element.append(video);
  });
  lightbox.on('contentDeactivate', ({ content }) => {
    content.element?.querySelector('video')?.pause();
  });

  lightbox.on('uiRegister', () => {
    lightbox.pswp?.element?.setAttribute('aria-label', list.ariaLabel ?? '');
    const current = (): HTMLElement | null => cardOfLink(lightbox.pswp?.currSlide?.data.element);
    const button = (name: string, order: number, html: string, onClick: () => void) =>
      lightbox.pswp?.ui?.registerElement({
        ...{ name, order, isButton: true, html, title: say(name) },
        onInit(element) {
          element.ariaLabel = say(name);
        },
        onClick,
      });
    button('favourite', 8, icon('favourite'), () => {
      const card = current();
      if (card) void o.choosing.act('favourite' in card.dataset ? 'unfavourite' : 'favourite', [keyOf(card)]);
      card?.toggleAttribute('data-favourite');
      dress();
    });
    button(
      'download',
      8,
      icon('download'),
      () => void download(`${lightbox.pswp?.currSlide?.data.href}/original`),
    );
    button('hide', 9, icon('hide'), () => void leave('hide'));
    button('move', 9, icon('move'), () => {
      const [, event, key] =
        /\/events\/(\w+)\/photos\/([^/]+)$/.exec(lightbox.pswp?.currSlide?.data.href) ?? [];
      if (event && key) location.href = `/events/${event}/move?photo=${key}`;
    });
    button('delete', 9, icon('delete'), () => void leave('delete'));

    async function leave(act: string): Promise<void> {
      const card = current();
      if (card && (await o.choosing.act(act, [keyOf(card)]))) refresh();
    }
  });

  /** The original, or a word of where it is. */
  async function download(href: string): Promise<void> {
    const answer = await fetch(href, { method: 'HEAD' }).catch(() => undefined);
    if (!answer?.ok) return o.choosing.tell(say(answer?.status === 404 ? 'on-booth' : 'failed'));
    const link = document.createElement('a');
    link.href = href;
    link.download = '';
    link.click();
  }

  /** What a button would do now. */
  function dress(): void {
    const card = cardOfLink(lightbox.pswp?.currSlide?.data.element);
    const favourite = lightbox.pswp?.element?.querySelector<HTMLElement>('.pswp__button--favourite');
    if (!card || !favourite) return;
    const isFavourite = 'favourite' in card.dataset;
    favourite.classList.toggle('is-on', isFavourite);
    favourite.title = say(isFavourite ? 'unfavourite' : 'favourite');
    favourite.ariaLabel = favourite.title;
  }

  /** The page has other photos now: those of an older page, or without one that was taken away. */
  function refresh(): void {
    const { pswp } = lightbox;
    const source = pswp?.options.dataSource;
    if (!pswp || !source || Array.isArray(source)) return;
    source.items = links();
    if (source.items.length === 0) {
      pswp.close();
      return;
    }
    const at = Math.min(pswp.currIndex, source.items.length - 1);
    if (at !== pswp.currIndex) pswp.goTo(at);
    for (let i = at - 1; i <= at + 1; i += 1) if (source.items[i]) pswp.refreshSlideContent(i);
    pswp.dispatch('change');
  }

  lightbox.on('change', () => {
    const { pswp } = lightbox;
    dress();
    if (!pswp || pswp.currIndex < pswp.getNumItems() - LEFT) return;
    void o.loadOlder().then((isLoaded) => {
      const source = lightbox.pswp?.options.dataSource;
      if (isLoaded && source && !Array.isArray(source)) source.items = links();
    });
  });
  // Where one was in the lightbox, one is on the page; until it is gone, it keeps the focus to itself.
  let left: HTMLElement | undefined;
  lightbox.on('close', () => {
    left = lightbox.pswp?.currSlide?.data.element;
    left?.scrollIntoView({ block: 'nearest' });
  });
  lightbox.on('destroy', () => left?.focus({ preventScroll: true }));
  lightbox.init();
}

const PATHS = {
  favourite: 'M16 26 6.6 16.8a6 6 0 0 1 8.5-8.5l.9.9.9-.9a6 6 0 0 1 8.5 8.5Z',
  download: 'M16 6v13m-5.5-5L16 19.5l5.5-5.5M7 25h18',
  hide: 'M5 16s4-7 11-7 11 7 11 7-4 7-11 7S5 16 5 16Zm7.5 0a3.5 3.5 0 1 0 7 0 3.5 3.5 0 0 0-7 0ZM7 25 25 7',
  move: 'M6 10h7l2 3h11v12H6Zm6.5 9h8m-3-3 3 3-3 3',
  delete: 'M7 10h18M13 10V7h6v3m-9.500 0 1 15h11l1-15M14 14v7m4-7v7',
};

const icon = (name: keyof typeof PATHS): string =>
  `<svg class="lightbox-icon" aria-hidden="true" viewBox="0 0 32 32" width="32" height="32"><path d="${PATHS[name]}"/></svg>`;
