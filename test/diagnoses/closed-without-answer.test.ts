import { expect, test } from 'vitest';

import { Conversations, inShort } from './conversations.js';

test('a server closes three seconds after each request', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const start = index * 0.9;
    capture
      .begin({ port: 8080 })
      .open(start)
      .say(start + 0.01, 'client', 80)
      .acknowledge(start + 0.011, 'server')
      .close(start + 3.012 + index * 0.001, 'server')
      .close(start + 3.02, 'client');
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error closed-without-answer server 10.0.0.2']);
  expect(diagnoses[0]!.message).toBe(
    '10.0.0.2:8080 closes without an answer: 3.00 s after the request (5 of 5); 5 requests of 5 unanswered.',
  );
});

test('or at once', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++)
    capture
      .begin()
      .open(index)
      .say(index + 0.01, 'client', 80)
      .acknowledge(index + 0.011, 'server')
      .reset(index + 0.0115, 'server');
  const [diagnosis] = await capture.diagnoses();
  expect(diagnosis!.message).toContain('at once (4 requests of 4)');
});

test('loggers that never look at the close of their server wait for no answer', async () => {
  const capture = new Conversations();
  for (let client = 10; client < 20; client++) {
    const start = (client - 10) * 0.3;
    const logger = capture.begin({ client, port: 10_514 }).open(start);
    for (const later of [0.1, 1.1, 2.1])
      logger.say(start + later, 'client', 120).acknowledge(start + later + 0.01, 'server');
    logger.close(start + 14, 'server');
  }
  capture.until(600);
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('closed-without-answer');
});

test('connections from before the capture, of which the close is the first that is seen, were not turned away', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 7; index++)
    capture
      .begin({ port: 6379 })
      .standing()
      .close(index * 0.9, 'server')
      .say(index * 0.9 + 6.8, 'client', 27)
      .reset(index * 0.9 + 6.801, 'server', { bare: true });
  capture.begin({ port: 6379 }).open(3).exchange(3.1).exchange(4).close(9, 'client').close(9.01, 'server');
  const ids = (await capture.diagnoses()).map(({ id }) => id);
  expect(ids).not.toContain('closed-without-answer');
  expect(ids).not.toContain('connection-limit');
});

test('a server that closes behind QUIT has answered', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++)
    capture
      .begin()
      .open(index)
      .exchange(index + 0.01)
      .say(index + 0.1, 'client', 'QUIT\r\n')
      .close(index + 0.101, 'server')
      .close(index + 0.11, 'client');
  expect(await capture.diagnoses()).toEqual([]);
});

test('an answer that the tap missed is one: the sequence numbers say so', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const conversation = capture.begin().open(index).say(index + 0.01, 'client', 80).say(index + 0.02, 'server', 200);
    capture.frames.pop();
    conversation.close(index + 3, 'server').close(index + 3.01, 'client');
  }
  expect((await capture.diagnoses()).filter(({ id }) => id === 'closed-without-answer')).toEqual([]);
});

test('a server that aborts in the middle of its answers', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++)
    capture
      .begin({ port: 7000 })
      .open(index * 0.4)
      .say(index * 0.4 + 0.01, 'client', 90)
      .acknowledge(index * 0.4 + 0.011, 'server')
      .say(index * 0.4 + 0.02, 'server', 1200)
      .acknowledge(index * 0.4 + 0.022, 'client')
      .say(index * 0.4 + 0.0225, 'server', 1200, true)
      .reset(index * 0.4 + 0.023, 'server');
  const [diagnosis, ...others] = await capture.diagnoses();
  expect(others).toEqual([]);
  expect(inShort(diagnosis!)).toBe('error closed-without-answer server 10.0.0.2');
  expect(diagnosis!.message).toBe(
    '10.0.0.2:7000 aborts by RST in the middle of its answers (4 of 4): up to 1200 bytes that it had sent were ' +
      'thrown away.',
  );
});

/** Uploads that a server answers and then aborts; of some the answer came as far as the client's last segments. */
function hungUp(count: number, heard: number): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < count; index++) {
    const begin = index * 0.5;
    const upload = capture
      .begin({ port: 3306 })
      .open(begin)
      .exchange(begin + 0.01)
      .say(begin + 0.03, 'client', 1400)
      .acknowledge(begin + 0.031, 'server');
    for (let piece = 0; piece < 4; piece++) upload.say(begin + 0.04 + piece * 1e-5, 'client', 1400);
    upload.say(begin + 0.0402, 'server', 64);
    if (index < heard)
      for (let piece = 0; piece < 4; piece++) upload.say(begin + 0.0403 + piece * 1e-5, 'client', 1400, true);
    upload.reset(begin + 0.041, 'server');
  }
  return capture;
}

