// Begins something new: writes its files, and its line where all of its kind are listed.
//
//   npm run new -- detector NAME     a kind of finding       npm run new -- screen NAME    a list on the screen
//   npm run new -- diagnosis NAME    a story of many         npm run new -- format NAME    a report
//
// NAME is a noun in small letters, with hyphens. What is left to do is said, and by the tests, which fail until it is
// done.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { detector } from './new/detector.mjs';
import { diagnosis } from './new/diagnosis.mjs';
import { format } from './new/format.mjs';
import { screen } from './new/screen.mjs';

const makers = { detector, diagnosis, format, screen };

const [kind = '', name = ''] = process.argv.slice(2);
if (!Object.hasOwn(makers, kind) || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
  console.error(`usage: npm run new -- ${Object.keys(makers).join('|')} NAME (small letters and hyphens)`);
  process.exit(2);
}

/** `close-wait-buildup` as code has it: `closeWaitBuildup`; and as a title: `Close wait buildup`. */
const camel = name.replaceAll(/-(\w)/g, (_, letter) => letter.toUpperCase());
const words = name.replaceAll('-', ' ');
const title = words[0].toUpperCase() + words.slice(1);

const { files, lines, left } = makers[kind]({ name, camel, title });
const taken = Object.keys(files).filter((file) => existsSync(file));
if (taken.length > 0) {
  console.error(`${taken.join(', ')}: there already`);
  process.exit(2);
}
for (const [file, edits] of Object.entries(lines)) {
  const before = readFileSync(file, 'utf8');
  const after = edits.reduce((text, { anchor, line }) => {
    const at = text.search(anchor);
    if (at < 0) throw new Error(`${file}: there is no place for ${line.trim()}`);
    return text.slice(0, at) + line + text.slice(at);
  }, before);
  writeFileSync(file, after);
  console.log(`changed ${file}`);
}
for (const [file, text] of Object.entries(files)) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(`wrote   ${file}`);
}
for (const step of left) console.log(`left:   ${step}`);
