/// <reference lib="dom" />
import type { Listing } from './listing.js';
import type { Work } from './work.js';

/**
 * Hands what is seen to the clipboard, as Markdown in which no text acts: the page from the bar, a finding from its
 * section.
 */
export function copying(work: Work, listings: ReadonlyMap<HTMLElement, Listing>): void {
  const { make, chosen, momentOf } = work;
  const count = (number: number): string => number.toLocaleString('en-US');
  /** Findings of a section; the others are counted. */
  const ROWS = 20;
  const escapeMarks = (text: string): string => text.replace(/[\\`*_{}[\]<>#|~!&$]/g, String.raw`\$&`);
  const escape = (text: string): string => escapeMarks(text.replace(/\s+/g, ' ').trim());
  const tableOf = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
    [heads, heads.map(() => '---'), ...rows.map((cells) => cells.map(escape))]
      .map((cells) => `| ${cells.join(' | ')} |\n`)
      .join('');
  const visible = (selector: string): HTMLElement[] =>
    [...document.querySelectorAll<HTMLElement>(selector)].filter((element) => !element.hidden);
  const chosenInWords = (): string => {
    const parts = [
      ...(chosen.words.length > 0 ? [`with “${chosen.words.join(' ')}”`] : []),
      ...(work.isTimeChosen() ? [`begun from ${momentOf(chosen.from)} to ${momentOf(chosen.to)} UTC`] : []),
    ];
    return parts.length === 0 ? '' : `\nOnly findings ${escape(parts.join(', '))}.\n`;
  };
  const source = (): string => `\n*${escape(document.querySelector('footer p')?.textContent ?? '')}*\n`;
  const adviceOf = (article: Element): string =>
    [...article.querySelectorAll('ul.advice > li')]
      .map((item) => {
        const code = item.querySelector('pre')?.textContent ?? '';
        const prose = [...item.childNodes]
          .map((node) => {
            const text = node.textContent ?? '';
            return node.nodeName === 'PRE' ? ' ' : node.nodeName === 'CODE' ? `\`${text}\`` : escapeMarks(text);
          })
          .join('')
          .replace(/\s+/g, ' ');
        return `- ${prose.trim()}\n${
          code === ''
            ? ''
            : `\n${code
                .split('\n')
                .map((line) => `      ${line}\n`)
                .join('')}\n`
        }`;
      })
      .join('');
  const wholePage = (): string => {
    const rows = visible('section[aria-labelledby="found"] tbody tr').map((row) =>
      [...row.querySelectorAll('td, th')].slice(0, 8).map((cell) => cell.textContent ?? ''),
    );
    return (
      `## ` +
      `${escape(document.title)}\n\n${escape(document.querySelector('.lead')?.textContent ?? '')}\n${chosenInWords()}` +
      visible('.diagnoses article')
        .map((article) => `\n**${escape(article.querySelector('.says')?.textContent ?? '')}**\n\n${adviceOf(article)}`)
        .join('') +
      (rows.length === 0
        ? ''
        : `\n${tableOf(['service', 'by', 'flows', 'severity', 'finding', 'cause', 'first', 'last'], rows)}`) +
      source()
    );
  };
  const articleText = (article: HTMLElement, listing: Listing): string => {
    const [heads = [], ...rows] = listing.texts(ROWS);
    const more = listing.count() - rows.length;
    const filter = article.querySelector('.filter code')?.textContent ?? '';
    return (
      `### ` +
      `${escape(article.querySelector('h3')?.textContent ?? '')}\n\n` +
        `${escape(article.querySelector('p.quiet')?.textContent ?? '')}\n${chosenInWords()}\n${adviceOf(article)}\n` +
      `${tableOf(heads, rows)}${more > 0 ? `\n… and ${count(more)} more.\n` : ''}` +
      `${filter === '' ? '' : `\nWireshark: ${escape(filter)}\n`}${source()}`
    );
  };
  const handOver = (button: HTMLButtonElement, text: () => string): void => {
    const name = button.textContent ?? '';
    const tell = (word: string): void => {
      button.textContent = word;
      setTimeout(() => {
        button.textContent = name;
      }, 2000);
    };
    /** For pages that a browser does not trust with its clipboard: over plain HTTP of another host. */
    const byHand = (): boolean => {
      const area = make('textarea', { readonly: '' }, text());
      document.body.append(area);
      area.select();
      const isDone = document.execCommand('copy');
      area.remove();
      return isDone;
    };
    button.addEventListener('click', () => {
      const done =
        navigator.clipboard === undefined ? Promise.reject(new Error('none')) : navigator.clipboard.writeText(text());
      done.then(
        () => tell('Copied'),
        () => tell(byHand() ? 'Copied' : 'The browser forbids it'),
      );
    });
  };
  const words = document.querySelector('.work .words');
  if (words !== null && work.carried.lines.length > 0) {
    const button = make('button', { type: 'button', class: 'copy' }, 'Copy as Markdown');
    words.append(button);
    handOver(button, wholePage);
  }
  for (const [article, listing] of listings) {
    const button = make('button', { type: 'button', class: 'copy' }, 'Copy as Markdown');
    article.querySelector('h3')?.after(button);
    handOver(button, () => articleText(article, listing));
  }
}
