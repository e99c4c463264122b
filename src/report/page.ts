import stringWidth from 'string-width';
import { type Look, type Paint, painter } from './paint.js';
import { wrap } from './wrap.js';

/**
 * A page of docs/ for people at a terminal: headings stand out, paragraphs and the points of lists fill the lines,
 * tables have columns, and code stays as it is. Of Markdown it knows what our pages use.
 */
export function* page(markdown: string, { color, width }: Look): IterableIterator<string> {
  const paint = painter(color);
  for (const block of blocks(markdown)) yield* drawn(block, paint, width);
}

interface Block {
  readonly kind: 'heading' | 'text' | 'point' | 'code' | 'table' | 'empty';
  readonly lines: readonly string[];
}

function blocks(markdown: string): Block[] {
  const found: { kind: Block['kind']; lines: string[] }[] = [];
  for (const line of markdown.trimEnd().split('\n')) {
    const kind = kindOf(line);
    const before = found.at(-1);
    const joins =
      before !== undefined &&
      (kind === 'text'
        ? before.kind === 'text' || before.kind === 'point'
        : kind === before.kind && (kind === 'code' || kind === 'table'));
    // Code below a point is indented by more than its text.
    if (kind === 'code' && before?.kind === 'point' && !line.startsWith('     ')) before.lines.push(line);
    else if (joins) before.lines.push(line);
    else found.push({ kind, lines: [line] });
  }
  return found;
}

function kindOf(line: string): Block['kind'] {
  if (line === '') return 'empty';
  if (/^#{1,3} /.test(line)) return 'heading';
  if (line.startsWith('* ')) return 'point';
  if (line.startsWith('    ')) return 'code';
  return line.startsWith('|') ? 'table' : 'text';
}

function* drawn({ kind, lines }: Block, paint: Paint, width: number): IterableIterator<string> {
  switch (kind) {
    case 'empty': yield '\n'; break;
    case 'heading': yield `${paint('heading', plain(lines[0]!.replace(/^#+ /, '')))}\n`; break;
    case 'code': for (const line of lines) yield `${line === '' ? '' : paint('quiet', line)}\n`; break;
    case 'table': yield* table(lines.map(cells), paint, width); break;
    case 'point': {
      const text = lines.map((line) => line.trim()).join(' ').slice(2);
      for (const [index, line] of wrap(plain(text), width - 2).entries()) yield `${index === 0 ? '* ' : '  '}${line}\n`;
      break;
    }
    case 'text': for (const line of wrap(plain(lines.map((line) => line.trim()).join(' ')), width)) yield `${line}\n`;
  }
}

/** Between columns. */
const GAP = 2;
/** Narrower no column is read. */
const NARROWEST = 16;

/** Columns as wide as their texts; the widest gives what is too much, and its text goes on below. */
function* table(
  [head, , ...rows]: readonly (readonly string[])[], paint: Paint, width: number,
): IterableIterator<string> {
  if (head === undefined) return;
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => stringWidth(row[column] ?? ''))));
  for (;;) {
    const excess = widths.reduce((sum, own) => sum + own, GAP * (widths.length - 1)) - width;
    const widest = widths.indexOf(Math.max(...widths));
    if (excess <= 0 || widths[widest]! <= NARROWEST) break;
    const second = Math.max(NARROWEST, ...widths.filter((_, column) => column !== widest));
    widths[widest] = Math.max(widths[widest]! - excess, Math.min(second, widths[widest]! - 1));
  }
  for (const [index, row] of [head, ...rows].entries()) {
    const columns = widths.map((own, column) => wrap(row[column] ?? '', own));
    const height = Math.max(...columns.map((lines) => lines.length));
    for (let line = 0; line < height; line++) {
      const text = columns
        .map((lines, column) => padded(lines[line] ?? '', widths[column]!))
        .join(' '.repeat(GAP))
        .trimEnd();
      yield `${index === 0 ? paint('quiet', text) : text}\n`;
    }
  }
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}

function cells(row: string): string[] {
  return row
    .replace(/^\|/, '')
    .replace(/\|$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => plain(cell.replaceAll('\\|', '|').trim()));
}

/** Without the marks of code, emphasis and links. */
function plain(text: string): string {
  return text.replace(/\[([^\]]+)\]\([^)]+\)/g, '$1').replace(/`([^`]+)`/g, '$1').replace(/\*\*([^*]+)\*\*/g, '$1');
}
