import { expect, test } from 'vitest';

import { ACK, FIN } from '../../src/decode/segment.js';
import { Conversations, inShort } from './conversations.js';

test('a server closes what is idle for five seconds, and its clients write on', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const start = index * 0.7;
    const late = start + 0.015 + 5.003 + index * 0.002;
    capture
      .begin({ port: 6379 })
      .open(start)
      .exchange(start + 0.01, 0.005, '*1\r\n$4\r\nPING\r\n', '+PONG\r\n')
      .close(late, 'server')
      .say(late + 2, 'client', 30)
      .reset(late + 2.001, 'server', { bare: true });
  }
  const [diagnosis, ...others] = await capture.diagnoses();
  expect(others).toEqual([]);
  expect(inShort(diagnosis!)).toBe('error idle-limit server 10.0.0.2');
  expect(diagnosis!.message).toBe(
    '10.0.0.2:6379 (redis) closes connections that are idle for 5.00 s (6 of 6); 6 requests came later and were ' +
      'lost.',
  );
  expect(diagnosis!.numbers).toMatchObject({ matching: 6, of: 6, lost: 6 });
  expect(diagnosis!.advice.join(' ')).toContain('`timeout`');
  expect(diagnosis!.explains).toContain('rst-after-push');
});

/** Ended by RSTs without ACK after three minutes: out of the silence, or in answer to a segment. */
function endedBare(isDrawn: boolean): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const begin = index * 7.3;
    const conversation = capture.begin().open(begin).exchange(begin + 1).exchange(begin + 3);
    if (isDrawn) conversation.acknowledge(begin + 183, 'client');
    conversation.reset(begin + 183.01 + index * 0.02, 'server', { bare: true });
  }
  return capture;
}

test('a RST without ACK that nothing has drawn is a clock, too; one that answers a segment is none', async () => {
  const [told, ...others] = await endedBare(false).diagnoses();
  expect([inShort(told!), told!.confidence, ...others]).toEqual(['warning idle-limit server 10.0.0.2', 'likely']);
  expect(told!.numbers['seconds']).toBeCloseTo(180, 0);
  expect((await endedBare(true).diagnoses()).map(({ id }) => id)).not.toContain('idle-limit');
});

test('a limit that a balancer is known for, by RST, may be the balancer\'s', async () => {
  for (const [seconds, told] of [[240, true], [200, false]] as const) {
    const capture = new Conversations();
    for (let index = 0; index < 5; index++) {
      const begin = index * 11.7;
      capture.begin({ port: 27017 }).open(begin).exchange(begin + 1).reset(begin + 1.01 + seconds, 'server');
    }
    const [diagnosis] = await capture.diagnoses();
    expect(inShort(diagnosis!)).toBe('warning idle-limit server 10.0.0.2');
    expect(diagnosis!.message.endsWith('So does a box before it: 240 s (Azure Load Balancer and NAT).')).toBe(told);
  }
});

test('a protocol that many programs speak names none of them for sure', async () => {
  const bind = '0\x0c\x02\x01\x01`\x07\x02\x01\x03\x04\x00\x80\x00';
  for (const [port, request, answer, setting] of [
    [389, bind, bind, '`MaxConnIdleTime` of its LDAP policies (900 s by default)'],
    [25, 'EHLO a.example\r\n', '220 mail.example ESMTP MAIL Service\r\n', 'if this is Postfix: `smtpd_timeout`'],
  ] as const) {
    const capture = new Conversations();
    for (let index = 0; index < 5; index++) {
      const begin = index * 21.7;
      const conversation = capture.begin({ port }).open(begin).exchange(begin + 1, 0.005, request, answer);
      conversation.close(begin + 902, 'server').say(begin + 1000, 'client', request);
      conversation.reset(begin + 1000.001, 'server', { bare: true });
    }
    const [told] = await capture.diagnoses();
    expect(told!.message).toContain(`10.0.0.2:${port} closes connections that are idle for`);
    expect(told!.advice.join(' ')).toContain(setting);
  }
});

test('and where nothing comes later it is information', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++)
    capture
      .begin()
      .open(index)
      .exchange(index + 0.01)
      .close(index + 5.017 + index * 0.001, 'server')
      .close(index + 5.03, 'client');
  expect((await capture.diagnoses()).map(inShort)).toEqual(['info idle-limit server 10.0.0.2']);
});