test('whether the client has acknowledged the answer or not, it is one fault', async () => {
  for (const heard of [2, 3, 4]) {
    const analysis = await hungUp(6, heard).analyze();
    expect(analysis.diagnoses.map(inShort)).toEqual(['error closed-without-answer server 10.0.0.2']);
    expect(analysis.diagnoses[0]!.numbers).toMatchObject({ matching: 6, of: 6 });
    const faults = analysis.findings.filter(({ severity }) => severity !== 'info');
    expect(faults.filter((finding) => analysis.explanationOf(finding) === null)).toEqual([]);
  }
});

test('a server that answers and closes before it has read all: its RST throws the answer away', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const begin = index * 0.5;
    capture
      .begin({ port: 3306 })
      .open(begin)
      .exchange(begin + 0.01)
      .say(begin + 0.03, 'client', 1400)
      .acknowledge(begin + 0.031, 'server')
      .say(begin + 0.04, 'client', 1400, true)
      .say(begin + 0.0401, 'client', 1400, true)
      .say(begin + 0.0402, 'server', 64, true)
      .acknowledge(begin + 0.0403, 'client')
      .reset(begin + 0.041, 'server');
  }
  const [diagnosis, ...others] = await capture.diagnoses();
  expect([inShort(diagnosis!), ...others]).toEqual(['error closed-without-answer server 10.0.0.2']);
  expect(diagnosis!.message).toBe(
    '10.0.0.2:3306 answers and closes before it has read all that its clients send (5 of 5): the RST of that close ' +
      'threw its answers away, up to 64 bytes.',
  );
  expect(diagnosis!.advice[0]).toContain('max_allowed_packet');
});

test.each(['server', 'client'])('a server ends what does not arrive in full by 408; %s closes first', async (who) => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const ended = capture
      .begin()
      .open(index * 0.4)
      .say(index * 0.4 + 0.01, 'client', 'GET / HTTP/1.1\r\nHost:')
      .acknowledge(index * 0.4 + 0.011, 'server')
      .say(index * 0.4 + 4.01, 'server', 'HTTP/1.1 408 Request Time-out\r\nConnection: close\r\n\r\n');
    if (who === 'server') ended.close(index * 0.4 + 4.011, 'server').close(index * 0.4 + 4.02, 'client');
    else ended.acknowledge(index * 0.4 + 4.0101, 'client').reset(index * 0.4 + 4.0103, 'client');
  }
  const [diagnosis, ...others] = await capture.diagnoses();
  expect(others).toEqual([]);
  expect(inShort(diagnosis!)).toBe('warning closed-without-answer server 10.0.0.2');
  expect(diagnosis!.message).toBe(
    '10.0.0.2:80 ends requests that do not arrive in full by 408, 4.00 s after they began (5 of 5).',
  );
});

test('a proxy that finds nobody behind it closes while the first request is under way', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++)
    capture
      .begin({ port: 8080 })
      .open(index)
      .say(index + 0.003, 'client', 83, true)
      .close(index + 0.0035, 'server', false)
      .reset(index + 0.005, 'server', { bare: true });
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error closed-without-answer server 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ atOnce: 6, of: 6 });
});

test('a limit that passes unseen until the next request comes: it is closed in place of an answer', async () => {
  const capture = new Conversations();
  const get = 'GET / HTTP/1.1\r\n\r\n';
  const okay = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
  for (let index = 0; index < 6; index++) {
    const start = index * 1.7;
    capture
      .begin({ port: 3000 })
      .open(start)
      .exchange(start + 0.01, 0.005, get, okay)
      .exchange(start + 12 + index, 0.005, get, okay)
      .say(start + 54 + 2 * index, 'client', get)
      .close(start + 54.002 + 2 * index, 'server')
      .close(start + 54.01 + 2 * index, 'client');
  }
  const [diagnosis, ...others] = await capture.diagnoses();
  expect(others).toEqual([]);
  expect(inShort(diagnosis!)).toBe('error closed-without-answer server 10.0.0.2');
  expect(diagnosis!.message).toBe(
    '10.0.0.2:3000 closes without an answer: at once (6 requests of 6, each behind a silence of 41.99 s or more); 6 ' +
      'requests of 6 unanswered.',
  );
  expect(diagnosis!.advice[0]).toContain('server.headersTimeout');
  expect(diagnosis!.numbers['silence']).toBeCloseTo(42, 1);
});

