import { expect, test } from 'vitest';

import { SYN } from '../../src/decode/segment.js';
import { type Conversation, Conversations, inShort } from './conversations.js';

test('from the fifth open connection on each new one is closed at once', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++) {
    const conversation = capture.begin({ port: 3306 }).open(index * 0.2);
    if (index < 5)
      conversation
        .exchange(index * 0.2 + 0.01)
        .exchange(6 + index * 0.1)
        .close(8 + index * 0.3, 'client')
        .close(8.01 + index * 0.3, 'server');
    else conversation.close(index * 0.2 + 0.004, 'server').close(index * 0.2 + 0.01, 'client');
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error connection-limit server 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ limit: 5, rejected: 7, of: 12 });
  expect(diagnoses[0]!.advice[0]).toContain('`max_connections`');
});

/** PostgreSQL's startup packet, and what it says in place of a session: too_many_connections, or another reason. */
const STARTUP = '\0\0\0\x29\0\x03\0\0user\0app\0database\0app\0client_enc\0\0';
const fatal = (code: string, text: string): string => `E\0\0\0WSFATAL\0VFATAL\0C${code}\0M${text}\0\0`;

/** Sessions of PostgreSQL, of which those from the fifth on are ended by an error. */
function postgresql(error: string): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++) {
    const at = index * 0.2;
    const session = capture.begin({ port: 5432 }).open(at).say(at + 0.003, 'client', STARTUP);
    if (index < 5)
      session.say(at + 0.007, 'server', 340).acknowledge(at + 0.009, 'client').exchange(6 + index * 0.1)
        .close(8 + index * 0.3, 'client').close(8.003 + index * 0.3, 'server');
    else
      session.say(at + 0.007, 'server', error).acknowledge(at + 0.009, 'client').close(at + 0.01, 'server')
        .close(at + 0.013, 'client');
  }
  return capture;
}

test('PostgreSQL turns away by an error, once it has heard who comes', async () => {
  const [told, ...others] = await postgresql(fatal('53300', 'sorry, too many clients already')).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error connection-limit server 10.0.0.2']);
  expect(told!.message).toBe(
    '10.0.0.2:5432 (PostgreSQL) takes 5 connections at a time: 7 of 12 were turned away with a short message while 5 ' +
      'were open.',
  );
});

test('what is left is reserved for superusers, which it looks at behind the authentication', async () => {
  const reserved = `R\0\0\0\x08\0\0\0\0${fatal('53300', 'remaining connection slots are reserved')}`;
  expect((await postgresql(reserved).diagnoses()).map(inShort)).toEqual(['error connection-limit server 10.0.0.2']);
  expect(await postgresql(`R\0\0\0\x08\0\0\0\0${fatal('3D000', 'no such database')}`).diagnoses()).toEqual([]);
});

/** An authentication message of this code, with so many bytes behind its length. */
const authentication = (code: number, length: number): string =>
  `R\0\0\0${String.fromCharCode(length + 4)}\0\0\0${String.fromCharCode(code)}${'x'.repeat(length - 4)}`;

/** Sessions that log in by SCRAM, of which those from the fifth on hear an error behind the right password. */
function scram(error: string): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++) {
    const at = index * 0.2;
    const isFull = index >= 5;
    const session = capture.begin({ port: 5432 }).open(at).exchange(at + 0.003, 0.002, STARTUP, authentication(10, 20))
      .exchange(at + 0.009, 0.004, `p${'x'.repeat(50)}`, authentication(11, 90))
      .exchange(
        at + 0.017, 0.004, `p${'x'.repeat(100)}`,
        `${authentication(12, 54)}R\0\0\0\x08\0\0\0\0${isFull ? error : 'Z'}`,
      );
    if (isFull) session.close(at + 0.0231, 'server').close(at + 0.03, 'client');
    else session.exchange(6 + index * 0.1).close(8 + index * 0.3, 'client').close(8.003 + index * 0.3, 'server');
  }
  return capture;
}

test('how many one role may have it looks at behind the password', async () => {
  const [told, ...others] = await scram(fatal('53300', 'too many connections for role "app"')).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error connection-limit server 10.0.0.2']);
  expect(told!.message).toContain('takes 5 connections at a time: 7 of 12 were turned away with a short message');
  expect(await scram(fatal('28P01', 'password authentication failed')).diagnoses()).toEqual([]);
});