test('a clock that looks once a second', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) {
    const close = Math.ceil(index * 0.83 + 5.02);
    capture
      .begin()
      .open(index * 0.83)
      .exchange(index * 0.83 + 0.01)
      .close(close, 'server')
      .close(close + 0.01, 'client');
  }
  const [diagnosis] = await capture.diagnoses();
  expect(diagnosis!.message).toMatch(/idle for 5\.\d\d to [56]\.\d\d s \(8 of 8\)/);
  expect(diagnosis!.numbers['seconds']).toBe(5);
});

test('people close after any time: no limit', async () => {
  const capture = new Conversations();
  for (const [index, idle] of [1.4, 2.9, 7.3, 4.4, 11, 3.1, 1.9].entries())
    capture
      .begin()
      .open(index)
      .exchange(index + 0.01)
      .close(index + idle, 'server')
      .close(index + idle + 0.01, 'client');
  expect(await capture.diagnoses()).toEqual([]);
});

test('no limit where more lived through longer pauses', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 3; index++)
    capture
      .begin()
      .open(index)
      .exchange(index + 0.01)
      .close(index + 5.015, 'server')
      .close(index + 5.03, 'client');
  for (let index = 0; index < 5; index++)
    capture
      .begin()
      .open(index)
      .exchange(index + 0.01)
      .exchange(index + 9)
      .close(index + 9.1, 'client')
      .close(index + 9.2, 'server');
  expect(await capture.diagnoses()).toEqual([]);
});

test('a process that ends closes all at once, however long each was idle', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++)
    capture
      .begin()
      .open(index * 0.001)
      .exchange(index * 0.001 + 0.01)
      .close(6 + index * 1e-5, 'server')
      .close(6.01 + index * 1e-4, 'client');
  expect(await capture.diagnoses()).toEqual([]);
});

test('a name that a proxy may have passed on from behind is not taken for its own', async () => {
  for (const [behind, told] of [['nginx', false], ['gunicorn', true]] as const) {
    const capture = new Conversations();
    for (let index = 0; index < 5; index++) {
      const [start, close] = [index * 0.9, index * 0.9 + 4.02 + index * 0.001];
      const leg = (client: number, server: number, product: string): void => {
        const conversation = capture.begin({ client, server, port: 8000 + server }).open(start);
        conversation.exchange(
          start + 0.01, 0.005, 'GET / HTTP/1.1\r\n\r\n', `HTTP/1.1 200 OK\r\nServer: ${product}\r\n\r\n`,
        );
        conversation.close(close, server === 2 ? 'server' : 'client');
        conversation.close(close + 0.01, server === 2 ? 'client' : 'server');
      };
      leg(1, 2, 'nginx');
      leg(2, 3, behind);
    }
    const [diagnosis] = await capture.diagnoses();
    expect(diagnosis!.message.includes('10.0.0.2 (nginx) closes both legs')).toBe(told);
    expect(diagnosis!.advice.join(' ').includes('if this is nginx')).toBe(!told);
  }
});

test('a proxy that closes both legs is told once', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const [start, close] = [index * 0.9, index * 0.9 + 4.02 + index * 0.001];
    capture
      .begin({ client: 1, server: 2, port: 5000 })
      .open(start)
      .exchange(start + 0.01)
      .close(close, 'server')
      .close(close + 0.01, 'client');
    capture
      .begin({ client: 2, server: 3, port: 6379 })
      .open(start + 0.003)
      .exchange(start + 0.011, 0.003)
      .close(close + 0.0004, 'client')
      .close(close + 0.01, 'server');
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['info idle-limit proxy 10.0.0.2']);
  expect(diagnoses[0]!.message).toContain('closes both legs');
  expect(diagnoses[0]!.numbers).toMatchObject({ matching: 5, legs: 10 });
});

/** A server looks every two seconds, and closes all that have been idle for seven; the last one so much later. */
function everyTwoSeconds(late = 0): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++) {
    const start = index * 0.53;
    const last = start + 0.015;
    const close = 2 * Math.ceil((last + 7) / 2) + index * 1e-5 + (index === 11 ? late : 0);
    const idle = capture.begin({ port: 389 }).open(start).exchange(start + 0.01).close(close, 'server');
    idle.say(close + 1.5, 'client', 30).reset(close + 1.501, 'server', { bare: true });
  }
  return capture;
}

test('one that it closes a round later is of the same story', async () => {
  const analysis = await everyTwoSeconds(2).analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['error idle-limit server 10.0.0.2']);
  expect(analysis.findings.filter((finding) => analysis.explanationOf(finding) === null)).toEqual([]);
});