test('a server that answers an upload before it has read it: its RST meets the client that still sends', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    const upload = capture.begin({ port: 8000 }).open(index).say(index + 0.01, 'client', 'POST / HTTP/1.1\r\n\r\n');
    for (let piece = 0; piece < 5; piece++) upload.say(index + 0.011 + piece * 1e-4, 'client', 1400);
    upload.acknowledge(index + 0.014, 'server');
    for (let piece = 0; piece < 5; piece++) upload.say(index + 0.015 + piece * 1e-4, 'client', 1400, true);
    upload.say(index + 0.016, 'server', 'HTTP/1.1 413 Too Large\r\n\r\n').say(index + 0.0161, 'client', 1400, true);
    upload.reset(index + 0.0162, 'server');
  }
  const [diagnosis, ...others] = await capture.diagnoses();
  expect(others).toEqual([]);
  expect(inShort(diagnosis!)).toBe('error closed-without-answer server 10.0.0.2');
  expect(diagnosis!.message).toBe(
    '10.0.0.2:8000 answers and closes before it has read all that its clients send (4 of 4): the RST of that close ' +
      'meets them while they send, and they may never read the answer.',
  );
});

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n';

/** Answers of which the server sends so much, and closes so long after they began. */
function cutShort(parts: readonly (readonly [bytes: number, after: number])[]): Conversations {
  const capture = new Conversations();
  for (const [index, [bytes, after]] of parts.entries()) {
    const start = index * 1.7;
    capture.begin({ client: 10 + index }).open(start).say(start + 0.01, 'client', GET).say(start + 0.02, 'server', HEAD)
      .say(start + 0.03, 'server', bytes).acknowledge(start + 0.04, 'client')
      .close(start + 0.02 + after, 'server').close(start + 0.03 + after, 'client');
  }
  return capture;
}

test('answers that end before the length that they announce: one story, with what is missing', async () => {
  const diagnoses = await cutShort([[900, 0.3], [1200, 0.9], [700, 0.2], [1000, 2.1]]).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error closed-without-answer server 10.0.0.2']);
  expect(diagnoses[0]!.message).toBe(
    '10.0.0.2:80 closes in the middle of its answers (4 of 4): up to 99300 bytes that they had announced never came.',
  );
  expect(diagnoses[0]).toMatchObject({
    explains: ['incomplete-message'], numbers: { matching: 4, of: 4, missing: 99_300 },
  });
});

test('by a limit of time, or of size', async () => {
  const [time] = await cutShort([[900, 3], [1200, 3.01], [700, 3.005], [1000, 3.002]]).diagnoses();
  expect(time!.message).toContain('in the middle of its answers (4 of 4), 3.00 s after each began: ');
  const [size] = await cutShort([[1000, 0.3], [1000, 0.9], [1000, 0.2], [1000, 2.1]]).diagnoses();
  expect(size!.message).toContain('in the middle of its answers (4 of 4), each after 1000 bytes: ');
});

test('one or two are told by themselves', async () => {
  const analysis = await cutShort([[900, 0.3], [1200, 0.9]]).analyze();
  expect(analysis.diagnoses).toEqual([]);
  expect(analysis.findings.map(({ id, cause }) => `${id} ${cause}`)).toEqual([
    'incomplete-message answer', 'incomplete-message answer',
  ]);
});

test('a server that answers two questions of each client, and closes upon the third', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++)
    capture
      .begin({ port: 6033 })
      .open(index)
      .exchange(index + 0.01, 0.005, 200)
      .exchange(index + 0.2, 0.005, 220)
      .say(index + 0.4, 'client', 210)
      .close(index + 0.403, 'server')
      .close(index + 0.41, 'client');
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error closed-without-answer server 10.0.0.2']);
  expect(diagnoses[0]!.message).toBe(
    '10.0.0.2:6033 closes without an answer: at once (4 requests of 4); 4 requests of 4 unanswered.',
  );
});

