import { inert } from '../inert.js';

/** What a template takes: text and numbers are written as text, markup as it is, null and false as nothing. */
export type Content = string | number | Markup | null | false | readonly Content[];

/**
 * HTML that is safe to send out. Only `markup` makes it, so a name or a comment from a capture has no way around the
 * escaping.
 */
export class Markup {
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  static of(strings: TemplateStringsArray, ...contents: readonly Content[]): Markup {
    return new Markup(strings.reduce((before, after, index) => before + written(contents[index - 1] ?? null) + after));
  }
}

/** HTML and SVG with holes: markup`<p>${untrusted}</p>`. Attribute values have to stand in double quotes. */
export function markup(strings: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return Markup.of(strings, ...contents);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;',
};

function written(content: Content): string {
  if (content === null || content === false) return '';
  if (typeof content === 'string') return inert(content).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
  // Numbers in markup are coordinates and counts: a hundredth of a pixel is fine enough.
  if (typeof content === 'number') return String(Math.round(content * 100) / 100);
  if (content instanceof Markup) return content.text;
  return content.map(written).join('');
}
