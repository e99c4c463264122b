import { expect, test } from 'vitest';

import { ACK, CWR, ECE, FIN, SYN } from '../../src/decode/segment.js';
import { Conversations, inShort } from './conversations.js';

/** SYNs at 0, 1, 3 and 7 s, of which none is answered. */
function asked(capture: Conversations, start: number, port = 8080): void {
  const attempt = capture.begin({ port }).send(start, 'client', SYN, undefined, true);
  for (const later of [1, 3, 7]) attempt.again(start + later, 'client');
}

test('SYNs to one port are never answered, while the host answers at another', async () => {
  const capture = new Conversations();
  for (const start of [0, 8, 16]) asked(capture, start);
  for (const start of [0.5, 20])
    capture
      .begin()
      .open(start)
      .exchange(start + 0.01)
      .close(start + 0.02, 'client')
      .close(start + 0.03, 'server');
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error firewall-drop path 10.0.0.2']);
  expect(diagnoses[0]).toMatchObject({
    confidence: 'likely',
    numbers: { attempts: 3, of: 3, syns: 4, seconds: 7 },
    explains: ['unanswered'],
  });
});

test('clients whom nobody ever answers are filtered by their addresses, and ports decide nothing', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 30; index++) {
    const start = index * 2;
    capture
      .begin({ client: 11 + (index % 6), port: 443 })
      .open(start)
      .exchange(start + 0.01)
      .close(start + 0.02, 'client')
      .close(start + 0.03, 'server');
    if (index >= 9) continue;
    const attempt = capture
      .begin({ client: 21 + (index % 3), port: 443 })
      .send(start + 1, 'client', SYN, undefined, true);
    for (const later of [1, 3, 7]) attempt.again(start + 1 + later, 'client');
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['warning firewall-drop path 10.0.0.2']);
  expect(diagnoses[0]!.message).toMatch(/9 of 9 attempts of 3 clients were never answered .* answers 6 other clients/);
});

/** As `swallowed`, where the server does not hear the last word of the handshake either, and asks again. */
function unheard(count: number, isServedLast = false): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < count; index++) {
    const begin = index * 12;
    const conversation = capture.begin({ port: 443 }).open(begin);
    for (const after of [1, 3, 7, 15, 31]) conversation.repeated(begin + after, 'server', 1);
    conversation.say(begin + 0.01, 'client', 517, true);
    for (const after of [0.2, 0.6, 1.4, 3, 6.2]) conversation.again(begin + 0.01 + after, 'client');
  }
  if (isServedLast) capture.begin({ port: 443 }).open(13).exchange(13.01).close(14, 'client').close(14.1, 'server');
  capture.until(100);
  return capture;
}

test('the last word of the handshake is dropped, too: no queue is full that takes every SYN', async () => {
  const diagnoses = await unheard(4).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error firewall-drop path 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ matching: 4, of: 4, repeats: 5 });
});

test('one alone, or where another is taken meanwhile, may have met a full queue', async () => {
  for (const capture of [unheard(1), unheard(4, true)])
    expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('firewall-drop');
});

test('a host that had fallen silent before is gone, and no firewall drops the SYNs', async () => {
  const capture = new Conversations();
  for (const [index, port] of [5672, 15_672].entries()) {
    const conversation = capture.begin({ port }).open(index);
    for (let beat = 1; beat < 9; beat++) conversation.exchange(index + beat * 10, 0.001, 8, 8);
    conversation.say(index + 90, 'client', 8, true);
    for (const after of [0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4]) conversation.again(index + 90 + after, 'client');
  }
  for (let index = 0; index < 3; index++) {
    const attempt = capture.begin({ port: 5672 }).send(100 + index * 20, 'client', 0x02);
    for (const after of [1, 3, 7, 15]) attempt.again(100 + index * 20 + after, 'client');
  }
  capture.until(190);
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('firewall-drop');
});

