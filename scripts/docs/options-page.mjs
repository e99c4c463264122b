import { meaning, nameOf, of, switches, synopsis } from './switches.mjs';

/** docs/options.md: every option with the commands that have it, then each command with its examples. */
export function optionsPage(table) {
  const rows = switches(table).map((row) => `| ${code(row.flags)} | ${of(row, table)} | ${cell(meaning(row))} |\n`);
  return `# Commands and options

What each command does, with examples, says \`lastack COMMAND --help\`; \`man lastack\` has all of it.

| option | of | |
| --- | --- | --- |
${rows.join('')}
${table.map(section).join('\n')}`;
}

function section(command) {
  return `## ${nameOf(command)}

\`${synopsis(command)}\`

${command.description}

${command.examples.map((line) => `    ${line}\n`).join('')}`;
}

function code(text) {
  return `\`${text.replaceAll('|', String.raw`\|`)}\``;
}

/** A bar would end the cell, a bracket be a tag. */
function cell(text) {
  return text.replaceAll('|', String.raw`\|`).replace(/[<>]/g, (sign) => (sign === '<' ? '&lt;' : '&gt;'));
}
