/** Lets the installer see the password while typing. Without this script the page works all the same. */
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
