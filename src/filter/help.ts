import { fields } from './fields.js';
import { speaking } from './plain.js';
import { quantityTypes } from './values.js';

const EXAMPLES = `    port 8000 and state CLOSE-WAIT and age > 30s
    (cause leak or reset linger,abort) and not client 10.0.0.0/8
    server-port 80,443,8000-8010 and severity >= warning
    start +10..+20 and lost > 0`;

/** The whole language on one page, made from the list of fields. */
export function filterHelp(): string {
  const width = Math.max(...fields.map(({ name }) => name.length));
  const list = fields.map(
    ({ name, type, description }) => `    ${name.padEnd(width)}  ${type.padEnd(8)}  ${description}\n`,
  );
  const words = fields.flatMap((field) =>
    field.type === 'word' ? [`    ${field.name}: ${field.vocabulary.words.join(', ')}\n`] : [],
  );
  const values = Object.entries(quantityTypes).map(([type, { expected }]) => `    ${type.padEnd(8)}  ${expected}\n`);
  const known = fields.flatMap(({ name, wireshark = [] }) =>
    wireshark.length === 0 ? [] : [`    ${name.padEnd(width)}  ${wireshark.join(', ')}\n`],
  );
  return `# Filters

${EXAMPLES}

A term is a field, an operator (= where none is written; != < <= > >=) and a value, a list with commas, or a range.
Terms are joined by and, or, not and parentheses; and binds closer than or.
A term holds where one of the connection's values fits: one of its ports, one of its findings. != holds where none does.
Words may be in any case, with _ or - or nothing between their parts.

## Plain words

    leak
    198.51.100.20:8000
    half-closed,linger-reset not 192.0.2.10
    half-closed (leak) at 198.51.100.20:8000
    error  leak at 198.51.100.20:8000, 48 connections (likely)
    stream 7  192.0.2.10:48908 > 198.51.100.20:8000

What lastack prints needs no field: an address, a number (a port or a stream), and every word of these fields:
${speaking.map(({ name }) => name).join(', ')}. A word of several fields holds where one of them has it;
half-closed (leak), as reports print it, means the finding and its cause, and 30 half-closed (leak) at … no port 30 but
how many there are. The word closed is the ending, not the state
CLOSED, in which every connection ends. "and" may be left out beside such words, and before addresses.

## Fields

${list.join('')}
## Values

${values.join('')}    address   10.0.0.1, 10.0.0.0/8, 10.0 (all that begins so), 10.0.0.1:80, :80, 2001:db8::/32, [2001:db8::1]:443

## As in Wireshark

    tcp.stream in {7, 12, 19} or tcp.stream eq 82
    tcp.port == 8000 && !(ip.addr == 10.0.0.0/8)

You can type every Wireshark filter that lastack prints. Of Wireshark's fields and those of the plugin (lastack wireshark) these
work, and all of Wireshark's operators:
eq ne lt le gt ge, in {…}, not in {…}, && || !. A connection has packets both ways, so tcp.srcport means port.

${known.join('')}
## Words

${words.join('')}`;
}
