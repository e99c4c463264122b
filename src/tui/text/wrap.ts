import { inert } from '../../report/inert.js';
import { columnsOf, fit } from './fit.js';

/**
 * `text` made harmless, in lines of at most `columns`, broken between words; line breaks and indents of its own are
 * kept.
 */
export function wrap(text: string, columns: number): string[] {
  if (columns < 1) return [];
  return text.split(/\r?\n/).flatMap((line) => wrapLine(inert(line.replaceAll('\t', '    ')), columns));
}

function wrapLine(line: string, columns: number): string[] {
  if (columnsOf(line) <= columns) return [line];
  const lines: string[] = [];
  let current = /^ */.exec(line)![0].slice(0, columns - 1);
  let hasWord = false;
  for (const word of line.trim().split(/ +/)) {
    if (hasWord && columnsOf(current) + 1 + columnsOf(word) > columns) {
      lines.push(current);
      current = '';
      hasWord = false;
    }
    current += hasWord ? ` ${word}` : word;
    hasWord = true;
    if (columnsOf(current) > columns) current = fit(current, columns);
  }
  lines.push(current);
  return lines;
}

/** Wraps an item of a list: `first` stands before the first line, spaces of its width before the others. */
export function wrapItem(first: string, text: string, columns: number): string[] {
  const indent = ' '.repeat(columnsOf(first));
  return wrap(text, columns - columnsOf(first)).map((line, index) => (index === 0 ? first : indent) + line);
}
