/** The editor with a script: a canvas upon the form. Without it, form and previews do the same. */
import { openFields } from './fields.ts';
import { openHandles } from './handles.ts';
import { createHistory } from './history.ts';
import { createPreview } from './preview.ts';
import { isSoft } from './soft.ts';
import { openStage } from './stage.ts';

const find = <T extends Element>(selector: string): T => {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`no ${selector} on this page`);
  return found;
};
const form = find<HTMLFormElement>('[data-editor]');
const layout = find<HTMLElement>('[data-layout]');
const page = find<HTMLElement>('[data-page]');
const image = find<HTMLImageElement>('[data-preview]');
const status = find<HTMLElement>('[data-status]');
const refused = find<HTMLElement>('[data-refused]');
const soft = find<HTMLElement>('[data-soft]');
const [undo, redo] = [find<HTMLButtonElement>('[data-undo]'), find<HTMLButtonElement>('[data-redo]')];
const words = JSON.parse(form.dataset.words ?? '{}') as Record<string, string>;

const container = document.createElement('div');
const sheet = document.createElement('div');
sheet.className = 'editor__stage';
sheet.append(container);
page.replaceChildren(sheet);
for (const one of document.querySelectorAll<HTMLElement>('[data-history], [data-keys]')) one.hidden = false;
for (const one of document.querySelectorAll<HTMLElement>('[data-without-script]')) one.hidden = true;

const fields = openFields(form, layout);
const history = createHistory(fields.read());
let isSaved = true;

const stage = openStage({
  ...{ container, fields },
  room: () => ({ width: page.clientWidth - 48, height: Math.max(280, window.innerHeight * 0.66) }),
  onSelect(id) {
    if (id === undefined) return;
    fields.show(id);
    handles.focus(id);
  },
  onCorner: (id, corner) => handles.focus(id, corner),
  onChange: () => changed(),
  onRefused: () => refuse(),
});
const handles = openHandles({
  ...{ container: sheet, fields, say },
  onFocus(id) {
    stage.select(id);
    fields.show(id);
  },
  onChange: () => changed(),
  onRefused: () => refuse(),
  onRemove: (id) => void press(`remove:${id.replace('.', ':')}`),
});
const preview = createPreview({
  ...{ form, url: `${form.action}/preview` },
  onState(state) {
    status.textContent = words[state] ?? '';
  },
  onPicture: (picture) => stage.setPicture(picture),
});

/** A sentence of the page; numbers are rounded. */
function say(key: string, values: Record<string, string | number>): string {
  return (words[key] ?? '').replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name] ?? '';
    return String(typeof value === 'number' ? Math.round(value) : value);
  });
}

/** Which pictures have too few pixels for the paper: said once, for as long as it is so. */
function drawSoft(): void {
  const sentences = fields.pictures().flatMap(({ word, pixels, dots }) => {
    const least = { leastWidth: dots.width, leastHeight: dots.height };
    return isSoft(pixels, dots) ? say('soft', { word, ...pixels, ...least }) : [];
  });
  if ([...soft.children].map((one) => one.textContent).join('\n') === sentences.join('\n')) return;
  soft.replaceChildren(
    ...sentences.map((sentence) => {
      const notice = document.createElement('p');
      notice.className = 'notice small';
      notice.textContent = sentence;
      return notice;
    }),
  );
}

function draw(): void {
  stage.draw();
  handles.draw();
  drawSoft();
  undo.disabled = !history.canUndo();
  redo.disabled = !history.canRedo();
}

/** Why a corner stays where it is, until something else is done. */
function refuse(): void {
  refused.textContent = words['corner-stays'] ?? '';
}

/** A step that can be undone. */
function changed(): void {
  isSaved = false;
  refused.textContent = '';
  history.push(fields.read());
  draw();
  preview.ask();
}

function goTo(state: string | undefined): void {
  if (state === undefined) return;
  fields.write(state);
  isSaved = false;
  refused.textContent = '';
  draw();
  preview.ask();
}

/** What a button of the form does, without leaving the page: the server changes the fields. */
async function press(act: string): Promise<void> {
  const body = new FormData(form);
  body.set('act', act);
  const answer = await fetch(form.action, { method: 'POST', body });
  // Logged out: the portal knows which page to show.
  if (answer.redirected) return location.reload();
  const shown = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const notice = shown.querySelector('.notice--error')?.textContent;
  const after = shown.querySelector('[data-layout]')?.innerHTML;
  if (notice || after === undefined) status.textContent = notice ?? words['no-answer'] ?? '';
  else {
    fields.write(after);
    changed();
  }
}

form.addEventListener('submit', (event) => {
  const { name, value } = (event.submitter ?? {}) as HTMLButtonElement;
  if (name !== 'act' || value === 'save' || value === 'publish') {
    isSaved = true;
    return;
  }
  event.preventDefault();
  press(value).catch(() => {
    status.textContent = words['no-answer'] ?? '';
  });
});
form.addEventListener('input', ({ target }) => {
  if (!layout.contains(target as Node) || (target as HTMLInputElement).type === 'file') return;
  isSaved = false;
  draw();
  preview.ask();
});
form.addEventListener('change', ({ target }) => {
  const { name, type } = target as HTMLInputElement;
  if (name === 'event') preview.ask();
  else if (type !== 'file' && name !== 'place') changed();
});
function undoOne(): void {
  const { activeElement: active } = document;
  // Typed and not left yet: that is a step too.
  if (active instanceof HTMLInputElement && active.value !== active.defaultValue) history.push(fields.read());
  goTo(history.undo());
}
undo.addEventListener('click', undoOne);
redo.addEventListener('click', () => goTo(history.redo()));
document.addEventListener('keydown', (event) => {
  if (!(event.ctrlKey || event.metaKey)) return;
  const key = event.key.toLowerCase();
  if (key !== 'z' && key !== 'y') return;
  event.preventDefault();
  if (key === 'y' || event.shiftKey) goTo(history.redo());
  else undoOne();
});
window.addEventListener('resize', draw);
window.addEventListener('beforeunload', (event) => {
  if (!isSaved) event.preventDefault();
});

image.decode().then(
  () => stage.setPicture(image),
  () => undefined, // the preview comes in its place
);
draw();
preview.ask();
