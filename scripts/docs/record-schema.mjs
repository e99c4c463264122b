import { existsSync } from 'node:fs';

import * as words from '../../dist/filter/words.js';
import { kinds } from '../../dist/findings/index.js';

const known = ({ words: all }) => all.filter((word) => word !== words.NONE);

/** Lists of words that the code has, too, by their names in the schema. */
const lists = {
  resetCause: known(words.resetCauses), findingId: kinds.map(({ id }) => id),
  findingCause: [
    ...new Set(
      kinds.flatMap(({ severities }) => Object.keys(severities)).map((cause) => (cause === '' ? null : cause)),
    ),
  ],
  ...(await diagnoses()),
};

async function diagnoses() {
  const registry = new URL('../../dist/diagnoses/index.js', import.meta.url);
  return existsSync(registry) ? { diagnosisId: (await import(registry)).diagnosisDetectors.map(({ id }) => id) } : {};
}

/** The schema with these lists made anew; all around them stays. */
export function recordSchema(page) {
  return Object.entries(lists).reduce((text, [name, list]) => {
    const at = text.indexOf(`"${name}": {`);
    const from = text.indexOf('"enum": [', at);
    const to = text.indexOf(']', from);
    if (at === -1 || from === -1) throw new Error(`record-1.schema.json: there is no list of ${name}`);
    return `${text.slice(0, from)}"enum": ` +
      `[\n${list.map((word) => `        ${JSON.stringify(word)}`).join(',\n')}\n      ${text.slice(to)}`;
  }, page);
}
