/** Part of a page that is about one word. */
export interface Passage {
  /** Heading above it in the page. */
  readonly section: string;
  readonly markdown: string;
}

/**
 * What a page says of one word: rows of tables whose first cell names it, each cell with its header, and points that
 * begin with it (an asterisk, the word, a colon; also several words with commas between). Empty where the page does not
 * explain it.
 */
export function passagesOf(page: string, word: string): Passage[] {
  const lines = page.split('\n');
  const found: Passage[] = [];
  let section = '';
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    section = /^##? (.*)$/.exec(line)?.[1] ?? section;
    if (isPointOf(line, word)) {
      const end = endOfPoint(lines, at);
      found.push({ section, markdown: lines.slice(at, end).join('\n').trimEnd() });
      at = end - 1;
    } else if (
      line.startsWith('| ') &&
      cells(line)[0]
        ?.split(',')
        .some((name) => name.trim().startsWith(`\`${word}\``)) === true
    ) {
      found.push({ section, markdown: rowInWords(cells(headerAbove(lines, at)), cells(line)) });
    }
  }
  return found;
}

/** Words in backticks or bold, then a colon: behind an asterisk, or at the beginning of a paragraph. */
function isPointOf(line: string, word: string): boolean {
  const head = /^(?:\* )?((?:(?:`[^`]+`|\*\*[^*]+\*\*)(?:, )?)+):/.exec(line)?.[1];
  return head !== undefined && head.split(', ').some((name) => name.replace(/[`*]/g, '') === word);
}

/**
 * A point goes on as long as its lines are indented, code and empty lines before it included; a paragraph until an
 * empty line, and the code behind that.
 */
function endOfPoint(lines: readonly string[], from: number): number {
  const isPoint = lines[from]!.startsWith('* ');
  const [more, code] = isPoint ? ['  ', '      '] : ['', '    '];
  let end = from + 1;
  while (end < lines.length && lines[end] !== '' && lines[end]!.startsWith(more)) end += 1;
  while (lines[end] === '' && lines[end + 1]?.startsWith(code) === true) {
    end += 1;
    while (end < lines.length && lines[end]!.startsWith('    ')) end += 1;
  }
  return end;
}

/** Cells of a row; a bar inside one is written `\|`. */
function cells(row: string): string[] {
  return row.replace(/^\|/, '').replace(/\|$/, '').split(/(?<!\\)\|/).map((cell) => cell.replaceAll('\\|', '|').trim());
}

function headerAbove(lines: readonly string[], row: number): string {
  let at = row;
  while (at > 0 && lines[at - 1]!.startsWith('|')) at -= 1;
  return lines[at]!;
}

/** The first cell is the word itself; where it says more (dropped, possible), that is kept. */
function rowInWords(headers: readonly string[], [first = '', ...rest]: readonly string[]): string {
  const told = rest.flatMap((cell, index) => (cell === '' ? [] : [`* ${headers[index + 1] ?? ''}: ${cell}`]));
  return [...(/^`[^`]+`$/.test(first) ? [] : [`* ${headers[0] ?? ''}: ${first}`]), ...told].join('\n');
}
