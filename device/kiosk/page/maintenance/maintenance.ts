import type { OfferedEvent } from '../../../chosen-event.ts';
import type { BoothFacts } from '../../../maintenance/api.ts';
import type { LogLine } from '../../../maintenance/log-ring.ts';
import type { KioskState } from '../../state.ts';
import type { Press } from '../input.ts';
import { showMessage } from '../screens/message.ts';
import type { ScreenName } from '../screens/screen-name.ts';
import type { VisitCamera } from '../visit.ts';
import type { Words } from '../words.ts';
import { type CameraView, fillCameraTest, shootForTest } from './camera-screen.ts';
import { createMaintenanceClient } from './client.ts';
import { askForEvent, fillEvents } from './events-screen.ts';
import { onHold } from './hold.ts';
import { fillLogs } from './logs-screen.ts';
import { fillMenu } from './menu-screen.ts';
import { fillPin, PIN_LENGTH, type PinView } from './pin-screen.ts';

/** Nobody touched it for so long: whoever looked has gone, and a guest must not find it open. */
const NOBODY_MS = 60_000;

/** What is asked before it is done. Letting the customer go is asked twice. */
type Question = 'restart' | 'power-off' | 'unpair' | 'unpair-sure';

type View =
  | PinView
  | CameraView
  | { kind: 'menu'; facts: BoothFacts }
  | { kind: 'logs'; lines: LogLine[] }
  | { kind: 'events'; events: OfferedEvent[] }
  | { kind: 'ask-event'; event: OfferedEvent }
  | { kind: 'ask'; what: Question; serial: string }
  | { kind: 'closed' }
  | { kind: 'not-done'; reason: string };

export interface Maintenance {
  isOpen(): boolean;
  fill(kiosk: KioskState, words: Words): ScreenName;
  /** True when the press was one of the menu's own. */
  press(press: Press): boolean;
  /** A digit of a keyboard. */
  type(key: string): void;
  touched(): void;
  close(): void;
}