test('answers that never arrive, while the hosts hear each other at another port', async () => {
  const capture = new Conversations();
  for (const start of [0, 1, 2]) {
    const attempt = capture.begin({ port: 8081 });
    for (const later of [0, 1, 3, 7]) {
      if (later === 0) attempt.send(start, 'client', SYN).send(start + 0.001, 'server', SYN | ACK, undefined, true);
      else attempt.repeated(start + later, 'client', 0).repeated(start + later + 0.001, 'server', 1);
    }
  }
  capture.begin().open(4).exchange(4.01).close(4.02, 'client').close(4.03, 'server');
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error firewall-drop path 10.0.0.2']);
  expect(diagnoses[0]!.message).toContain(
    '3 of 3 handshakes of 10.0.0.1 got up to 4 SYN-ACKs that never arrived, while 10.0.0.2 is heard at port 80',
  );
});

test('a host that answers nobody is no firewall', async () => {
  const capture = new Conversations();
  for (const start of [0, 8, 16]) asked(capture, start);
  expect((await capture.diagnoses()).map(({ id }) => id)).toEqual(['silent-host']);
});

test('a SYN that was lost once is none', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 20; index++)
    capture
      .begin()
      .open(index, index === 7 ? 2 : 1)
      .exchange(index + 1.01)
      .close(index + 1.02, 'client')
      .close(index + 1.03, 'server');
  expect(await capture.diagnoses()).toEqual([]);
});

/** A connection every 0.1 s; the first SYN of most is dropped, and who comes through is answered after `answer`. */
function thinned(answer: number): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++) {
    const attempts = index % 4 === 0 ? 1 : 2;
    const up = index * 0.1 + attempts - 1 + 0.01;
    capture
      .begin({ port: 6379 })
      .open(index * 0.1, attempts)
      .exchange(up, answer)
      .close(up + answer + 0.01, 'client')
      .close(up + answer + 0.02, 'server');
  }
  return capture;
}

test('a limit of new connections: some SYNs are dropped, and nobody waits who came through', async () => {
  const [diagnosis, ...others] = await thinned(0.001).diagnoses();
  expect(others).toEqual([]);
  expect(inShort(diagnosis!)).toBe('warning firewall-drop path 10.0.0.2');
  expect(diagnosis!.message).toBe(
    'Something drops a part of the SYNs to 10.0.0.2:6379: 9 of 12 connects needed several (up to 1.00 s), while ' +
      'whoever came through was served at once: a limit of the rate or number of connections, and no full queue.',
  );
});

test('where they wait for their answers it may be the queue', async () => {
  expect((await thinned(0.6).diagnoses()).map(inShort)).toEqual(['error accept-queue server 10.0.0.2']);
});

/** Connections of which the first request never arrives, a second and a half apart; others are served beside. */
function swallowed(length: number, count = 4): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < count; index++) {
    const begin = index * 1.5;
    const conversation = capture.begin({ port: 443 }).open(begin).say(begin + 0.01, 'client', length, true);
    for (const after of [0.2, 0.6, 1.4, 3, 6.2]) conversation.again(begin + 0.01 + after, 'client');
    const other = capture.begin({ port: 80 }).open(begin).exchange(begin + 0.01);
    other.close(begin + 1, 'client').close(begin + 1.1, 'server');
  }
  capture.until(60);
  return capture;
}

test('what follows the handshake is dropped, and SYNs are answered', async () => {
  const diagnoses = await swallowed(517).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error firewall-drop path 10.0.0.2']);
  expect(diagnoses[0]).toMatchObject({ numbers: { matching: 4, of: 4, repeats: 5 }, explains: ['half-open'] });
  expect(diagnoses[0]!.message).toContain('never acknowledged, while SYNs are answered.');
});

test('two may have lost their host, and large requests their size', async () => {
  expect(await swallowed(517, 2).diagnoses()).toEqual([]);
  expect((await swallowed(1400).diagnoses()).map(({ id }) => id)).not.toContain('firewall-drop');
});

