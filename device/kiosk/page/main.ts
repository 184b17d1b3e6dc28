import type { FilterName } from '@photomaton/design-docs/template';
import type { CameraProblem } from '../../camera/camera.ts';
import { createCamera } from '../../camera/create-camera.ts';
import type { Phase } from '../../session.ts';
import type { BoothScreen, KioskState } from '../state.ts';
import { createBackdrop } from './backdrop.ts';
import { createCameraKeeper } from './camera-keeper.ts';
import { byId } from './dom.ts';
import { createDress } from './dress.ts';
import { createFinished } from './finished.ts';
import { createFlipBook } from './flip-book.ts';
import { createGuestChoices } from './guest-choices.ts';
import { createGuestHere } from './guest-here.ts';
import { listen, type Press } from './input.ts';
import { createLook, lookOf } from './look.ts';
import { createMaintenance } from './maintenance/maintenance.ts';
import { chooseFrame } from './moment.ts';
import { createOffers } from './offers.ts';
import { createPictures } from './pictures.ts';
import { titleOf } from './screens/attract.ts';
import { fillBoothScreen } from './screens/booth.ts';
import type { ScreenName } from './screens/screen-name.ts';
import { fillStatus } from './screens/status.ts';
import { fillVisitScreen } from './screens/visit.ts';
import { createSound } from './sound.ts';
import { followState } from './state-stream.ts';
import { createStatusOpener } from './status-opener.ts';
import { createStrip } from './strip.ts';
import { createVisit } from './visit.ts';
import { openWords } from './words.ts';

/**
 * The kiosk page. What is shown is a function of three things: the state that the daemon streams, the visit
 * of the guest who stands here, and the language. A visit is never interrupted: what the booth itself has
 * to say (network, pairing, restarting) waits until the guest is done.
 */

const words = await openWords(document.documentElement.lang === 'en' ? 'en' : 'fr');
const camera = createCamera(document.body.dataset.camera, { chooseFrame });
const strip = createStrip();
const dress = createDress();
const look = createLook(camera.view);
const backdrop = createBackdrop({ onChange: render });
const pictures = createPictures();
const flipBook = createFlipBook();
const offers = createOffers({ canRecord: true, onKnown: render });
const guest = createGuestChoices({ words, onChange: render });
const status = createStatusOpener({ onChange: render });
const wantsStillness = matchMedia('(prefers-reduced-motion: reduce)');
let kiosk: KioskState | undefined;
let connected = false;
let cameraProblem: CameraProblem | undefined;

const keeper = createCameraKeeper({
  camera,
  onLive(live, problem) {
    cameraProblem = problem;
    visit.tell({ type: 'camera', live });
    render();
  },
});
const guestHere = createGuestHere();
const visit = createVisit({
  camera: camera,
  sound: createSound({
    voice: () => kiosk?.voice ?? false,
    volume: () => kiosk?.volume ?? 0,
    language: words.language,
  }),
  language: words.language,
  restartCamera: keeper.restart,
  onChange: render,
});
const finished = createFinished({
  shots: visit.shots.all,
  show: (plan) => {
    const moves = plan.layout?.mode === 'boomerang' && !wantsStillness.matches;
    return visit.shots.show(plan, { what: moves ? 'film' : 'picture', language: words.language() });
  },
  onChange: render,
});
const maintenance = createMaintenance({
  camera: camera,
  isLive: () => visit.state().live,
  canOpen: () => connected && isBetween(visit.state().phase) && kiosk?.screen.kind !== 'restarting',
  onStatus: status.open,
  onChange: render,
});

byId('live').append(look.view);
followState(receive);
listen({
  onPress: act,
  onLanguage: guest.speak,
  onTouch: () => {
    maintenance.touched();
    visit.tell({ type: 'touch' });
  },
  onEscape: () => (maintenance.isOpen() ? maintenance.close() : visit.tell({ type: 'done' })),
});
document.addEventListener('keydown', ({ key }) => maintenance.type(key));
keeper.start();

function receive(state: KioskState | undefined): void {
  const before = connected ? kiosk : undefined;
  connected = state !== undefined;
  if (state) {
    if (!before) guestHere.sayAgain();
    if (before?.offer !== state.offer) offers.refresh();
    kiosk = state;
    guest.setUsual(state.language);
    guest.offer(state.languages);
    dress.wear(state.accent);
    backdrop.follow(state.backdrop);
    look.mirror(state.mirror);
    document.body.dataset.idle = state.idle;
    visit.tell({ type: 'disk', full: state.full });
  }
  render();
}

