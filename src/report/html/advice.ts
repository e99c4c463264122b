import { type Content, type Markup, markup } from './markup.js';

/** What to change, a step each. */
export function advice(steps: readonly string[]): Markup {
  return markup`<ul class="advice">${steps.map((step) => markup`<li>${proseAndCode(step)}</li>`)}</ul>
`;
}

/** Lines that are indented are code, and what stands between two backquotes. */
function proseAndCode(step: string): Content {
  const parts: { readonly code: boolean; readonly lines: string[] }[] = [];
  for (const line of step.split('\n')) {
    const code = line.startsWith('  ');
    const part = parts.at(-1);
    if (part?.code === code) part.lines.push(line);
    else parts.push({ code, lines: [line] });
  }
  return parts.map(({ code, lines }) => {
    if (!code)
      return lines
        .join(' ')
        .split('`')
        .map((text, index, { length }) =>
          index % 2 === 0 || index === length - 1 ? [index % 2 === 1 && '`', text] : markup`<code>${text}</code>`,
        );
    return markup`<pre tabindex="0"><code>${lines.map((line, index) => [index > 0 && markup`
`, line.slice(2)])}</code></pre>`;
  });
}