test('a SYN that a socket in TIME-WAIT answers with its old numbers was not dropped', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const ends = { clientPort: 30_000 + index };
    const before = capture.begin(ends).open(index).exchange(index + 0.01, 0.002);
    before.close(index + 0.1, 'server').close(index + 0.11, 'client');
    // An older number than the last one of before.
    const again = capture.begin(ends).skip('client', 3_000_000_000).send(index + 2, 'client', SYN);
    before.acknowledge(index + 2.001, 'server');
    for (const at of [index + 3, index + 5, index + 9]) {
      again.again(at, 'client');
      before.acknowledge(at + 0.001, 'server');
    }
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.filter(({ id }) => id === 'firewall-drop' || id === 'accept-queue')).toEqual([]);
});

test('nothing new gets through, while what stood before goes on: a table is full', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    const standing = capture.begin({ port: 443 }).open(index * 0.1);
    for (let turn = 0; turn < 20; turn++) standing.exchange(index * 0.1 + 0.01 + turn);
  }
  for (let index = 0; index < 5; index++) asked(capture, 5 + index, 443);
  const [diagnosis, ...others] = await capture.diagnoses();
  expect(others).toEqual([]);
  expect(inShort(diagnosis!)).toBe('warning firewall-drop path 10.0.0.2');
  expect(diagnosis!.message).toBe(
    'Something drops what newly asks for 10.0.0.2:443: 5 of 9 attempts of 10.0.0.1 were never answered (up to 4 SYNs ' +
      'in 7.00 s), while 4 that stood before go on.',
  );
  expect(diagnosis!.advice[0]).toContain('SNAT');
});

test('some connections lose all their SYNs and others none, as behind a hash with a dead target', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 16; index++) {
    if (index % 4 === 1) asked(capture, index, 443);
    else {
      capture
        .begin({ port: 443 })
        .open(index)
        .exchange(index + 0.01, 0.002)
        .close(index + 0.1, 'client')
        .close(index + 0.11, 'server');
    }
  }
  const [diagnosis, ...others] = await capture.diagnoses();
  expect(others.filter(({ severity }) => severity !== 'info')).toEqual([]);
  expect(inShort(diagnosis!)).toBe('error firewall-drop path 10.0.0.2');
  expect(diagnosis!.message).toBe(
    'Something drops all SYNs of 4 of 16 connects to 10.0.0.2:443 (up to 7.00 s), and none of the others: address ' +
      'and port decide, and no limit of the rate.',
  );
});

/** At the server: handshakes, and of the requests behind them nothing; then one side closes. Others are served. */
function filtered(closer: 'client' | 'server', length: number, count = 6): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < count; index++) {
    const start = index * 1.1;
    const ends = { client: 10 + (index % 3), port: 443 };
    const conversation = capture.begin(ends).open(start).skip('client', length);
    if (closer === 'server')
      conversation.close(start + 4, 'server').close(start + 4.01, 'client', false).acknowledge(start + 4.02, 'server');
    else {
      conversation.close(start + 4, 'client', false).acknowledge(start + 4.01, 'server');
      conversation.send(start + 9, 'server', FIN | ACK);
    }
    capture.begin(ends).open(start + 0.5).exchange(start + 0.51).close(start + 0.6, 'client')
      .close(start + 0.61, 'server');
  }
  capture.until(60);
  return capture;
}

test.each(['client', 'server'] as const)(
  'at the server nothing follows the handshake, but the numbers say that something was sent: the %s closes',
  async (closer) => {
    const diagnoses = await filtered(closer, 300).diagnoses();
    expect(diagnoses.map(inShort)).toEqual(['error firewall-drop path 10.0.0.2']);
    expect(diagnoses[0]!.message).toBe(
      'Something before this tap drops what follows the handshake at 10.0.0.2:443: on 6 of 12 connections of 3 clients ' +
      'nothing came but ACKs and FINs, whose numbers stand up to 300 bytes behind the handshake: so much was sent, and ' +
      'never arrived here; others were served.',
    );
    expect(diagnoses[0]).toMatchObject({ confidence: 'likely', numbers: { matching: 6, of: 12, bytes: 300 } });
  },
);

