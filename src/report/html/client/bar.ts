/// <reference lib="dom" />
import type { Work } from './work.js';

/**
 * The bar above the page: words to search for, what is left by them and by the time, and where the other parts put what
 * is theirs.
 */
export function bar(work: Work): void {
  const {
    make,
    chosen,
    momentOf,
    carried: { lines, stretches, leftOut },
  } = work;
  const count = (number: number): string => number.toLocaleString('en-US');

  const field = make('input', {
    type: 'search',
    placeholder: 'Search: service, cause, address, stream …',
    'aria-label': 'Search findings',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  field.addEventListener('input', () => {
    Object.assign(chosen, {
      words: field.value
        .toLowerCase()
        .split(/\s+/)
        .filter((word) => word !== ''),
    });
    work.changed();
  });
  addEventListener('keydown', (event) => {
    const { target } = event;
    const isTyping = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
    if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      field.focus();
    } else if (event.key === 'Escape' && (work.isChosen() || target === field)) {
      field.value = '';
      Object.assign(chosen, { from: 0, to: stretches, words: [] });
      if (target === field) field.blur();
      work.changed();
    }
  });

  const said = make('p', { class: 'said', role: 'status' });
  const reset = make('button', { type: 'button', class: 'reset' }, 'Show all');
  reset.addEventListener('click', () => {
    field.value = '';
    Object.assign(chosen, { from: 0, to: stretches, words: [] });
    work.changed();
  });
  const element = make(
    'div',
    { class: 'work', role: 'search' },
    make('div', { class: 'words' }, field),
    make('div', { class: 'left' }, said, reset),
  );
  // Without a finding there is nothing to look for; a page that is served says here that it is live all the same.
  if (lines.length === 0) {
    for (const part of [field, said]) part.hidden = true;
    if (document.documentElement.dataset['liveAt'] === undefined) return;
  }
  document.querySelector('main')?.before(element);

  const tell = (): void => {
    const isTime = work.isTimeChosen();
    const number = work.matching.length;
    const inTime = isTime
      ? `, begun from ${momentOf(chosen.from)} to ${momentOf(chosen.to)}`
      : `, ${momentOf(0)} to ${momentOf(stretches)} UTC`;
    const kinds = work.matchingOf.filter((number) => number > 0).length;
    said.textContent =
      `${work.isChosen() ? `${count(number)} of ${count(lines.length)}` : count(lines.length + leftOut)} findings ` +
      `in ${count(kinds)} ${kinds === 1 ? 'group' : 'groups'}${inTime}`;
    reset.hidden = !work.isChosen();
  };
  work.listeners.push(tell);
  tell();
}