test('so does PgBouncer, whose code is one for all errors', async () => {
  const full = 'E\0\0\0@SFATAL\0C08P01\0Mno more connections allowed (max_client_conn)\0\0';
  expect((await postgresql(full).diagnoses()).map(inShort)).toEqual(['error connection-limit server 10.0.0.2']);
  const unknown = 'E\0\0\0@SFATAL\0C08P01\0Mno such database: app\0\0';
  expect(await postgresql(unknown).diagnoses()).toEqual([]);
});

/** Sessions in which both sides greet, of which those from the fifth on are ended by what the server answers then. */
function greeted(port: number, greeting: string, login: string, answer: string): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++) {
    const at = index * 0.2;
    const session = capture.begin({ port }).open(at).say(at + 0.003, 'server', greeting);
    session.say(at + 0.007, 'client', login);
    if (index < 5)
      session.say(at + 0.011, 'server', 20).exchange(6 + index * 0.1).close(8 + index * 0.3, 'client')
        .close(8.003 + index * 0.3, 'server');
    else session.say(at + 0.011, 'server', answer).close(at + 0.012, 'server').close(at + 0.015, 'client');
  }
  return capture;
}

/** MySQL's greeting, a login in the clear, and its ERR packet of a number behind that. */
const GREETING = `\x64\0\0\0\x0a8.0.36\0${'g'.repeat(92)}`;
const LOGIN = `\x70\0\0\x01\x85\xa2\x3f\0${'\0'.repeat(28)}${'u'.repeat(80)}`;
const refuses = (number: number): string =>
  `\x55\0\0\x02\xff${String.fromCharCode(number & 255, number >> 8)}#42000User 'u' has exceeded${'.'.repeat(56)}`;

test('MySQL turns a user away behind the login: too many of one user; a wrong password is none', async () => {
  for (const number of [1203, 1226]) {
    const [told, ...others] = await greeted(3306, GREETING, LOGIN, refuses(number)).diagnoses();
    expect(others).toEqual([]);
    expect(inShort(told!)).toBe('error connection-limit server 10.0.0.2');
    expect(told!.message).toContain('takes 5 connections at a time: 7 of 12 were turned away with a short message');
    expect(told!.advice[0]).toContain('`max_user_connections`');
  }
  expect((await greeted(3306, GREETING, LOGIN, refuses(1045)).diagnoses()).map(({ id }) => id)).not.toContain(
    'connection-limit',
  );
});

test('rsync turns away once it has heard which module is asked for', async () => {
  const hello = '@RSYNCD: 31.0 sha512 sha256 sha1 md5 md4\n';
  const [told, ...others] = await greeted(
    873, hello, `${hello}data\n`, '@ERROR: max connections (5) reached -- try again later\n',
  ).diagnoses();
  expect(others).toEqual([]);
  expect(inShort(told!)).toBe('error connection-limit server 10.0.0.2');
  expect(told!.advice[0]).toContain('`max connections`');
});

test('a session of PostgreSQL that ends because there is no such database is none', async () => {
  expect(await postgresql(fatal('3D000', 'database "app" does not exist')).diagnoses()).toEqual([]);
});

test('nor are requests to cancel a query, which PostgreSQL closes without an answer', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) {
    const begin = index * 7.1;
    const session = capture.begin({ port: 5432 }).open(begin).exchange(begin + 0.003, 0.004, STARTUP, 340);
    session.exchange(begin + 0.2, 2.1, 'Q\0\0\0\x12SELECT slow()\0');
    capture.begin({ port: 5432 }).open(begin + 2).say(begin + 2.003, 'client', '\0\0\0\x10\x04\xd2\x16\x2eAAAABBBB')
      .close(begin + 2.006, 'server').close(begin + 2.009, 'client');
    const end = begin + 3 + index ** 2 * 0.7;
    session.close(end, 'client').close(end + 0.003, 'server');
  }
  const { diagnoses, findings } = await capture.analyze();
  expect([diagnoses, findings]).toEqual([[], []]);
});

/** A device with room for so many connections ends the oldest for each that comes, by RST behind its SYN. */
function evicting(room: number, count: number, gap: (index: number) => number): Conversations {
  const capture = new Conversations();
  const open: Conversation[] = [];
  let time = 0;
  for (let index = 0; index < count; index++) {
    time += gap(index);
    if (open.length === room) open.shift()!.reset(time + 0.0006, 'server');
    open.push(capture.begin({ port: 23 }).open(time));
    for (const [place, conversation] of open.entries()) conversation.exchange(time + 0.3 + place * 0.1, 0.004, 10, 20);
  }
  capture.until(time + 5);
  return capture;
}