test('a server that looks every two seconds, and closes all that have been idle for seven', async () => {
  const capture = everyTwoSeconds();
  const [diagnosis, ...others] = await capture.diagnoses();
  expect(others).toEqual([]);
  expect(inShort(diagnosis!)).toBe('error idle-limit server 10.0.0.2');
  expect(diagnosis!.message).toMatch(/idle for 7\.\d\d to [89]\.\d\d s \(12 of 12\)/);
  expect(diagnosis!.numbers['seconds']).toBe(7);
});

test('a server that closes some of the idle in rounds, the younger ones too, has no limit', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++) {
    const start = index * 0.53;
    const close = [8, 12, 10][index % 3]! + index * 1e-5;
    capture.begin().open(start).exchange(start + 0.01).close(close, 'server').close(close + 0.01, 'client');
  }
  expect((await capture.diagnoses()).filter(({ id }) => id === 'idle-limit')).toEqual([]);
});

/** A broker greets, pings every two seconds, and is not answered. */
function unheard(capture: Conversations, index: number, first: string, greeting = 'INFO {"server_id":"N"}\r\n'): void {
  const start = index * 0.3;
  capture
    .begin({ port: 4222 })
    .open(start)
    .say(start + 0.01, 'server', greeting)
    .say(start + 0.02, 'client', first)
    .say(start + 0.021, 'server', 'PONG\r\n')
    .say(start + 2.021, 'server', 'PING\r\n')
    .say(start + 4.021, 'server', 'PING\r\n')
    .acknowledge(start + 4.023, 'client')
    .close(start + 6.021 + index * 0.001, 'server')
    .close(start + 6.03, 'client');
}

test('a server gives up clients that answer none of its pings: their silence counts, and not its own', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) unheard(capture, index, 'CONNECT {"verbose":false}\r\nPING\r\n');
  const [diagnosis, ...others] = await capture.diagnoses();
  expect(others).toEqual([]);
  expect(inShort(diagnosis!)).toBe('warning idle-limit server 10.0.0.2');
  expect(diagnosis!.message).toBe(
    '10.0.0.2:4222 (NATS) closes connections whose client has said nothing for 6.00 s (5 of 5), though it spoke ' +
      'itself meanwhile (pings, heartbeats); nothing was lost.',
  );
  expect(diagnosis!.numbers['seconds']).toBeCloseTo(6, 1);
  expect(diagnosis!.advice.join(' ')).toContain('`ping_interval`');
});

/** A record of TLS 1.3 of so many bytes: its head, what is in it, its type and tag. */
const record = (length: number): string =>
  `\x17\x03\x03\0${String.fromCharCode(length - 5)}${'x'.repeat(length - 5)}`;

/** A ClientHello. */
const HELLO = `\x16\x03\x01\x00\xc3\x01\x00${'x'.repeat(193)}`;

/** The alert with which an end of TLS 1.3 closes: 24 bytes. */
const CLOSE_NOTIFY = record(24);

test('a good-bye that comes behind the close is no request', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const start = index * 0.7;
    capture
      .begin({ port: 443 })
      .open(start)
      .exchange(start + 0.01, 0.005, HELLO, 900)
      .exchange(start + 0.1)
      .say(start + 5.103, 'server', CLOSE_NOTIFY)
      .close(start + 5.1031, 'server')
      .say(start + 5.107, 'client', CLOSE_NOTIFY)
      .reset(start + 5.1071, 'server', { bare: true });
  }
  const [diagnosis, ...others] = await capture.diagnoses();
  expect(others).toEqual([]);
  expect(inShort(diagnosis!)).toBe('info idle-limit server 10.0.0.2');
  expect(diagnosis!.message).toContain('closes connections that are idle for 5.00 s (6 of 6); nothing was lost.');
});

/** Of a client that writes, reads the end of the stream, and closes: all in less than a millisecond. */
function blocking(first: string, answer: string, last: string): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const start = index * 0.7;
    const late = start + 0.015 + 5.003 + index * 0.002;
    capture
      .begin({ port: 9000 })
      .open(start)
      .exchange(start + 0.01, 0.005, first, answer)
      .close(late, 'server')
      .say(late + 2, 'client', last)
      .send(late + 2.0001, 'client', FIN | ACK)
      .reset(late + 2.001, 'server', { bare: true })
      .reset(late + 2.0011, 'server', { bare: true });
  }
  return capture;
}