function render(): void {
  if (!kiosk) return;
  const { phase } = visit.state();
  guestHere.follow(!isBetween(phase));
  look.show({ ...lookOf(phase), background: backdrop.picture() });
  strip.follow(kiosk, titleOf(kiosk));
  finished.follow(phase);
  show(fillScreen(kiosk, phase));
  byId('flash').classList.toggle('is-on', phase.kind === 'shooting' && !isBoomerang(phase));
  // What is not on the screen any more is let go of only then.
  pictures.keepOnly(visit.shots.all());
}

function fillScreen(kiosk: KioskState, phase: Phase): ScreenName {
  const screen = screenNow(kiosk);
  if (isBetween(phase) && connected && maintenance.isOpen()) return maintenance.fill(kiosk, words);
  maintenance.close();
  if (isBetween(phase) && screen.kind === 'ready' && status.isOpen()) {
    return fillStatus(kiosk, { canTake: phase.kind === 'attract' }, words);
  }
  // A visit, and what the booth itself has to say, go before it; it does not come back after them.
  status.giveWay();
  if (isBetween(phase) && screen.kind !== 'ready') return fillBoothScreen(screen, words);
  const shots = visit.shots.pictures().map((shot) => shot && pictures.urlOf(shot));
  const name = fillVisitScreen({
    phase,
    kiosk,
    pictures: { shots, finished: finished.url() },
    cameraProblem,
    words,
  });
  playBoomerang(phase);
  return name;
}

function screenNow({ screen }: KioskState): BoothScreen {
  if (!connected) return screen.kind === 'restarting' ? screen : { kind: 'restarting' };
  return screen.kind === 'ready' && !offers.areKnown() ? { kind: 'starting' } : screen;
}

function playBoomerang(phase: Phase): void {
  const isRaw = finished.url() === undefined;
  const isSeen = phase.kind === 'reviewing' || (phase.kind === 'sending' && isBoomerang(phase));
  const image = document.querySelector<HTMLImageElement>(
    phase.kind === 'reviewing' ? '#review-shots img' : '#shot-picture',
  );
  if (!isRaw || !isSeen || !image || !isBoomerang(phase)) flipBook.stop();
  else flipBook.play(image, visit.shots.frames(0).map(pictures.urlOf));
}

function show(name: ScreenName): void {
  const isOther = document.body.dataset.shows !== name;
  document.body.dataset.shows = name;
  for (const section of document.querySelectorAll<HTMLElement>('[data-screen]')) {
    section.hidden = section.dataset.screen !== name;
  }
  // Where one is, is read aloud where the figures are not.
  const title = document.querySelector<HTMLElement>(`[data-screen="${name}"] h1[tabindex]`);
  if (isOther && title) title.focus();
}

function act(press: Press): void {
  if (maintenance.press(press)) return;
  const { action, data, wired } = press;
  switch (action) {
    case 'go': {
      if (!kiosk) break;
      const offer = offers.current(kiosk.filters);
      visit.tell({ type: 'go', countdownS: kiosk.countdownS, offer, scans: wired });
      break;
    }
    case 'choose':
      visit.tell({ type: 'choose', layout: data.layout ?? '' });
      break;
    case 'filter':
      visit.tell({ type: 'filter', filter: data.filter as FilterName });
      break;
    case 'retake':
      visit.tell({ type: 'retake', shot: Number(data.shot) });
      break;
    case 'keep':
    case 'retake-all':
    case 'pause':
      visit.tell({ type: action });
      break;
    case 'done':
      guest.forget();
      visit.tell({ type: 'done' });
      break;
    case 'side':
      guest.swapSides();
      break;
    case 'hold-strip':
      strip.hold();
      break;
    case 'status':
      status.open();
      break;
    case 'back':
      status.close();
      break;
    case 'skip':
    case 'pair':
      void post(`/api/${action}`);
      break;
    case 'yes':
    case 'no':
      void post(`/api/pairing/${action}`);
      break;
  }
}

function isBetween({ kind }: Phase): boolean {
  return kind === 'attract' || kind === 'full' || kind === 'trouble';
}

function isBoomerang(phase: Phase): boolean {
  return 'plan' in phase && phase.plan.layout?.mode === 'boomerang';
}

/** What came of it is seen in the state; a daemon that is not there is seen there too. */
async function post(path: string): Promise<void> {
  await fetch(path, { method: 'POST', signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
}