test('a device that ends another connection for each that comes has room for four', async () => {
  const [told, ...others] = await evicting(4, 12, (index) => 3 + (index % 3) * 1.7).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['warning connection-limit server 10.0.0.2']);
  expect(told!.numbers).toMatchObject({ limit: 4, matching: 8, of: 8 });
  expect(told!.message).toBe(
    '10.0.0.2:23 has room for 4 connections: 8 of 8 that it closed by RST gave way to one that came in that moment.',
  );
});

test('connections that come all the time, and a server that closes some, tell nothing of room', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 60; index++) {
    const begin = index * 0.1;
    const conversation = capture.begin().open(begin).exchange(begin + 0.01);
    if (index % 4 === 0) conversation.close(begin + 1.3 + (index % 7) * 0.11, 'server');
  }
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('connection-limit');
});

test('a server that closes behind the last word of one session, when the next one begins, has room', async () => {
  const capture = new Conversations();
  let begin = 0;
  for (let index = 0; index < 12; index++) {
    const session = capture.begin({ port: 25 }).open(begin).exchange(begin + 1.5).exchange(begin + 3 + (index % 3));
    begin += 5 + (index % 3) * 1.3;
    session.say(begin - 0.001, 'client', 'QUIT\r\n').say(begin + 0.001, 'server', '221 bye\r\n');
    session.close(begin + 0.0011, 'server').close(begin + 0.004, 'client');
  }
  capture.begin({ port: 25 }).open(begin).exchange(begin + 1.5);
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('connection-limit');
});

test('two clients of MQTT that share one client ID throw each other out', async () => {
  const capture = new Conversations();
  let old: Conversation | null = null;
  for (let index = 0; index < 14; index++) {
    const begin = index * 1.3 + (index % 3) * 0.1;
    const session = capture.begin({ client: 11 + (index % 2), port: 1883 }).open(begin);
    session.say(begin + 0.003, 'client', '\x10\x1f\x00\x04MQTT\x04\x02\x00\x3c\x00\x13sensor-kitchen-0001');
    old?.close(begin + 0.0045, 'server').close(begin + 0.007, 'client');
    session.say(begin + 0.005, 'server', '\x20\x02\x00\x00').acknowledge(begin + 0.006, 'client');
    session.say(begin + 0.3, 'client', '\x30\x0a\x00\x03a/b12345').acknowledge(begin + 0.301, 'server');
    old = session;
  }
  const analysis = await capture.analyze();
  const [told, ...others] = analysis.diagnoses;
  expect([inShort(told!), ...others]).toEqual(['warning connection-limit client 10.0.0.11']);
  expect(told!.message).toBe(
    '10.0.0.2:1883 (MQTT broker) ends one session for each that begins: 13 of 13 that it closed gave way to one that ' +
      'came in that moment: 2 clients (10.0.0.11, 10.0.0.12) seem to share one client ID.',
  );
  expect([...analysis.connections()].flatMap(({ id }) => analysis.findingsOf(id))).toEqual([]);
});

test('one that is served while as many are open refutes it', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 16; index++) {
    const conversation = capture.begin().open(index * 0.2);
    if (index % 2 === 0)
      conversation
        .exchange(index * 0.2 + 0.01)
        .close(9 + index * 0.3, 'client')
        .close(9.01 + index * 0.3, 'server');
    else conversation.close(index * 0.2 + 0.004, 'server').close(index * 0.2 + 0.01, 'client');
  }
  expect((await capture.diagnoses()).filter(({ id }) => id === 'connection-limit')).toEqual([]);
});

test('short answers of HTTP are none', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++) {
    const conversation = capture
      .begin()
      .open(index * 0.2)
      .exchange(index * 0.2 + 0.003, 0.005, 'GET / HTTP/1.0\r\n\r\n', 'HTTP/1.0 204 No Content\r\n\r\n');
    if (index < 5) conversation.exchange(7 + index * 0.1).close(9 + index, 'client').close(9.01 + index, 'server');
    else conversation.close(index * 0.2 + 0.009, 'server').close(index * 0.2 + 0.02, 'client');
  }
  expect(await capture.diagnoses()).toEqual([]);
});

