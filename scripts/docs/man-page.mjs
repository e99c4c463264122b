import { meaning, of, switches, synopsis } from './switches.mjs';

/** The manual page in the man macros (man(7)), which groff and mandoc both understand. */
export function manPage(table, version) {
  const [open, ...named] = table;
  return `.\\" Made by npm run docs from the commands themselves.
.TH LASTACK 1 "" "lastack ${version}" "User Commands"
.SH NAME
lastack \\- how every TCP connection in a capture ended
.SH SYNOPSIS
${table.map((command) => `.B ${roff(synopsis(command))}\n`).join('.br\n')}.SH DESCRIPTION
${roff(open.description)}
.PP
CAPTURE is a file, a folder, a glob or \\-. pcap and pcapng are recognized by their content, also inside gzip, zstd and lz4.
On a terminal
.B lastack CAPTURE
and
.B lastack between CLIENT SERVER
show the screen, elsewhere they write the text report.
.SH COMMANDS
${named.map((command) => `.TP\n.B ${roff(synopsis(command))}\n${roff(command.description)}\n`).join('')}.SH OPTIONS
${switches(table)
  .map((row) => `.TP\n.B ${roff(row.flags)}\n${roff(`${sentence(meaning(row))} Of: ${of(row, table)}.`)}\n`)
  .join('')}.TP
.B \\-h, \\-\\-help
What there is to say of a command, and examples.
.SH EXIT STATUS
${[
  [0, 'nothing at or above --fail-on'], [1, 'findings; for diff: a finding is new or got worse'],
  [2, 'the input or the command was wrong'], [130, 'interrupted; report has written what had been read by then'],
]
  .map(([status, words]) => `.TP\n.B ${status}\n${roff(words)}\n`)
  .join('')}.SH ENVIRONMENT
${[
  ['NO_COLOR', 'no colour where it is not empty'],
  ['FORCE_COLOR', 'colour also where the output is no terminal; 0: none'],
  ['LASTACK_DEBUG', '1: stack traces of what went wrong'],
]
  .map(([name, words]) => `.TP\n.B ${name}\n${roff(words)}\n`)
  .join('')}.SH EXAMPLES
.nf
${table
  .flatMap(({ examples }) => examples)
  .map((line) => `${roff(line)}\n`)
  .join('')}.fi
.SH SEE ALSO
.BR tcpdump (8),
.BR tshark (1),
.BR ss (8),
.BR pcap\\-filter (7)
`;
}

/** A hyphen that is typed, a backslash that is meant, and no line that begins as a request does. */
function roff(text) {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/…/g, '...').replace(/^(['.])/, '\\&$1');
}

function sentence(text) {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.?]$/.test(text) ? '' : '.'}`;
}