test('where it is large its size may be why it is lost', async () => {
  const [told] = await filtered('server', 1400).diagnoses();
  expect(told).toMatchObject({ id: 'firewall-drop', confidence: 'possible' });
  expect(told!.message).toContain('or large segments do not fit a road on the way (path MTU)');
});

test('not of two, nor of clients that have sent nothing, nor where the server has taken it in', async () => {
  expect((await filtered('server', 300, 2).diagnoses()).map(inShort)).toEqual([]);
  const silent = (await filtered('server', 0).diagnoses()).map(inShort);
  expect(silent).toEqual(['info idle-limit server 10.0.0.2']);
  const missed = new Conversations();
  for (let index = 0; index < 6; index++) {
    const conversation = missed.begin({ port: 443 }).open(index).skip('client', 300);
    // The server acknowledges what only the tap has missed.
    conversation.acknowledge(index + 0.02, 'client').acknowledge(index + 0.03, 'server');
    conversation.send(index + 0.04, 'client', ACK).close(index + 4, 'client').close(index + 4.01, 'server');
  }
  expect((await missed.diagnoses()).map(({ id }) => id)).not.toContain('firewall-drop');
});

/** Connects whose first SYN has these flags and no answer, unless it `passes`; a second later comes one without. */
function askingFirst(flags: number, passes: (index: number) => boolean = () => false): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) {
    const begin = index * 4;
    const connect = capture.begin({ port: 443 });
    const at = passes(index) ? begin : begin + 1;
    if (!passes(index)) connect.begins(begin, flags);
    connect.send(at, 'client', passes(index) ? flags : SYN).send(at + 0.02, 'server', SYN | ACK)
      .send(at + 0.021, 'client', ACK).exchange(at + 0.03, 0.03).close(at + 0.2, 'client').close(at + 0.22, 'server');
  }
  return capture;
}

test('SYNs that ask for ECN are dropped, and those that do not are answered', async () => {
  const [told, ...others] = await askingFirst(SYN | ECE | CWR).diagnoses();
  expect([inShort(told!), told!.confidence, ...others]).toEqual(['warning firewall-drop path 10.0.0.2', 'likely']);
  expect(told!.message).toBe(
    'Something on the way drops SYNs to 10.0.0.2:443 that ask for ECN: of 8 of 8 connects that began so the first SYN ' +
      'was never answered, and the next one that did not ask was, up to 1.02 s later.',
  );
  expect(told!.advice[0]).toContain('`net.ipv4.tcp_ecn`');
  expect(told!.numbers).toMatchObject({ matching: 8, of: 8, syns: 2 });
});

test('one that asked for ECN and was answered refutes that', async () => {
  expect(await askingFirst(SYN | ECE | CWR, (index) => index > 2).diagnoses()).toEqual([]);
});

test('each first SYN is dropped though nobody waits, and the second one taken', async () => {
  const [told, ...others] = await askingFirst(SYN).diagnoses();
  expect([inShort(told!), told!.confidence, ...others]).toEqual(['warning firewall-drop path 10.0.0.2', 'possible']);
  expect(told!.message).toBe(
    'Something drops the first SYN to 10.0.0.2:443 of 8 of 8 connects, and takes the second (up to 1.02 s later): no ' +
      'full queue, for nobody waited in it.',
  );
});

test('some of the first SYNs lost are losses', async () => {
  expect(await askingFirst(SYN, (index) => index % 3 !== 1).diagnoses()).toEqual([]);
});

/** Sessions of FTP (RFC 959 §3.2) of so many clients; to the port that each names nobody lets the server in. */
function activeFtp(clients: number, isHeard = true): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < clients; index++) {
    const [begin, client] = [index * 40, 20 + index];
    const control = capture.begin({ client, server: 9, port: 21 }).open(begin)
      .say(begin + 0.01, 'server', '220 ready\r\n')
      .exchange(begin + 0.02, 0.01, 'PORT 10,0,0,20,200,10\r\n', '200 ok\r\n');
    const data = capture.begin({ client: 9, server: client, port: 51_210, clientPort: 20 })
      .send(begin + 1, 'client', SYN, undefined, true);
    for (const after of [1, 3, 7, 15]) data.again(begin + 1 + after, 'client');
    if (isHeard) control.exchange(begin + 30, 0.01, 'QUIT\r\n', '425 failed\r\n').close(begin + 31, 'server')
      .close(begin + 31.002, 'client');
  }
  capture.until(clients * 40 + 10);
  return capture;
}