/** Four workers, each with a connection of its own; the others wait until one closes, unless `atOnce`. */
function workers(atOnce = false): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 10; index++) {
    const start = index * 0.1;
    const room = index < 4 ? start : 5 + (index - 4) * 0.9;
    const session = capture.begin().open(start).say(start + 0.01, 'client', 90).acknowledge(start + 0.011, 'server');
    const at = index < 4 ? start + 0.02 : atOnce ? start + 3 + index * 0.37 : room + 0.0021;
    session.say(at, 'server', 200).acknowledge(at + 0.002, 'client');
    // One of the first four leaves when the fifth comes in, and so on.
    const leaves = index < 6 ? 5 + index * 0.9 : 12 + index * 0.2;
    session.close(leaves, 'client').close(leaves + 0.002, 'server');
  }
  return capture;
}

test('a worker for each connection: what comes while all are held waits until one closes', async () => {
  const [diagnosis, ...others] = await workers().diagnoses();
  expect(others.filter(({ severity }) => severity !== 'info')).toEqual([]);
  expect(inShort(diagnosis!)).toBe('warning connection-limit server 10.0.0.2');
  expect(diagnosis!.message).toBe(
    '10.0.0.2:80 serves 4 connections at a time: 6 others waited up to 8.60 s for their first answer, each until one ' +
      'of them closed.',
  );
});

test('slow answers that come whenever they are ready are no limit', async () => {
  expect((await workers(true).diagnoses()).filter(({ id }) => id === 'connection-limit')).toEqual([]);
});

/** MySQL's ERR packet in place of a greeting: the host is blocked because of many connection errors (1129). */
const BLOCKED = '\x69\0\0\0\xff\x69\x04#HY000Host \'10.0.0.1\' is blocked because of many connection errors';
const BUSY = '421 4.7.0 mx.example Error: too many connections from 10.0.0.1\r\n';

/** Every other second a connection that the server ends with its first word. */
function turnedAway(says: string, port: number): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 9; index++) {
    const begin = index * 2.1;
    capture.begin({ port }).open(begin).say(begin + 0.004, 'server', says).close(begin + 0.0041, 'server')
      .close(begin + 0.007, 'client');
  }
  return capture;
}

test('a limit that others fill shows by its words alone: nobody is open here', async () => {
  const [told, ...others] = await turnedAway(BLOCKED, 3306).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error connection-limit server 10.0.0.2']);
  expect(told!.message).toBe(
    '10.0.0.2:3306 turns away 9 of 9 connections, of 10.0.0.1, with its first word: a limit of its own is reached.',
  );
  expect(told!.advice.join(' ')).toContain('`FLUSH HOSTS`');
});

test('as does one that counts by client, while others are served', async () => {
  const capture = turnedAway(BUSY, 25);
  for (let index = 0; index < 6; index++) {
    const begin = 1 + index * 3.1;
    const session = capture.begin({ client: 20 + index, port: 25 }).open(begin);
    session.say(begin + 0.05, 'server', '220 mx.example ESMTP Postfix\r\n')
      .exchange(begin + 0.1, 0.01, 'EHLO a.example\r\n', '250 mx.example\r\n').say(begin + 1, 'client', 'QUIT\r\n')
      .say(begin + 1.002, 'server', '221 2.0.0 Bye\r\n').close(begin + 1.0021, 'server').close(begin + 1.004, 'client');
  }
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['warning connection-limit server 10.0.0.2']);
  expect(told!.message).toContain('turns away 9 of 15 connections, of 10.0.0.1, with its first word');
});

test('PostgreSQL that grants no TLS turns away behind that answer', async () => {
  const capture = new Conversations();
  const full = fatal('53300', 'sorry, too many clients already');
  for (let index = 0; index < 4; index++) {
    const at = index * 2.3;
    capture.begin({ port: 5432 }).open(at).exchange(at + 0.003, 0.002, '\0\0\0\x08\x04\xd2\x16\x2f', 'N')
      .exchange(at + 0.009, 0.004, STARTUP, full).close(at + 0.0131, 'server').close(at + 0.017, 'client');
  }
  expect((await capture.diagnoses()).map(inShort)).toEqual(['error connection-limit server 10.0.0.2']);
});