/** The menu of whoever looks after the booth: hidden, behind a PIN, and closed again by itself. */
export function createMaintenance({
  camera,
  isLive,
  canOpen,
  onStatus,
  onChange,
}: {
  camera: VisitCamera;
  isLive(): boolean;
  /** No guest is in the middle of a visit. */
  canOpen(): boolean;
  /** Shows where the photos are. */
  onStatus(): void;
  onChange(): void;
}): Maintenance {
  const client = createMaintenanceClient();
  let view: View | undefined;
  let nobody: number | undefined;
  let second: number | undefined;

  function show(next: View | undefined): void {
    if (view?.kind === 'camera-test' && view.shot) URL.revokeObjectURL(view.shot.url);
    view = next;
    clearTimeout(second);
    if (view?.kind === 'pin' && view.waitS > 0) second = window.setTimeout(countDown, 1_000);
    onChange();
  }
  function countDown(): void {
    if (view?.kind === 'pin') show({ ...view, said: 'ask', waitS: view.waitS - 1 });
  }
  function close(): void {
    if (!view) return;
    clearTimeout(nobody);
    client.close();
    show(undefined);
  }
  function touched(): void {
    if (!view) return;
    clearTimeout(nobody);
    nobody = window.setTimeout(close, NOBODY_MS);
  }

  async function open(): Promise<void> {
    if (view || !canOpen()) return;
    const asked = await client.look();
    if (!asked || !canOpen()) return;
    show(
      asked.pin === 'closed'
        ? { kind: 'closed' }
        : { kind: 'pin', entered: '', said: 'ask', waitS: asked.waitS },
    );
    touched();
    if (asked.pin === 'none') await enter('');
  }
  async function enter(pin: string): Promise<void> {
    const opening = await client.open(pin);
    if (view?.kind !== 'pin') return;
    if (opening.kind === 'open') await showMenu();
    else if (opening.kind === 'closed') show({ kind: 'closed' });
    else
      show({ kind: 'pin', entered: '', said: opening.kind, waitS: 'waitS' in opening ? opening.waitS : 0 });
  }
  async function showMenu(): Promise<void> {
    const facts = await client.facts();
    if (!view) return;
    // The token is too old, or the daemon gone: the PIN is asked for again.
    show(facts ? { kind: 'menu', facts } : { kind: 'pin', entered: '', said: 'unanswered', waitS: 0 });
  }
  function typed(digit: string): void {
    if (view?.kind !== 'pin' || view.waitS > 0 || view.entered.length >= PIN_LENGTH) return;
    const entered = view.entered + digit;
    show({ ...view, said: 'ask', entered });
    if (entered.length === PIN_LENGTH) void enter(entered);
  }
  function untyped(): void {
    if (view?.kind === 'pin') show({ ...view, entered: view.entered.slice(0, -1) });
  }

  async function shoot(): Promise<void> {
    const shot = await shootForTest(() => camera.capture(performance.now())).catch(() => undefined);
    if (view?.kind === 'camera-test') show({ kind: 'camera-test', failed: !shot, ...(shot && { shot }) });
    else if (shot) URL.revokeObjectURL(shot.url);
  }
  async function showLogs(): Promise<void> {
    const lines = await client.logs();
    if (view && lines) show({ kind: 'logs', lines });
    else await showMenu();
  }
  async function showEvents(): Promise<void> {
    const events = await client.events();
    if (view && events) show({ kind: 'events', events });
    else await showMenu();
  }
  function askFor(id: string | undefined): void {
    if (view?.kind !== 'events') return;
    const event = view.events.find((one) => one.id === id);
    if (event?.isPresent) void showMenu();
    else if (event) show({ kind: 'ask-event', event });
  }
  async function choose({ id }: OfferedEvent): Promise<void> {
    const outcome = await client.post('/event', { id });
    if (outcome.kind === 'done') await showMenu();
    else await showEvents(); // those of now: its owner may have taken it back
  }
  async function speak(language: string | undefined): Promise<void> {
    await client.post('/language', { language });
    await showMenu();
  }
  async function openSetup(): Promise<void> {
    const outcome = await client.post('/setup');
    if (outcome.kind === 'done') close();
    else await showMenu();
  }
  function ask(what: Question): void {
    if (view?.kind === 'menu') show({ kind: 'ask', what, serial: view.facts.serial });
  }
  async function carryOut(): Promise<void> {
    if (view?.kind === 'ask-event') return choose(view.event);
    if (view?.kind !== 'ask') return;
    const { what, serial } = view;
    if (what === 'unpair') return show({ ...view, what: 'unpair-sure' });
    const outcome = await client.post(what === 'unpair-sure' ? '/unpair' : `/${what}`, { serial });
    if (outcome.kind === 'done') close();
    else if (view) show({ kind: 'not-done', reason: outcome.reason });
  }

  onHold(() => void open());

  return {
    isOpen: () => view !== undefined,
    close,
    touched,
    type(key) {
      if (/^\d$/.test(key)) typed(key);
      if (key === 'Backspace') untyped();
    },
    fill(kiosk, words) {
      const { t } = words;
      switch (view?.kind) {
        case 'pin':
          return fillPin(view, words);
        case 'camera-test':
          return fillCameraTest(view, isLive(), words);
        case 'logs':
          return fillLogs(view.lines);
        case 'events':
          return fillEvents(view.events, words);
        case 'ask-event':
          return askForEvent(view.event, words);
        case 'ask': {
          const { what, serial } = view;
          showMessage({
            title: t(`ask.${what}.title`, { serial }),
            text: t(`ask.${what}.text`),
            // The button that a stray press finds is the one that changes nothing.
            main: { action: 'menu-back', text: t('ask.no') },
            other: { action: 'menu-do', text: t(`ask.${what}.yes`) },
          });
          return 'message';
        }
        case 'not-done':
          showMessage({
            title: t('menu.not-done.title'),
            text: t('menu.not-done.text', { reason: view.reason }),
            main: { action: 'menu-back', text: t('status.back') },
          });
          return 'message';
        case 'menu':
          return fillMenu(view.facts, kiosk, words);
        default:
          showMessage({
            title: t('menu.closed.title'),
            text: t('menu.closed.text'),
            main: { action: 'menu-close', text: t('menu.close') },
          });
          return 'message';
      }
    },
    press({ action, data }) {
      if (!view) return false;
      switch (action) {
        case 'pin-digit':
          typed(data.digit ?? '');
          break;
        case 'pin-back':
          untyped();
          break;
        case 'menu-close':
          close();
          break;
        case 'menu-back':
          void showMenu();
          break;
        case 'menu-status':
          close();
          onStatus();
          break;
        case 'menu-setup':
          void openSetup();
          break;
        case 'menu-camera':
          show({ kind: 'camera-test', failed: false });
          break;
        case 'camera-shoot':
          void shoot();
          break;
        case 'menu-logs':
          void showLogs();
          break;
        case 'menu-events':
          void showEvents();
          break;
        case 'menu-event':
          askFor(data.event);
          break;
        case 'menu-language':
          void speak(data.speaks);
          break;
        case 'menu-ask':
          ask(data.what as Question);
          break;
        case 'menu-do':
          void carryOut();
          break;
        default:
          return false;
      }
      return true;
    },
  };
}
