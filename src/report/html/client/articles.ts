/// <reference lib="dom" />
import type { Listing, ListingOptions } from './listing.js';
import type { Work } from './work.js';

/**
 * Puts a table that grows in place of the first findings of each section, shows of the groups what is chosen, and leads
 * links to their finding.
 */
export function articles(
  work: Work,
  listing: (work: Work, options: ListingOptions) => Listing,
): ReadonlyMap<HTMLElement, Listing> {
  const { groups, lines } = work.carried;
  const byAnchor = new Map(groups.map(({ anchor }, place) => [anchor, place]));
  const listings = new Map<number, Listing>();
  const byArticle = new Map<HTMLElement, Listing>();

  for (const [place, { anchor, name }] of groups.entries()) {
    const article = document.getElementById(anchor)?.closest('article');
    const box = article?.querySelector('.scroll:not(.ladder .scroll)');
    if (article === null || article === undefined || box === null || box === undefined) continue;
    const own = listing(work, { name: box.getAttribute('aria-label') ?? name, group: place, few: 3 });
    box.replaceWith(own.element);
    listings.set(place, own);
    byArticle.set(article, own);
    work.listeners.push(() => {
      article.hidden = work.isChosen() && work.matchingOf[place] === 0;
    });
  }
  const findings = document.getElementById('findings')?.closest('section');
  let all: Listing | null = null;
  if (findings !== null && findings !== undefined) {
    all = listing(work, { name: 'All of them, one by one', group: null, few: 10 });
    const title = work.make('h2', { id: 'every' }, 'Every finding');
    findings.after(work.make('section', { 'aria-labelledby': 'every' }, title, all.element));
    const entry = document.querySelector('nav a[href="#findings"]')?.closest('li');
    entry?.after(work.make('li', {}, work.make('a', { href: '#every' }, 'Every finding')));
  }

  // The groups' own rows, by what their links lead to; a group without a link leads to the table of all.
  const found = document.getElementById('found')?.closest('section');
  for (const row of found?.querySelectorAll('tbody tr') ?? []) {
    const link = row.querySelector<HTMLElement>('th a, th span[id]');
    const place = byAnchor.get(link?.id || link?.getAttribute('href')?.slice(1) || '');
    if (place === undefined) continue;
    const cell = row.querySelector('td.number');
    const flows = cell?.textContent ?? '';
    work.listeners.push(() => {
      const number = work.matchingOf[place]!;
      (row as HTMLElement).hidden = work.isChosen() && number === 0;
      if (cell !== null)
        cell.textContent =
          number === groups[place]!.findings || !work.isChosen()
            ? flows
            : `${number.toLocaleString('en-US')} of ${flows}`;
    });
  }
  // A table of which nothing is left is not shown, and what is left in a folded one is.
  for (const box of found?.querySelectorAll<HTMLElement>('.scroll') ?? []) {
    const details = box.closest('details');
    let wasOpen: boolean | null = null;
    work.listeners.push(() => {
      const isEmpty = [...box.querySelectorAll<HTMLElement>('tbody tr')].every(({ hidden }) => hidden);
      (details ?? box).hidden = isEmpty;
      if (details === null) return;
      if (work.isChosen()) {
        wasOpen ??= details.open;
        details.open = true;
      } else if (wasOpen !== null) {
        details.open = wasOpen;
        wasOpen = null;
      }
    });
  }
  for (const article of document.querySelectorAll<HTMLElement>('.diagnoses article')) {
    work.listeners.push(() => {
      article.hidden = !work.hasWords(article.textContent ?? '');
    });
  }

  work.reveal = (place) => {
    const own = listings.get(lines[place]![0]);
    if (own?.reveal(place) !== true) all?.reveal(place);
  };
  const follow = (): void => {
    let target = location.hash.slice(1);
    try {
      target = decodeURIComponent(target);
    } catch {
      // Not what this page has written.
    }
    if (!target.includes('@')) return;
    const place = lines.findIndex((line) => work.anchorOf(line) === target);
    if (place >= 0) work.reveal(place);
    else document.getElementById(target.slice(0, target.indexOf('@')))?.scrollIntoView();
  };
  addEventListener('hashchange', follow);
  follow();
  return byArticle;
}
