import { byId, setText } from '../dom.ts';

/** A screen that only says something, with at most two things to do about it. */
export interface Message {
  title: string;
  text: string;
  main?: Choice;
  other?: Choice;
}

interface Choice {
  action: string;
  text: string;
}

export function showMessage({ title, text, main, other }: Message): void {
  setText(byId('message-title'), title);
  setText(byId('message-text'), text);
  setButton('message-main', main);
  setButton('message-other', other);
}

function setButton(id: string, choice: Choice | undefined): void {
  const button = byId(id);
  button.hidden = !choice;
  if (!choice) return;
  button.dataset.action = choice.action;
  setText(button, choice.text);
}