test('a short request is none the less one where its client closes right behind it', async () => {
  const get = '*2\r\n$3\r\nGET\r\n$1\r\nk\r\n';
  const startup = `\0\0\0\x13\0\x03\0\0user\0app\0\0`;
  const ready = 'R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I';
  const lost = [
    blocking(get, '$1\r\nx\r\n', get), blocking(startup, ready, 'Q\0\0\0\x0dSELECT 1\0'),
    blocking('frame of 20 bytes...', 'answer', 'frame of 20 bytes...'),
  ];
  for (const capture of lost) {
    const [diagnosis, ...others] = await capture.diagnoses();
    expect([inShort(diagnosis!), ...others]).toEqual(['error idle-limit server 10.0.0.2']);
    expect(diagnosis!.numbers).toMatchObject({ matching: 6, lost: 6 });
  }
  const goodByes = [
    blocking(get, '$1\r\nx\r\n', '*1\r\n$4\r\nQUIT\r\n'), blocking(startup, ready, 'X\0\0\0\x04'),
    blocking('frame of 20 bytes...', 'answer', 'the end'),
    // What follows a SSLRequest that was granted is encrypted.
    blocking('\0\0\0\x08\x04\xd2\x16\x2f', 'S', `\x17\x03\x03\0\x16${'x'.repeat(22)}`),
  ];
  for (const capture of goodByes) {
    const [diagnosis, ...others] = await capture.diagnoses();
    expect([inShort(diagnosis!), ...others]).toEqual(['info idle-limit server 10.0.0.2']);
    expect(diagnosis!.numbers['lost']).toBe(0);
  }
});

/** A frame of HTTP/2 of a type, on stream 0 (RFC 9113 §4.1). */
const frame = (type: number, length: number): string =>
  `\0\0${String.fromCharCode(length)}${String.fromCharCode(type)}\0\0\0\0\0${'\0'.repeat(length)}`;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

test('a server of HTTP/2 says GOAWAY after the idle time, and Go closes a second later', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const start = index * 0.7;
    capture
      .begin({ port: 443 })
      .open(start)
      .exchange(start + 0.01, 0.005, HELLO, 900)
      .exchange(start + 0.1)
      .say(start + 5.105, 'server', record(39))
      .acknowledge(start + 5.107, 'client')
      .say(start + 6.106, 'server', CLOSE_NOTIFY)
      .close(start + 6.1061, 'server')
      .say(start + 6.11, 'client', CLOSE_NOTIFY)
      .reset(start + 6.1101, 'server', { bare: true });
  }
  const [diagnosis, ...others] = await capture.diagnoses();
  expect(others).toEqual([]);
  expect(inShort(diagnosis!)).toBe('info idle-limit server 10.0.0.2');
  expect(diagnosis!.message).toContain('closes connections that are idle for 5.00 s (6 of 6); nothing was lost.');
});

/** Over TLS a server says something at these seconds behind the client's request, and closes four seconds after that. */
function speaksAlone(times: readonly number[]): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const start = index * 0.7;
    const conversation = capture.begin({ port: 443 }).open(start).exchange(start + 0.01, 0.005, HELLO, 900);
    conversation.exchange(start + 0.1);
    for (const time of times)
      conversation.say(start + 0.1 + time, 'server', record(30)).acknowledge(start + 0.102 + time, 'client');
    const end = start + 0.1 + times.at(-1)! + 4.001 + index * 0.001;
    conversation.say(end, 'server', CLOSE_NOTIFY).close(end + 0.0001, 'server').close(end + 0.02, 'client');
  }
  return capture;
}

test('pings over TLS have a beat; an answer in pieces has none, and is no silence of its client', async () => {
  const [pings] = await speaksAlone([4, 8]).diagnoses();
  expect(inShort(pings!)).toBe('warning idle-limit server 10.0.0.2');
  expect(pings!.message).toContain('whose client has said nothing for 12.00 s (6 of 6)');
  const [pieces, ...others] = await speaksAlone([0.3, 0.7, 1.9, 3.2]).diagnoses();
  expect(others).toEqual([]);
  expect(inShort(pieces!)).toBe('info idle-limit server 10.0.0.2');
  expect(pieces!.message).toContain('closes connections that are idle for 4.00 s (6 of 6); nothing was lost.');
});

