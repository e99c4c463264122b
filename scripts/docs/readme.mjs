import { synopsis } from './switches.mjs';

const BEGIN = '<!-- commands: made by npm run docs -->';
const END = '<!-- end of commands -->';

/** The README with its list of commands made anew; all around it stays. */
export function readme(page, table) {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from === -1 || to < from) throw new Error(`README.md: there is no ${BEGIN} with ${END} behind it`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${list(table)}\n${page.slice(to)}`;
}

function list(table) {
  const width = Math.max(...table.map((command) => synopsis(command).length));
  return table.map((command) => `    ${synopsis(command).padEnd(width)}  ${command.name === '' ? 'a terminal: the screen (? shows its keys); else the text report' : command.summary}\n`).join('');
}
