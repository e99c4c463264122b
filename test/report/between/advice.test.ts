import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

import { FACTS } from '../../../src/between/between.js';
import { adviceOf } from '../../../src/report/between/advice.js';

const page = readFileSync('docs/both-ends.md', 'utf8');

it.each(FACTS)('%s: says what to do, as the page does', (fact) => {
  expect(adviceOf(fact)).toMatch(/^[A-Z].*\.$/s);
  const [line] = page.split('\n').filter((row) => row.startsWith('|') && row.includes(`\`${fact}\``));
  const [, , , wanted = ''] = line!.split('|');
  // The page says it in fewer words; the thing to look at must be the same.
  const words = wanted.toLowerCase().match(/keepalives|firewall|proxy|routes|preservation|nat|loss|host/g) ?? [];
  expect(words.filter((word) => !adviceOf(fact).toLowerCase().includes(word))).toEqual([]);
  expect(words).not.toEqual([]);
});
