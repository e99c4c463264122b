import { describe, expect, test } from 'vitest';

import { Conversations, inShort } from '../conversations.js';

const POST = 'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n';
const HALF_OF_A_HEAD = 'GET / HTTP/1.1\r\nHost: a\r\nX-';

/** Requests of which `pieces` come, each so many seconds behind its beginning; the server closes `after` seconds. */
function stopped(
  pieces: readonly (readonly [after: number, what: string | number])[], after: number, count = 5,
): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < count; index++) {
    const begin = index * 0.4;
    const one = capture.begin({ client: 7 }).open(begin);
    for (const [later, what] of pieces)
      one.say(begin + 0.01 + later, 'client', what).acknowledge(begin + 0.011 + later, 'server');
    one.close(begin + 0.01 + after + index * 0.001, 'server').close(begin + 0.03 + after, 'client');
  }
  return capture;
}

describe('requests that do not arrive in full, and a server that closes without a word', () => {
  test.each([
    ['a body that stops', [[0, POST], [0.001, 500]]],
    ['a head that stops', [[0, HALF_OF_A_HEAD]]],
    ['a head in two segments that stops', [[0, HALF_OF_A_HEAD], [0.001, 'a: b\r\n']]],
    ['a head of a POST that stops', [[0, 'POST / HTTP/1.1\r\nHost: a\r\n']]],
  ] as const)('%s: it is the request that is looked for', async (_what, pieces) => {
    const diagnoses = await stopped(pieces, 3).diagnoses();
    expect(diagnoses.map(inShort)).toEqual(['warning closed-without-answer server 10.0.0.2']);
    expect(diagnoses[0]!.message).toBe(
      '10.0.0.2:80 closes on requests that do not arrive in full, without a word, 3.00 s after they began (5 of 5).',
    );
    expect(diagnoses[0]!.advice.join(' ')).toMatch(/clients do not send the rest.*`client_header_timeout`/);
    expect(diagnoses[0]!.numbers).toMatchObject({ seconds: 3, matching: 5, of: 5, lost: 5 });
  });

  test('the clock may begin anew with each piece', async () => {
    const capture = new Conversations();
    for (let index = 0; index < 5; index++) {
      const begin = index * 0.4;
      const last = begin + 1 + index * 0.3;
      capture.begin().open(begin).say(begin + 0.01, 'client', POST).acknowledge(begin + 0.011, 'server')
        .say(last, 'client', 700).acknowledge(last + 0.001, 'server')
        .close(last + 4 + index * 0.001, 'server').close(last + 4.1, 'client');
    }
    const [diagnosis] = await capture.diagnoses();
    expect(diagnosis!.message).toContain('without a word, 4.00 s after their last piece (5 of 5)');
  });

  test('once', async () => {
    const diagnoses = await stopped([[0, POST], [0.001, 500]], 3, 1).diagnoses();
    expect(diagnoses.map(inShort)).toEqual(['warning closed-without-answer server 10.0.0.2']);
    expect(diagnoses[0]!.message).toBe(
      '10.0.0.2:80 closed on 1 request that had not arrived in full, without a word, 3.00 s after it began.',
    );
    expect(diagnoses[0]!.advice[0]).toContain('clients do not send the rest');
  });

  test('of one client thirty at once are slowloris', async () => {
    const capture = new Conversations();
    for (let index = 0; index < 30; index++) {
      const begin = index * 0.03;
      const one = capture.begin({ client: 7 }).open(begin).say(begin + 0.01, 'client', HALF_OF_A_HEAD);
      for (const later of [1, 2, 3])
        one.say(begin + later, 'client', 'a: b\r\nX-').acknowledge(begin + later + 0.001, 'server');
      one.close(begin + 4.01, 'server').close(begin + 4.02, 'client');
    }
    const diagnoses = await capture.diagnoses();
    expect(diagnoses.map(inShort)).toEqual(['warning slowloris client 10.0.0.7']);
    expect(diagnoses[0]!.message).toContain('until the server closed 30');
  });
});

describe('what is no such request', () => {
  test.each([
    ['a body that is whole', [[0, POST], [0.001, 9000]]],
    ['a head in two segments', [[0, HALF_OF_A_HEAD], [0.001, 'a: b\r\n\r\n']]],
    ['a head whose empty line is cut in two', [[0, 'GET / HTTP/1.1\r\nHost: a\r\n'], [0.001, '\r\n']]],
    ['a GET with a body', [[0, 'GET /_search HTTP/1.1\r\nContent-Length: 4\r\n\r\n{"a"'], [0.001, '}']]],
    ['another protocol', [[0, 'GET a\n']]],
  ] as const)('%s: the server has all of it, and does not answer', async (_what, pieces) => {
    const diagnoses = await stopped(pieces, 3).diagnoses();
    expect(diagnoses.map(inShort)).toEqual(['error closed-without-answer server 10.0.0.2']);
    expect(diagnoses[0]!.message).toContain('closes without an answer: 3.00 s after the request (5 of 5)');
  });

  test('an upload that flows, and a server that is killed', async () => {
    const capture = new Conversations();
    for (let index = 0; index < 5; index++) {
      const begin = index * 0.4;
      const one = capture.begin().open(begin).say(begin + 0.01, 'client', POST);
      for (let piece = 0; piece < 5; piece++) one.say(begin + 0.1 + piece * 0.05, 'client', 1400);
      one.reset(begin + 0.3 + index * 0.01, 'server');
    }
    const [diagnosis] = await capture.diagnoses();
    expect(diagnosis?.message ?? '').not.toContain('do not arrive in full');
  });
});

/** Uploads that are answered before they have come. */
function refused(how: 'fin' | 'reset', isSending: boolean): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    const begin = index * 0.7;
    const one = capture.begin({ port: 8000 }).open(begin)
      .say(begin + 0.01, 'client', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n');
    if (isSending) for (let piece = 0; piece < 8; piece++) one.say(begin + 0.011 + piece * 1e-4, 'client', 1400);
    one.acknowledge(begin + 0.012, 'server')
      .say(begin + 0.016, 'server', 'HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n')
      .acknowledge(begin + 0.0161, 'client');
    if (how === 'reset') one.close(begin + 0.0162, 'server', false).reset(begin + 0.0163, 'server');
    else {
      one.close(begin + 0.0162, 'server');
      if (isSending) one.say(begin + 0.019, 'client', 1400).reset(begin + 0.0192, 'server', { bare: true });
      else one.close(begin + 0.02, 'client');
    }
  }
  return capture;
}

describe('a server that answers an upload and closes before it has read it', () => {
  test.each(['fin', 'reset'] as const)('by %s: one story', async (how) => {
    const analysis = await refused(how, true).analyze();
    expect(analysis.diagnoses.map(inShort)).toEqual(['error closed-without-answer server 10.0.0.2']);
    expect(analysis.diagnoses[0]!.message).toContain(
      'answers and closes before it has read all that its clients send (4 of 4)',
    );
    const loud = analysis.findings.filter(({ severity }) => severity !== 'info');
    expect(loud.filter((finding) => analysis.explanationOf(finding) === null)).toEqual([]);
  });

  test('of a body that the client keeps back (Expect: 100-continue) nothing is lost', async () => {
    expect((await refused('fin', false).diagnoses()).filter(({ severity }) => severity !== 'info')).toEqual([]);
  });
});
