import { existsSync, readFileSync } from 'node:fs';

const BEGIN = '<!-- rooms: made by npm run docs -->\n';
const END = '<!-- end of rooms -->\n';

/** Folders of src, in the order in which they may import each other: those that are there. */
const rooms = JSON.parse(readFileSync(new URL('../rooms.json', import.meta.url), 'utf8')).filter(({ room }) =>
  existsSync(new URL(`../../src/${room}`, import.meta.url)),
);

/** CONTRIBUTING.md with its list of folders made anew. */
export function contributing(page) {
  const [before, behind] = page.split(BEGIN);
  const wide = Math.max(...rooms.map(({ is }) => is.length));
  const lines = rooms.map(({ room, is, note }) => `    ${`src/${room}/`.padEnd(15)} ${is.padEnd(wide)}  ${note}\n`);
  return `${before}${BEGIN}\n${lines.join('')}\n${END}${behind.split(END)[1]}`;
}
