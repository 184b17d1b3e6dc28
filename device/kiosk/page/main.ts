import type { CameraProblem } from '../../camera/camera.ts';
import { createCamera } from '../../camera/create-camera.ts';
import type { Language } from '../../i18n/catalogue.ts';
import type { Phase } from '../../session.ts';
import type { KioskState } from '../state.ts';
import { fillBoothScreen, type ScreenName } from './booth-screens.ts';
import { createCameraKeeper } from './camera-keeper.ts';
import { byId } from './dom.ts';
import { createLanguageChoice } from './language.ts';
import { createSound } from './sound.ts';
import { createStatusOpener } from './status-opener.ts';
import { fillStatus } from './status-screen.ts';
import { createStrip } from './strip.ts';
import { createVisit } from './visit.ts';
import { fillVisitScreen, titleOf } from './visit-screens.ts';
import { openWords } from './words.ts';

/**
 * The kiosk page. What is shown is a function of three things: the state that the daemon streams, the visit
 * of the guest who stands here, and the language. A visit is never interrupted: what the booth itself has
 * to say (network, pairing, restarting) waits until the guest is done.
 */

/** How soon a stream of states is asked for again that the daemon did not give. */
const FOLLOW_AGAIN_MS = 2_000;

const words = await openWords(document.documentElement.lang === 'en' ? 'en' : 'fr');
const camera = createCamera(document.body.dataset.camera);
const strip = createStrip();
const language = createLanguageChoice({ words, onChange: render });
const status = createStatusOpener({ onChange: render });
let kiosk: KioskState | undefined;
let connected = false;
let cameraProblem: CameraProblem | undefined;
let picture: { shot: Blob; url: string } | undefined;

const keeper = createCameraKeeper({
  camera,
  onLive(live, problem) {
    cameraProblem = problem;
    visit.tell({ type: 'camera', live });
    render();
  },
});
const visit = createVisit({ camera, sound: createSound(), restartCamera: keeper.restart, onChange: render });

byId('live').append(camera.view);
followState();
listen();
keeper.start();

function render(): void {
  if (!kiosk) return;
  const { phase } = visit.state();
  showPicture();
  strip.show(titleOf(kiosk));
  const name = fillScreen(kiosk, phase);
  show(name);
  byId('languages').hidden = name === 'countdown' || name === 'shot';
  byId('flash').classList.toggle('is-on', phase.kind === 'shooting');
}

function fillScreen(kiosk: KioskState, phase: Phase): ScreenName {
  const isBetween = phase.kind === 'attract' || phase.kind === 'full' || phase.kind === 'trouble';
  const screen = connected ? kiosk.screen : ({ kind: 'restarting' } as const);
  if (isBetween && screen.kind === 'ready' && status.isOpen()) {
    return fillStatus(kiosk, { canTake: phase.kind === 'attract' }, words);
  }
  // A visit, and what the booth itself has to say, go before it; it does not come back after them.
  status.giveWay();
  return isBetween && screen.kind !== 'ready'
    ? fillBoothScreen(screen, words)
    : fillVisitScreen({ phase, kiosk, picture: picture?.url, cameraProblem, words });
}

function show(name: ScreenName): void {
  const isOther = document.body.dataset.shows !== name;
  document.body.dataset.shows = name;
  for (const section of document.querySelectorAll<HTMLElement>('[data-screen]')) {
    section.hidden = section.dataset.screen !== name;
  }
  // Its figures are not read aloud as they change; where one is, is.
  if (isOther && name === 'status') byId('status-title').focus();
}

/** The shot as something that an `<img>` shows; one that is done goes to the strip. */
function showPicture(): void {
  const shot = visit.shot();
  if (shot === picture?.shot) return;
  if (picture) {
    URL.revokeObjectURL(picture.url);
    void strip.add(picture.shot).then(render);
  }
  picture = shot && { shot, url: URL.createObjectURL(shot) };
}

function followState(): void {
  const source = new EventSource('/api/state');
  source.onmessage = ({ data }) => {
    kiosk = JSON.parse(String(data)) as KioskState;
    connected = true;
    language.setDefault(kiosk.language);
    visit.tell({ type: 'disk', full: kiosk.full });
    render();
  };
  source.onerror = () => {
    connected = false;
    render();
    // The browser comes back by itself when the daemon restarts, but not from an answer that was an error.
    if (source.readyState === EventSource.CLOSED) setTimeout(followState, FOLLOW_AGAIN_MS);
  };
}

function listen(): void {
  document.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest<HTMLElement>('button') : null;
    if (!button) return;
    if (button.dataset.language) language.choose(button.dataset.language as Language);
    else act(button.dataset.action);
  });
  // A press button wired as a keyboard: Space or Enter is the one red button.
  document.addEventListener('keydown', (event) => {
    if (event.key !== ' ' && event.key !== 'Enter') return;
    // A button that was pressed and is gone keeps the focus for a moment.
    if (event.target instanceof HTMLButtonElement && event.target.checkVisibility()) return;
    event.preventDefault();
    if (!event.repeat)
      document.querySelector<HTMLElement>('[data-screen]:not([hidden]) [data-main]')?.click();
  });
  // Nothing here is to be saved, dragged or opened.
  document.addEventListener('contextmenu', (event) => event.preventDefault());
  document.addEventListener('dragstart', (event) => event.preventDefault());
}

function act(action: string | undefined): void {
  switch (action) {
    case 'go':
      visit.tell({ type: 'go', countdownS: kiosk?.countdownS ?? 3 });
      break;
    case 'done':
      language.forget();
      visit.tell({ type: 'done' });
      break;
    case 'status':
      status.open();
      break;
    case 'back':
      status.close();
      break;
    case 'skip':
      void post('/api/skip');
      break;
    case 'pair':
      void post('/api/pair');
      break;
    case 'yes':
      void post('/api/pairing/yes');
      break;
    case 'no':
      void post('/api/pairing/no');
      break;
  }
}

/** What came of it is seen in the state; a daemon that is not there is seen there too. */
async function post(path: string): Promise<void> {
  await fetch(path, { method: 'POST', signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
}