/** Four sessions of 22 s every half minute; another client asks meanwhile, and the stack drops its SYN or does not. */
function smallStack(isFull: boolean): Conversations {
  const capture = new Conversations();
  for (let round = 0; round < 5; round++) {
    for (let index = 0; index < 4; index++) {
      const begin = round * 30 + index * 0.3;
      const session = capture.begin({ client: 11 + index }).open(begin);
      for (let turn = 0; turn < 6; turn++) session.exchange(begin + 0.1 + turn * (3 + index * 0.4));
      session.close(begin + 20 + index, 'client').close(begin + 20.01 + index, 'server');
    }
    const late = capture.begin({ client: 20 + round });
    const at = round * 30 + 9 + round * 0.3;
    const begin = isFull ? at + 15 : at;
    if (isFull) for (const after of [0, 1, 3, 7]) late.begins(at + after, SYN);
    late.open(begin).exchange(begin + 0.1).close(begin + 0.3 + round ** 2 * 0.1, 'client').close(begin + 3, 'server');
  }
  return capture;
}

test('a stack that has no room for a fifth connection answers no SYN until one of the four closes', async () => {
  const warnings = (await smallStack(true).diagnoses()).filter(({ severity }) => severity !== 'info');
  expect(warnings.map(inShort)).toEqual(['warning connection-limit server 10.0.0.2']);
  expect(warnings[0]!.message).toContain('answers no SYN while 4 connections or more are open: 5 of 25 connects');
  expect(warnings[0]!.explains).toEqual(['slow-connect']);
  expect((await smallStack(false).diagnoses()).map(({ id }) => id)).not.toContain('connection-limit');
});

/** Clients that speak first, of which the server turns away those from the fifth on, before it hears them. */
function chat(words: string, until = 8): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++) {
    const at = index * 0.3;
    const session = capture.begin({ port: 6667 }).open(at);
    if (index < 4)
      session.exchange(at + 0.003, 0.002, 'NICK a\r\nUSER a 0 * :a\r\n', 900).close(until + index, 'client')
        .close(until + 0.003 + index, 'server');
    else
      session.say(at + 0.0025, 'server', words).close(at + 0.0026, 'server', false)
        .say(at + 0.003, 'client', 'NICK a\r\nUSER a 0 * :a\r\n').reset(at + 0.0041, 'server', { bare: true });
  }
  return capture;
}

test('what the client says when it has been turned away is no request that was served', async () => {
  const [told, ...others] = await chat('!too many of you\r\n').diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error connection-limit server 10.0.0.2']);
  expect(told!.message).toContain('takes 4 connections at a time: 8 of 12 were turned away with a short message');
});

test('IRC turns away by ERROR as its first word, though nobody is seen to be open', async () => {
  const [told, ...others] = await chat('ERROR :Connection refused, too many connections\r\n', 0.2).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error connection-limit server 10.0.0.2']);
  expect(told!.message).toContain('turns away 8 of 12 connections, of 10.0.0.1, with its first word');
});

/** A client that keeps three connections open all the time, and whose fourth gets no answer; others ask meanwhile. */
function countedByClient(areOthersServed: boolean): Conversations {
  const capture = new Conversations();
  for (let round = 0; round < 6; round++) {
    const begin = round * 40;
    for (let index = 0; index < 3; index++) {
      const session = capture.begin({ client: 9 }).open(begin + index * 0.3);
      for (let turn = 0; turn < 6; turn++) session.exchange(begin + 1 + turn * (3 + index * 0.4));
      session.close(begin + 20 + index, 'client').close(begin + 20.01 + index, 'server');
    }
    const late = capture.begin({ client: 9 });
    for (const after of [0, 1, 3, 7]) late.begins(begin + 9 + after, SYN);
    late.open(begin + 24).exchange(begin + 24.1).close(begin + 25 + round ** 2 * 0.1, 'client');
    late.close(begin + 29, 'server');
    for (let index = 0; index < 3; index++) {
      const at = begin + 10 + index * 1.7;
      const other = capture.begin({ client: 21 + index });
      if (!areOthersServed) other.begins(at - 1, SYN);
      other.open(at).exchange(at + 0.1).close(at + 0.3 + round * 0.11, 'client').close(at + 1, 'server');
    }
  }
  return capture;
}

test('a rule that counts by client drops the SYNs of one that has enough, and of nobody else', async () => {
  const warnings = (await countedByClient(true).diagnoses()).filter(({ severity }) => severity !== 'info');
  expect(warnings.map(inShort)).toEqual(['warning connection-limit path 10.0.0.2']);
  expect(warnings[0]!.message).toContain('10.0.0.9 gets no answer to a SYN while it has 3 connections or more to');
  expect(warnings[0]!.numbers).toMatchObject({ limit: 3, matching: 6, of: 24, others: 18 });
  const others = (await countedByClient(false).diagnoses()).filter(({ severity }) => severity !== 'info');
  expect(others.map(({ message }) => message).join()).not.toContain('for each client');
});
