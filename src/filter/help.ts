import { fields } from './fields.js';
import { quantityTypes } from './values.js';

const EXAMPLES = `    port 8000 and state CLOSE-WAIT and age > 30s
    (cause leak or reset linger,abort) and not client 10.0.0.0/8
    server-port 80,443,8000-8010 and severity >= warning
    start +10..+20 and lost > 0`;

/** The whole language on one page, made from the list of fields. */
export function filterHelp(): string {
  const width = Math.max(...fields.map(({ name }) => name.length));
  const list = fields.map(({ name, type, description }) => `    ${name.padEnd(width)}  ${type.padEnd(8)}  ${description}\n`);
  const words = fields.flatMap((field) => (field.type === 'word' ? [`    ${field.name}: ${field.vocabulary.words.join(', ')}\n`] : []));
  const values = Object.entries(quantityTypes).map(([type, { expected }]) => `    ${type.padEnd(8)}  ${expected}\n`);
  return `# Filters

${EXAMPLES}

A term is a field, an operator (= where none is written; != < <= > >=) and a value, a list with commas, or a range.
Terms are joined by and, or, not and parentheses; and binds closer than or.
A term holds where one of the connection's values fits: one of its ports, one of its findings. != holds where none does.
Words may be in any case, with _ or - or nothing between their parts.

## Fields

${list.join('')}
## Values

${values.join('')}    address   10.0.0.1, 10.0.0.0/8, 10.0.0.1:80, 2001:db8::/32, [2001:db8::1]:443

## Words

${words.join('')}`;
}