/** POSTs that a server answers by 413 and closes while they come; or requests on connections that it had closed. */
function tooLarge(isUpload: boolean): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const begin = index * 0.9;
    const upload = capture.begin().open(begin).say(begin + 0.01, 'client', 'POST / HTTP/1.1\r\n\r\n');
    for (let piece = 0; piece < 5; piece++) upload.say(begin + 0.011 + piece * 1e-4, 'client', 1400);
    if (!isUpload) upload.say(begin + 0.0116, 'client', 300);
    upload.say(begin + 0.016, 'server', 'HTTP/1.1 413 Too Large\r\n\r\n').close(begin + 0.0162, 'server', false);
    if (!isUpload) upload.acknowledge(begin + 0.0165, 'client');
    upload.say(begin + (isUpload ? 0.0164 : 0.4), 'client', isUpload ? 1400 : 90, true);
    upload.reset(begin + (isUpload ? 0.0165 : 0.401), 'server', { bare: true });
  }
  return capture;
}

test('a server that closes by FIN while an upload comes has answered too early; nobody used the connection again', async () => {
  const [told, ...others] = await tooLarge(true).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error closed-without-answer server 10.0.0.2']);
  expect(told!.message).toContain('answers and closes before it has read all that its clients send (5 of 5)');
  expect((await tooLarge(false).diagnoses()).map(({ id }) => id)).toEqual(['keep-alive-mismatch']);
});

test('answers that are cut off, and those of which the end is thrown away, are of one habit', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) {
    const begin = index * 0.9;
    const length = index % 2 === 0 ? 9000 : 1000;
    capture
      .begin()
      .open(begin)
      .say(begin + 0.01, 'client', 'GET / HTTP/1.1\r\n\r\n')
      .say(begin + 0.02, 'server', `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${'x'.repeat(1000)}`)
      .reset(begin + 0.0201, 'server');
  }
  const analysis = await capture.analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['error closed-without-answer server 10.0.0.2']);
  expect(analysis.diagnoses[0]!.message).toContain('aborts by RST in the middle of its answers (4 of 8)');
  expect(analysis.diagnoses[0]!.message).toContain('Of 4 others it threw away the end.');
  const faults = analysis.findings.filter(({ severity }) => severity !== 'info');
  expect(faults.filter((finding) => analysis.explanationOf(finding) === null)).toEqual([]);
});

/** A proxy of two servers, of which one is down; or is down now and then, and not when the proxy closes. */
function balanced(isCause: boolean): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++) {
    const begin = index * 0.8;
    const front = capture.begin({ port: 7000 }).open(begin).say(begin + 0.003, 'client', 30);
    if (index % 2 === 1) {
      front.say(begin + 0.01, 'server', 9).close(begin + 0.02, 'client').close(begin + 0.021, 'server');
      continue;
    }
    capture.refused(begin + (isCause ? 0.0035 : 0.4), { client: 2, server: 3, port: 6380 });
    front.close(begin + 0.006, 'server').close(begin + 0.008, 'client');
  }
  return capture;
}

test('a proxy that closes because what it asks refuses it: one story, of who should listen', async () => {
  const analysis = await balanced(true).analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['error closed-without-answer server 10.0.0.3']);
  expect(analysis.diagnoses[0]!.message).toBe(
    '10.0.0.2:7000 closes without an answer: at once (6 requests of 12), each time refused by 10.0.0.3:6380, which it ' +
      'asks; 6 requests of 12 unanswered.',
  );
  expect(analysis.diagnoses[0]!.advice[0]).toContain('ss -ltnp');
  const loud = analysis.findings.filter(({ severity }) => severity !== 'info');
  expect(loud.filter((finding) => analysis.explanationOf(finding) === null)).toEqual([]);
});

test('what is refused to it at other times is another story', async () => {
  expect((await balanced(false).diagnoses()).map(inShort).toSorted()).toEqual([
    'error closed-without-answer server 10.0.0.2', 'warning retries client 10.0.0.2',
  ]);
});

test('sources of a stream that fall silent are closed so long after their last byte', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const [at, pieces] = [index * 0.6, 8 + index * 2];
    const source = capture.begin({ port: 8000 }).open(at).exchange(at + 0.003, 0.002, 'SOURCE /s HTTP/1.0\r\n', 19);
    for (let piece = 0; piece < pieces; piece++)
      source.say(at + 0.1 + piece * 0.25, 'client', 1400).acknowledge(at + 0.101 + piece * 0.25, 'server');
    const end = at + 0.1 + (pieces - 1) * 0.25 + 4.5;
    source.close(end, 'server').close(end + 0.1, 'client');
  }
  const [told, ...others] = (await capture.diagnoses()).filter(({ severity }) => severity !== 'info');
  expect([told!.id, ...others]).toEqual(['closed-without-answer']);
  expect(told!.message).toContain('4.50 s after the last byte of the request (5 of 5)');
  expect(told!.advice[0]).toContain('waits for the rest');
});
