import { describe, expect, test } from 'vitest';
import { diagnosisDetectors } from '../../src/diagnoses/index.js';
import { contents, explain, topics } from '../../src/explain/explain.js';
import { passagesOf } from '../../src/explain/passages.js';
import { kinds } from '../../src/findings/index.js';
import { confidences, doubts, endings, resetCauses, severities, states, verdicts } from '../../src/filter/words.js';

describe('every word of a report is explained', () => {
  test.each(kinds.map(({ id }) => id))('finding %s', (id) => {
    expect(explain(id)).toMatch(/^# \S[^]*\n## Seen on the wire\n/);
  });

  test.each(diagnosisDetectors.map(({ id }) => id))('diagnosis %s', (id) => {
    expect(explain(id)).toMatch(/^# \S[^]*\n## What to change\n/);
  });

  const causes = kinds.flatMap(({ id, severities: of }) =>
    Object.keys(of)
      .filter((cause) => cause !== '')
      .map((cause) => [cause, id] as const),
  );
  test.each(causes)('cause %s of %s, and how it shows', (cause, id) => {
    // A finding whose cause has its name is shown whole.
    const [before, told = before] = explain(cause)!.split(`# \`${cause}\`, a cause of ${id}\n`);
    expect(told).toMatch(/\n## .*\n\n\S/);
  });

  const glossary = {
    state: states, ending: endings, reset: resetCauses, verdict: verdicts, doubt: doubts, severity: severities,
    confidence: confidences,
  };
  const words = Object.entries(glossary).flatMap(([name, { words }]) =>
    words.filter((word) => word !== 'none').map((word) => [name, word] as const),
  );
  test.each(words)('%s %s', (_name, word) => {
    const isFinding = kinds.some(({ id }) => id === word);
    expect(explain(word)).toMatch(
      isFinding ? /^## Seen on the wire$/m : new RegExp(`^# \`${word}\`, .*\n\n\\* (what it is|ends by): \\S`, 'm'),
    );
  });

  test('and each is suggested', () => {
    expect(topics()).toEqual(expect.arrayContaining(['leak', 'CLOSE-WAIT', 'fin-wait-2-expired', 'certain', 'filter']));
    expect(topics()).not.toContain('none');
  });
});

test('a leak is a diagnosis, and a cause of half-closed with what to change for it', () => {
  const text = explain('leak')!;
  expect(text).toMatch(/^# Leak of sockets\n/);
  expect(text).toContain('\n# `leak`, a cause of half-closed\n');
  expect(text).toContain('* severity: error');
  expect(text).toMatch(/## What to change\n\n\* `leak`: look for what else holds the descriptor\./);
  expect(text).not.toContain('`killed`');
});

test.each(['close_wait', 'CLOSE-WAIT', 'closewait'])('%s is the state', (word) => {
  expect(explain(word)).toMatch(/^# `CLOSE-WAIT`, a state\n\n\* what it is: the other end has closed/);
});

test('the words of ss are understood', () => {
  expect(explain('ESTAB')).toMatch(/^# `ESTABLISHED`, a state\n/);
  expect(explain('syn-recv')).toMatch(/^# `SYN-RECEIVED`, a state\n/);
});

test('a word of several lists says of each what it is there', () => {
  expect(explain('unknown')!.match(/^# .*$/gm)).toEqual([
    '# `unknown`, an ending of a connection', '# `unknown`, a cause of a RST', '# `unknown`, a verdict',
  ]);
});

test.each(['', ' ', 'none', 'nothing-of-the-kind', '../../package'])('%j is no word', (word) => {
  expect(explain(word)).toBeNull();
});

test('the list has every page once a kind', () => {
  expect(contents().trimEnd().split('\n')).toHaveLength(kinds.length + diagnosisDetectors.length);
});

test('a passage ends where its point does', () => {
  const page =
    '# T\n\n## What to change\n\n* `a`, `b`: one\n  and two.\n\n      code\n\n* `c`: three\n\n`d`: four\n\n    ' +
    'more\n\nfive\n';
  expect(passagesOf(page, 'b')).toEqual([
    { section: 'What to change', markdown: '* `a`, `b`: one\n  and two.\n\n      code' },
  ]);
  expect(passagesOf(page, 'c')).toEqual([{ section: 'What to change', markdown: '* `c`: three' }]);
  expect(passagesOf(page, 'd')).toEqual([{ section: 'What to change', markdown: '`d`: four\n\n    more' }]);
  expect(passagesOf(page, 'e')).toEqual([]);
});

test('a row is told with its headers, and what stands beside the word', () => {
  const page =
    '# T\n\n| cause | what | severity |\n| --- | --- | --- |\n| `x` | this \\| that | error |\n| `x`, possible | | ' +
    'warning |\n';
  expect(passagesOf(page, 'x').map(({ markdown }) => markdown)).toEqual([
    '* what: this | that\n* severity: error', '* cause: `x`, possible\n* severity: warning',
  ]);
});