test('active FTP to clients whose firewall lets nothing in is one story', async () => {
  const [told, ...others] = (await activeFtp(3).diagnoses()).filter(({ severity }) => severity !== 'info');
  expect([inShort(told!), ...others]).toEqual(['error firewall-drop path 10.0.0.20']);
  expect(told!.message).toBe(
    'A firewall before 3 clients drops what 10.0.0.9 opens to them: 3 attempts never answered (up to 5 SYNs in 15.00 ' +
      's), while what they have opened to 10.0.0.9:21 goes on.',
  );
  expect(told!.advice[0]).toContain('PASV');
  expect(told!.explains).toEqual(['unanswered']);
  expect((await activeFtp(1).diagnoses()).map(inShort)).toContain('warning firewall-drop path 10.0.0.20');
});

test('a client of which nothing is heard any more may be gone', async () => {
  expect((await activeFtp(1, false).diagnoses()).map(({ id }) => id)).not.toContain('firewall-drop');
});

test('on a road of more than a second each SYN comes again, and each is answered', async () => {
  for (const flags of [SYN, SYN | ECE | CWR]) {
    const capture = new Conversations();
    for (let index = 0; index < 8; index++) {
      const begin = index * 9;
      const slow = capture.begin({ port: 443 }).begins(begin, flags).send(begin + 1, 'client', SYN)
        .send(begin + 1.2, 'server', SYN | ACK).send(begin + 1.201, 'client', ACK);
      slow.repeated(begin + 2.2, 'server', 1).exchange(begin + 2.3, 1.2).close(begin + 5, 'client')
        .close(begin + 6.2, 'server');
    }
    expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('firewall-drop');
  }
});

/** Sessions of FTP whose server names a port of its own for each transfer, where a firewall may let nobody in. */
function passiveFtp(isLetIn: boolean): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const [client, begin] = [20 + index, index * 14];
    const session = capture.begin({ client, port: 21 }).open(begin)
      .say(begin + 0.04, 'server', '220 (vsFTPd 3.0.5)\r\n')
      .exchange(begin + 0.1, 0.01, 'PASV\r\n', '227 Entering Passive Mode (10,0,0,2,156,64).\r\n');
    const data = capture.begin({ client, port: 40_000 + index * 977 });
    if (isLetIn)
      data.open(begin + 0.2).say(begin + 0.21, 'server', 900).close(begin + 0.22, 'server')
        .close(begin + 0.23, 'client');
    else {
      data.send(begin + 0.2, 'client', SYN, undefined, true);
      for (const after of [1, 3]) data.again(begin + 0.2 + after, 'client');
    }
    session.exchange(begin + 10 + index, 0.01, 'QUIT\r\n', '221 Goodbye.\r\n').close(begin + 10.011 + index, 'server')
      .close(begin + 10.02 + index, 'client');
  }
  capture.until(120);
  return capture;
}

test('passive FTP whose data connections nobody lets in is one story, whatever ports they ask for', async () => {
  const [told, ...others] = await passiveFtp(false).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error firewall-drop path 10.0.0.2']);
  expect(told!.numbers).toMatchObject({ attempts: 6, of: 6, ports: 6 });
  expect(told!.message).toContain('6 attempts of 6 clients at its ports 40000 to 44885 were never answered');
  expect(told!.advice[0]).toContain('`pasv_min_port`');
  expect(await passiveFtp(true).diagnoses()).toEqual([]);
});

