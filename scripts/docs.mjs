// Writes what is made of the commands themselves: docs/lastack.1, docs/options.md, schema/config.schema.json, the lists
// in README.md, of the folders in CONTRIBUTING.md, and of words in schema/record-1.schema.json.
//
//   npm run docs             writes them, and the pages that tests hold (docs/columns.md, docs/filters.md)
//   node scripts/docs.mjs --check    says which of them is not as it would be written; exit status 1 if one is not
import { readFileSync, writeFileSync } from 'node:fs';
import { commands } from '../dist/cli/cli.js';
import { commandLines } from '../dist/cli/command-line.js';
import { version } from '../dist/base/version.js';
import { contributing } from './docs/contributing.mjs';
import { configSchema } from './docs/config-schema.mjs';
import { manPage } from './docs/man-page.mjs';
import { optionsPage } from './docs/options-page.mjs';
import { readme } from './docs/readme.mjs';
import { recordSchema } from './docs/record-schema.mjs';

const table = commandLines(commands(process));
const pages = {
  'docs/lastack.1': () => manPage(table, version()),
  'schema/config.schema.json': () => configSchema(table),
  'schema/record-1.schema.json': recordSchema,
  'docs/options.md': () => optionsPage(table),
  'README.md': (before) => readme(before, table),
  'CONTRIBUTING.md': contributing,
};

const check = process.argv.includes('--check');
for (const [name, make] of Object.entries(pages)) {
  const file = new URL(`../${name}`, import.meta.url);
  const before = textOf(file);
  const after = make(before);
  if (before === after) continue;
  if (check) {
    console.log(`${name} is not what npm run docs makes of it`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, after);
    console.log(`wrote ${name}`);
  }
}

/** Empty for a page that is not there yet. */
function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
