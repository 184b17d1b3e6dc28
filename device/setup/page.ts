/** Makes the setup page nicer on a phone. Without this script it works all the same. */

const ASK_AGAIN_MS = 2_000;

/** Lets the installer see the password while typing. */
for (const row of document.querySelectorAll<HTMLElement>('[data-show]')) {
  const input = row.querySelector('input');
  if (!input) continue;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'network__show';
  const write = () => {
    const isShown = input.type === 'text';
    button.textContent = (isShown ? row.dataset.hide : row.dataset.show) ?? '';
    button.setAttribute('aria-pressed', String(isShown));
  };
  button.addEventListener('click', (event) => {
    event.preventDefault();
    input.type = input.type === 'text' ? 'password' : 'text';
    write();
    input.focus();
  });
  write();
  row.append(button);
}

/** One tap is one request. */
document.addEventListener('submit', ({ target }) => {
  for (const button of (target as HTMLFormElement).querySelectorAll('button')) button.disabled = true;
});

/** The phone knows the time; a booth without battery and internet does not. */
void fetch('/time', { method: 'POST', body: new URLSearchParams({ now: String(Date.now()) }) }).catch(() => {
  // the network is gone, and with it the question
});

/** The booth's network goes while it tries another one. When it is back, so is the page, with what came of it. */
const follow = document.querySelector('[data-follow]');
if (follow) void comeBack();

async function comeBack(): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    const answer = await fetch(location.origin, { signal: AbortSignal.timeout(ASK_AGAIN_MS) }).catch(
      () => null,
    );
    if (answer?.ok && !(await answer.text()).includes('data-follow')) break;
  }
  location.replace(`/${location.search}`);
}