/** Over HTTP/2 without TLS: the client's last word has so many bytes in its frame, and a GOAWAY is all that follows. */
function goesAway(type: number, length: number, late: number): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const start = index * 0.7;
    capture
      .begin()
      .open(start)
      .exchange(start + 0.01, 0.005, PREFACE + frame(4, 0), frame(4, 0) + frame(1, 20))
      .say(start + 0.1, 'client', frame(type, length))
      .acknowledge(start + 0.12, 'server')
      .say(start + 5.1, 'server', frame(7, 8))
      .close(start + 5.1001, 'server')
      .say(start + 5.2, 'client', late)
      .reset(start + 5.2001, 'server', { bare: true });
  }
  return capture;
}

test('a client of HTTP/2 that said last that it takes the settings has asked nothing, and is idle', async () => {
  const [diagnosis, ...others] = await goesAway(4, 0, 40).diagnoses();
  expect(others).toEqual([]);
  // What is asked behind a GOAWAY was not begun, and may be asked again (RFC 9113 §6.8).
  expect(inShort(diagnosis!)).toBe('info idle-limit server 10.0.0.2');
  expect(diagnosis!.message).toContain('closes connections that are idle for 5.00 s (6 of 6); nothing was lost.');
  expect((await goesAway(1, 30, 40).diagnoses()).map(({ id }) => id)).not.toContain('idle-limit');
});

test('a server asks once, after half of its limit, and closes at the whole', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const start = index * 0.3;
    capture
      .begin({ port: 5432 })
      .open(start)
      .exchange(start + 0.01, 0.003, '\0\0\0\x08\0\x03\0\0', 300)
      .say(start + 0.02, 'client', 34)
      .acknowledge(start + 0.021, 'server')
      .say(start + 1.521, 'server', 18)
      .acknowledge(start + 1.523, 'client')
      .close(start + 3.021 + index * 0.001, 'server')
      .close(start + 3.04, 'client');
  }
  const [diagnosis, ...others] = await capture.diagnoses();
  expect(others).toEqual([]);
  expect(diagnosis!.message).toContain('closes connections whose client has said nothing for 3.00 s (5 of 5)');
});

test('a client of HTTP says nothing while it is sent one piece after the other: that is no silence', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++)
    unheard(capture, index, 'GET /events HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n');
  expect((await capture.diagnoses()).filter(({ severity }) => severity !== 'info')).toEqual([]);
});

test('a client that resets its own idle connections harms nobody', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++)
    capture
      .begin()
      .open(index * 0.4)
      .exchange(index * 0.4 + 0.01)
      .reset(index * 0.4 + 4.015, 'client');
  expect((await capture.diagnoses()).filter(({ severity }) => severity !== 'info')).toEqual([]);
});

test('a client that ends its own idle connections by RST harms nobody', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) {
    const start = index * 5;
    capture.begin({ port: 445 }).open(start).exchange(start + 0.1).exchange(start + 0.2).reset(start + 12.2, 'client');
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['info idle-limit client 10.0.0.1']);
});

test('readers that leave a stream harm nobody, though they all leave after the same time', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) {
    const start = index * 2.3;
    const reader = capture.begin().open(start).exchange(start + 0.01, 0.005, 'GET / HTTP/1.1\r\n\r\n', 200);
    for (let event = 1; event <= 4; event++)
      reader.say(start + 3 * event, 'server', 45).acknowledge(start + 3 * event + 0.002, 'client');
    reader
      .close(start + 15.5, 'client')
      .say(start + 15.51, 'server', 45)
      .reset(start + 15.511, 'client', { bare: true });
  }
  expect((await capture.diagnoses()).map(inShort)).toEqual(['info idle-limit client 10.0.0.1']);
});

/** Fifteen clients, each with one connection of its own that it closes when it has been idle for eight seconds. */
function manyClients(capture: Conversations, isWritten: boolean): void {
  for (let index = 0; index < 15; index++) {
    const close = index * 1.3 + 8.02 + (index % 4) * 0.003;
    const conversation = capture.begin({ client: 20 + index, port: 5000 }).open(index * 1.3)
      .exchange(index * 1.3 + 0.01);
    conversation.close(close, 'client');
    if (isWritten) conversation.say(close + 3, 'server', 40).reset(close + 3.001, 'client', { bare: true });
    else conversation.close(close + 0.01, 'server');
  }
}

test('many clients that close once each after the same time have one limit, and one story', async () => {
  const capture = new Conversations();
  manyClients(capture, true);
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error idle-limit client 10.0.0.20']);
  expect(diagnoses[0]!.message).toBe(
    '15 clients close their idle connections to 10.0.0.2:5000 after 8.01 s (15 of 15); 15 messages came later and ' +
    'were lost.',
  );
  expect(diagnoses[0]).toMatchObject({ flows: 15, numbers: { matching: 15, of: 15, lost: 15, clients: 15 } });
});

