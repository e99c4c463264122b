import { filterHelp } from '../filter/help.js';
import { kinds } from '../findings/index.js';
import {
  causes, confidences, doubts, endings, readWord, resetCauses, severities, states, verdicts, type Vocabulary,
} from '../filter/words.js';
import { pages, readPage, readWords, titleOf } from './pages.js';
import { passagesOf } from './passages.js';

/** Words that have no page of their own, by what they are; those of the glossary in its order. */
const vocabularies: readonly Vocabulary[] = [
  states, endings, causes, resetCauses, verdicts, doubts, severities, confidences,
];

/** What can be explained: pages by their names, words of the glossary, causes, and `filter`. Each once. */
export function topics(): readonly string[] {
  return [
    ...new Set([
      ...pages().map(({ id }) => id), ...vocabularies.flatMap(({ words }) => words).filter((word) => word !== 'none'),
      'filter',
    ]),
  ];
}

/** Every page with its title, a line each. */
export function contents(): string {
  const all = pages();
  const width = all.reduce((widest, { id }) => Math.max(widest, id.length), 0);
  return all.map((page) => `${page.id.padEnd(width)}  ${titleOf(readPage(page))}`.trimEnd() + '\n').join('');
}

/**
 * What there is to say of a word, as Markdown: its pages, what pages of findings say of it as a cause, and its lines of
 * the glossary where it has no page. Words may be in any case, with - or _ between their parts; null where nothing is
 * known of one.
 */
export function explain(text: string): string | null {
  const parts = meant(text.trim()).flatMap((word) => {
    const own = pages().filter(({ id }) => id === word).map(readPage);
    return [
      ...own, ...asCause(word), ...(own.length > 0 ? [] : inGlossary(word)),
      ...(word === 'filter' ? [filterHelp()] : []),
    ];
  });
  return parts.length === 0 ? null : `${parts.map((part) => part.trimEnd()).join('\n\n')}\n`;
}

/** Every word that is written so, be it in another case: `closed` is an ending, and CLOSED a state. */
function meant(text: string): string[] {
  if (text === '') return [];
  const own = topics().filter((word) => readWord(text, { words: [word] }) !== null);
  const state = readWord(text, states);
  return state === null || own.includes(state) ? own : [state, ...own];
}

/** What the pages of findings say of one of their causes; no page again that was shown whole. */
function asCause(word: string): string[] {
  return kinds.filter(({ id, severities: of }) => id !== word && word in of).map(({ id, title }) => {
    const passages = passagesOf(readPage({ folder: 'docs/findings/', id }), word);
    const told = passages.map(({ section, markdown }) => `## ${section}\n\n${markdown}`);
    return [`# \`${word}\`, a cause of ${id}`, `${title}. The whole page: \`lastack explain ${id}\`.`, ...told].join(
      '\n\n',
    );
  });
}

function inGlossary(word: string): string[] {
  return passagesOf(readWords(), word).map(
    ({ section, markdown }) => `# \`${word}\`, ${oneOf(section)}\n\n${markdown}`,
  );
}

/** `an ending of a connection` of `Endings of a connection`: what a word is that stands below that heading. */
function oneOf(heading: string): string {
  const [first = '', ...more] = heading.split(' ');
  const noun = first.toLowerCase().replace(/s$/, '');
  return [/^[aeiou]/.test(noun) ? 'an' : 'a', noun, ...more].join(' ');
}
