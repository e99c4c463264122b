import { keysByPlace } from '../../dist/tui/help/sections.js';
import { showKey } from '../../dist/tui/keys.js';
import { synopsis } from './switches.mjs';

/** What stands between `<!-- NAME: made by npm run docs -->` and `<!-- end of NAME -->`. */
const parts = { commands, keys };

/** The README with its lists of commands and keys made anew; all around them stays. */
export function readme(page, table) {
  return Object.entries(parts).reduce((text, [name, list]) => {
    const begin = `<!-- ${name}: made by npm run docs -->`;
    const end = `<!-- end of ${name} -->`;
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from === -1 || to < from) throw new Error(`README.md: there is no ${begin} with ${end} behind it`);
    return `${text.slice(0, from + begin.length)}\n\n${list(table)}\n${text.slice(to)}`;
  }, page);
}

function commands(table) {
  const width = Math.max(...table.map((command) => synopsis(command).length));
  return table
    .map(
      (command) =>
        `    ${synopsis(command).padEnd(width)}  ` +
        `${command.name === '' ? 'a terminal: the screen (? shows its keys); else the text report' : command.summary}\n`,
    )
    .join('');
}

/** Of so many screens of captures a key is one of all. */
const EVERYWHERE = 4;

/** The keys that the footer names, in its words, by where they hold; the help has all. */
function keys() {
  const places = keysByPlace().map(({ title, isOfBothEnds, bindings }) => ({
    title, isOfBothEnds, bindings: bindings.filter(({ label }) => label !== undefined),
  }));
  const isEverywhere = (binding) =>
    places.filter(({ isOfBothEnds, bindings }) => !isOfBothEnds && bindings.includes(binding)).length >= EVERYWHERE;
  const everywhere = new Set(places.flatMap(({ bindings }) => bindings).filter(isEverywhere));
  const rows = [
    { title: 'Everywhere', bindings: [...everywhere] },
    ...places.map(({ title, bindings }) => ({
      title, bindings: bindings.filter((binding) => !everywhere.has(binding)),
    })),
  ];
  return (
    `| | |\n| --- | --- ` +
    `|\n` +
      rows.map(({ title, bindings }) => `| ${title} | ${[...new Set(bindings.map(said))].join(', ')} |\n`).join('')
  );
}

function said({ keys: [first], opposite, label }) {
  return `${[opposite, first]
    .filter((key) => key !== undefined)
    .map((key) => `\`${showKey(key)}\``)
    .join(' ')} ${label}`;
}
