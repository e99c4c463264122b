/// <reference lib="dom" />
import type { Work } from './work.js';

/**
 * Of a page that is served while its capture grows: loads it anew when there is more, with all that was chosen, unless
 * it is held.
 *
 * Nothing is kept but for the moment of loading, in this tab.
 */
export function live(work: Work): void {
  const { liveAt: path, version } = document.documentElement.dataset;
  if (path === undefined) return;
  const {
    chosen,
    carried: { stretches },
    make,
  } = work;
  const field = document.querySelector<HTMLInputElement>('.work input[type="search"]');
  const box = make('input', { type: 'checkbox' });
  box.checked = true;
  const told = make('span', { role: 'status' }, 'live');
  const load = make('button', { type: 'button', hidden: '' }, 'Show what is new');
  document.querySelector('.work .left')?.append(make('label', { class: 'live' }, box, told), load);

  const KEY = `lastack ${location.pathname}`;
  const reload = (): void => {
    const part = (stretch: number): number => stretch / stretches;
    sessionStorage.setItem(
      KEY,
      JSON.stringify({
        words: field?.value ?? '',
        from: part(chosen.from),
        to: part(chosen.to),
        y: scrollY,
        isLive: box.checked,
      }),
    );
    location.reload();
  };
  const before = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (before !== null) {
    const { words, from, to, y, isLive } = JSON.parse(before) as {
      words: string;
      from: number;
      to: number;
      y: number;
      isLive: boolean;
    };
    if (field !== null) field.value = words;
    Object.assign(chosen, {
      from: Math.floor(from * stretches),
      to: Math.max(Math.round(to * stretches), 1),
      words: words
        .toLowerCase()
        .split(/\s+/)
        .filter((word) => word !== ''),
    });
    box.checked = isLive;
    work.changed();
    requestAnimationFrame(() => requestAnimationFrame(() => scrollTo(0, y)));
  }

  const events = new EventSource(path);
  events.addEventListener('message', ({ data }) => {
    if (data === version) {
      told.textContent = 'live';
      return;
    }
    if (box.checked) reload();
    else load.hidden = false;
  });
  events.addEventListener('error', () => {
    told.textContent = events.readyState === EventSource.CLOSED ? 'no longer served' : 'waiting for lastack';
  });
  load.addEventListener('click', reload);
  box.addEventListener('change', () => {
    if (box.checked && !load.hidden) reload();
  });
}
