import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { complete, fields, parseFilter } from '../../src/filter/filter.js';

/** `|` is the cursor. The candidates, and the text with the first of them taken. */
function at(text: string): { candidates: string[]; first: string } {
  const cursor = text.indexOf('|');
  const plain = text.replace('|', '');
  const { from, to, candidates } = complete(plain, cursor);
  return {
    candidates: candidates.map((candidate) => candidate.text),
    first: `${plain.slice(0, from)}${candidates[0]?.text ?? ''}${plain.slice(to)}`,
  };
}

test('an empty filter begins with any field', () => {
  expect(at('|').candidates).toEqual([...fields.map(({ name }) => name), 'not']);
});

test.each([
  ['po|', ['port', 'port-exhaustion', 'possible'], 'port'], ['lea|', ['leak'], 'leak'],
  ['leak |', ['and', 'or'], 'leak and'], ['leak and 10.0.0.1 |', ['and', 'or'], 'leak and 10.0.0.1 and'],
  ['state CL|', ['CLOSED', 'CLOSING', 'CLOSE-WAIT'], 'state CLOSED'],
  ['state close_w|', ['CLOSE-WAIT'], 'state CLOSE-WAIT'], ['state = TIM|', ['TIME-WAIT'], 'state = TIME-WAIT'],
  ['state CLOSED,TIM|', ['TIME-WAIT'], 'state CLOSED,TIME-WAIT'],
  ['state in {CLOSED, TIM|', ['TIME-WAIT'], 'state in {CLOSED, TIME-WAIT'],
  ['tcp.stream in {7} |', ['and', 'or'], 'tcp.stream in {7} and'], ['port 80 |', ['and', 'or'], 'port 80 and'],
  ['port 80 a|', ['and'], 'port 80 and'], ['port 80 and sev|', ['severity'], 'port 80 and severity'],
  ['(caus|', ['cause'], '(cause'],
  [
    'not close|', ['closer', 'close-wait-buildup', 'closed-without-answer', 'closed', 'closed-peer', 'CLOSE-WAIT'],
    'not closer',
  ],
  ['port |', [], 'port '], ['nonsense |', [], 'nonsense '],
  ['sta|te CLOSED', ['state', 'start', 'stalled-reader', 'stale-peer'], 'state CLOSED'],
  ['port 80 & |', ['and', 'or'], 'port 80 & and'],
])('%s', (text, candidates, first) => {
  expect(at(text)).toEqual({ candidates, first });
});

test('it answers for any text at any place', () => {
  fc.assert(fc.property(fc.string(), fc.nat(40), (text, cursor) => {
    const { from, to } = complete(text, Math.min(cursor, text.length));
    expect(from).toBeLessThanOrEqual(to);
  }));
});

test('every word that is offered is one that is understood', () => {
  for (const field of fields) {
    for (const { text } of complete(`${field.name} `, field.name.length + 1).candidates)
      expect(() => parseFilter(`${field.name} ${text}`)).not.toThrow();
  }
});

test('every plain word that is offered is one that is understood', () => {
  const offered = Array.from('abcdefghijklmnopqrstuvwxyz').flatMap((letter) =>
    complete(letter, 1).candidates.filter(({ text }) => text !== 'not' && !fields.some(({ name }) => name === text)),
  );
  expect(offered.length).toBeGreaterThan(80);
  for (const { text } of offered) expect(() => parseFilter(text)).not.toThrow();
});
