import type { OfferedEvent } from '../../../chosen-event.ts';
import { byId } from '../dom.ts';
import { showMessage } from '../screens/message.ts';
import type { ScreenName } from '../screens/screen-name.ts';
import type { Words } from '../words.ts';

let shown: { events: readonly OfferedEvent[]; language: string } | undefined;

/** The events as large buttons, or who allows them where there is none to choose. */
export function fillEvents(events: readonly OfferedEvent[], words: Words): ScreenName {
  const { t } = words;
  if (events.length < 2) {
    showMessage({
      title: t('events.none.title'),
      text: t('events.none.text'),
      main: { action: 'menu-back', text: t('status.back') },
    });
    return 'message';
  }
  const language = words.language();
  // Made once: a button that is made anew loses the focus of a keyboard.
  if (events !== shown?.events || language !== shown.language) {
    shown = { events, language };
    byId('events-list').replaceChildren(...events.map((event) => makeButton(event, words)));
  }
  return 'events';
}

function makeButton({ id, title, isPresent }: OfferedEvent, { t }: Words): HTMLElement {
  const button = document.createElement('button');
  button.className = 'touch';
  button.type = 'button';
  button.dataset.action = 'menu-event';
  button.dataset.event = id;
  button.setAttribute('aria-pressed', String(isPresent));
  button.textContent = isPresent ? `${title} · ${t('events.present')}` : title;
  return button;
}

export function askForEvent({ title }: OfferedEvent, { t }: Words): ScreenName {
  showMessage({
    title: t('ask.event.title', { event: title }),
    text: t('ask.event.text'),
    // The button that a stray press finds is the one that changes nothing.
    main: { action: 'menu-back', text: t('ask.no') },
    other: { action: 'menu-do', text: t('ask.event.yes') },
  });
  return 'message';
}