test('three ports of one host that a firewall lets nobody reach are one story', async () => {
  const capture = new Conversations();
  for (const [index, port] of [8080, 8443, 9090].entries())
    for (const start of [0, 8, 16]) asked(capture, start + index, port);
  for (const start of [0.5, 20])
    capture.begin().open(start).exchange(start + 0.01).close(start + 0.02, 'client').close(start + 0.03, 'server');
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error firewall-drop path 10.0.0.2']);
  expect(told!.message).toContain('3 ports of 10.0.0.2 (8080, 8443, 9090): 9 of 9 attempts of 10.0.0.1');
});

test('what one client newly asks of three hosts is dropped, and what stands goes on: one story near the client', async () => {
  const capture = new Conversations();
  for (const server of [7, 8, 9]) {
    for (let index = 0; index < 3; index++) {
      const session = capture.begin({ server }).open(index * 0.7);
      for (let time = index * 0.7 + 0.1; time < 50; time += 2.5) session.exchange(time);
      const attempt = capture.begin({ server }).send(15 + index * 5, 'client', SYN, undefined, true);
      for (const later of [1, 3, 7]) attempt.again(15 + index * 5 + later, 'client');
    }
  }
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error firewall-drop path 10.0.0.1']);
  expect(told!.message).toContain('newly asks of 3 hosts (10.0.0.7, 10.0.0.8, 10.0.0.9): 9 of 18 attempts');
  expect(told!.advice[0]).toContain('nf_conntrack_max');
});

test('a part of the SYNs to several ports of a host is one story', async () => {
  const capture = new Conversations();
  for (const [place, port] of [80, 443, 22].entries()) {
    for (let index = 0; index < 40; index++) {
      const at = index * 0.5 + place * 0.1;
      const connection = capture.begin({ client: 10 + (index % 7), port });
      if ((index * 5 + place * 3) % 8 !== 0 || index <= 5) {
        connection.open(at).exchange(at + 0.01).close(at + 0.3, 'client').close(at + 0.31, 'server');
        continue;
      }
      if (index % 3 === 0) connection.send(at, 'client', SYN).again(at + 1, 'client').again(at + 3, 'client');
      else connection.open(at, 3).exchange(at + 2.01).close(at + 4, 'client').close(at + 4.01, 'server');
    }
  }
  capture.until(40);
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error firewall-drop path 10.0.0.2']);
  expect(told!.service).toBeNull();
  expect(told!.message).toContain('drops a part of the SYNs to 3 ports of 10.0.0.2 (22, 80, 443): 12 of 120 connects');
});

test('handshakes of several clients that hear no SYN-ACK: the way back, or a rule on it', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const at = index * 2;
    const connection = capture.begin({ client: 10 + index, port: 443 }).send(at, 'client', SYN)
      .send(at + 0.001, 'server', SYN | ACK, new Uint8Array(0), true);
    for (const after of [1, 3, 7])
      connection.repeated(at + after, 'client', 0).repeated(at + after + 0.001, 'server', 1);
  }
  capture.until(60);
  const analysis = await capture.analyze();
  const [told, ...others] = analysis.diagnoses;
  expect([inShort(told!), told!.confidence, ...others]).toEqual(['error firewall-drop path 10.0.0.2', 'possible']);
  const tellers = analysis.findings.map((finding) => analysis.explanationOf(finding)?.id);
  expect(tellers).toEqual(Array(6).fill('firewall-drop'));
});

test('who answers SYNs for a server that it does not reach, and gives up by RST', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const at = index * 3;
    const connection = capture.begin({ client: 10 + index, port: 443, serverTtl: 255 }).open(at)
      .say(at + 0.003, 'client', 500, true);
    for (const after of [0.2, 0.6, 1.4, 3, 6.2]) connection.again(at + after, 'client');
    connection.reset(at + 10, 'server', { ttl: 255 });
  }
  capture.until(60);
  const analysis = await capture.analyze();
  const [told, ...others] = analysis.diagnoses;
  expect([inShort(told!), ...others]).toEqual(['error firewall-drop path 10.0.0.2']);
  expect(analysis.findings.filter(({ severity }) => severity !== 'info').map((finding) =>
    analysis.explanationOf(finding)?.id)).toEqual(Array(6).fill('firewall-drop'));
});