test('where nothing was lost by that it is information', async () => {
  const capture = new Conversations();
  manyClients(capture, false);
  expect((await capture.diagnoses()).map(inShort)).toEqual(['info idle-limit client 10.0.0.20']);
});

test('many clients that close once each after times of their own have none', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 15; index++) {
    const close = index * 1.3 + 2 + ((index * 7) % 15);
    capture.begin({ client: 20 + index, port: 5000 }).open(index * 1.3).exchange(index * 1.3 + 0.01)
      .close(close, 'client').close(close + 0.01, 'server');
  }
  expect((await capture.diagnoses()).map(inShort)).toEqual([]);
});

test('keepalives of a byte, as Windows sends them, are no word: the server had been idle for longer', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const said = index * 3 + 0.11;
    const idle = capture.begin({ client: 20 + index, port: 5000 }).open(index * 3).exchange(said - 0.01, 0.01);
    for (let at = said + 3 + index; at < said + 19; at += 7) {
      idle.probe(at, 'client', 1).acknowledge(at + 0.001, 'server');
    }
    idle.close(said + 20.002, 'server').say(said + 25, 'client', 60).reset(said + 25.001, 'server', { bare: true });
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error idle-limit server 10.0.0.2']);
  expect(diagnoses[0]!.message).toBe(
    '10.0.0.2:5000 closes connections that are idle for 20.00 s (6 of 6); 6 requests came later and were lost.',
  );
});

test('a server that gives up clients without room for what it has to say was not idle', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const begin = index * 2.1;
    capture.begin({ port: 6379, client: 11 + index }).standing().window(begin, 'client', 0).probe(begin + 5, 'server')
      .window(begin + 5.001, 'client', 0).probe(begin + 30, 'server').window(begin + 30.001, 'client', 0)
      .reset(begin + 34.6, 'server');
  }
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('idle-limit');
});

test('what a clock meets a tenth of a second before the others is closed by it as well', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 9; index++) {
    const start = index * 0.7;
    const late = start + 0.015 + (index === 7 ? 3.008 : 3.1);
    capture.begin().open(start).exchange(start + 0.01, 0.005, 'GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n')
      .close(late, 'server').say(late + 1, 'client', 30).reset(late + 1.001, 'server', { bare: true });
  }
  const analysis = await capture.analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['error idle-limit server 10.0.0.2']);
  expect(analysis.diagnoses[0]!.numbers).toMatchObject({ lost: 9 });
  const loud = analysis.findings.filter(({ severity }) => severity !== 'info');
  expect(loud.filter((finding) => analysis.explanationOf(finding) === null)).toEqual([]);
});

/** A new connection every 1.3 s; of those that are idle the server closes one for each that comes, the others live. */
function makingRoom(isForThem: boolean): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 16; index++) {
    const start = index * 1.3;
    const one = capture.begin().open(start).exchange(start + 0.01);
    const isClosed = index % 3 !== 0;
    const late = start + 1.3 + (isForThem ? 0.002 : 0.4);
    if (isClosed) one.close(late, 'server').say(late + 3, 'client', 30).reset(late + 3.001, 'server', { bare: true });
    else one.exchange(start + 9).close(start + 9.1, 'client').close(start + 9.11, 'server');
  }
  return capture;
}

test('a close behind each connection that comes is no idle limit, where others were idle for longer', async () => {
  expect((await makingRoom(true).diagnoses()).map(({ id }) => id)).not.toContain('idle-limit');
  expect((await makingRoom(false).diagnoses()).map(({ id }) => id)).toContain('idle-limit');
});

/** Clients that send 27 bytes behind the close of their server, and close when they read its end. */
function leftAtOnce(request: string, answer: string): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const start = index * 0.7;
    const late = start + 4.02;
    capture.begin({ port: 8080 }).open(start).exchange(start + 0.01, 0.005, request, answer)
      .close(start + 3.015, 'server').say(late, 'client', 27).close(late + 0.001, 'client');
  }
  return capture;
}

test('HTTP has no good-bye: what its client sends behind the close is a request, however soon it leaves', async () => {
  const [http] = await leftAtOnce('GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n').diagnoses();
  expect([inShort(http!), http!.numbers['lost']]).toEqual(['error idle-limit server 10.0.0.2', 6]);
  const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n';
  const [webSocket] = await leftAtOnce('GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n', upgrade).diagnoses();
  expect(webSocket!.numbers['lost']).toBe(0);
});
