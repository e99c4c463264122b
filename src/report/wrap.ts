/**
 * Breaks text at spaces into lines of at most `width` characters. Its own line breaks and their indents (advice with
 * code) stay.
 */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => fill(paragraph, width));
}

/**
 * Lines under a label: the first begins with it, the others with as many blanks as `width` says. `label` may be
 * painted.
 */
export function hang(label: string, width: number, lines: readonly string[]): string {
  return lines.map((line, index) => `${index === 0 ? label : ' '.repeat(width)}${line}`.trimEnd()).join('\n') + '\n';
}

function fill(paragraph: string, width: number): string[] {
  const indent = /^ */.exec(paragraph)?.[0] ?? '';
  const lines: string[] = [];
  let line = indent;
  for (const word of paragraph.slice(indent.length).split(' ')) {
    if (line !== indent && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? word : ` ${word}`;
  }
  return [...lines, line];
}
