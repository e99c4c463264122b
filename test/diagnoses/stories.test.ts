import { describe, expect, test } from 'vitest';

import { SYN } from '../../src/decode/segment.js';
import { type Conversation, Conversations, SYN_OF, inShort } from './conversations.js';

// Endings of other stacks and other software than those of the tests beside: what is told of each was written down
// before its capture was made.

const LINUX = { timestamps: true, options: SYN_OF.linux };
const WINDOWS = { clientTtl: 128, options: SYN_OF.windows };
const MACOS = { timestamps: true, options: SYN_OF.macos };
/** A small stack as server (lwIP, printers). */
const DEVICE = { serverTtl: 255, options: SYN_OF.small };

const record = (type: number, length: number): string =>
  `${String.fromCharCode(type, 3, 3, length >> 8, length & 255)}${'e'.repeat(length)}`;
const HELLO = record(22, 500);
const ANSWER = record(22, 120) + record(20, 1) + record(23, 2000);
/** A frame of HTTP/2 (RFC 9113 §4.1). */
const frame = (type: number, flags: number, stream: number, payload: string): string =>
  String.fromCharCode(0, payload.length >> 8, payload.length & 255, type, flags, 0, 0, 0, stream) + payload;
const FINISHED = record(20, 1) + record(23, 53);

/** Timeouts of Linux and of Windows behind what is lost. */
const AGAIN = [0.2, 0.6, 1.4, 3, 6.2, 12.6];
const AGAIN_WINDOWS = [0.3, 0.9, 2.1, 4.5, 9.3];

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Both ways of TLS up to an answer. */
function secured(session: Conversation, at: number): Conversation {
  return session.open(at).exchange(at + 0.01, 0.02, HELLO, ANSWER)
    .exchange(at + 0.05, 0.02, FINISHED + record(23, 300), record(23, 800));
}

interface Story {
  readonly name: string;
  /** What of warning and above is told; nothing where all is well. */
  readonly told: readonly string[];
  /** A part of what it says. */
  readonly says?: string;
  readonly play: (capture: Conversations) => unknown;
}

const FAULTS: readonly Story[] = [
  {
    name: 'a balancer of 350 s in front of a database: RSTs of its own to what comes later',
    told: ['error nat-forgot path 10.0.0.2'], says: 'between 300 s and 400 s',
    play: (capture) => range(5).map((index) => {
      const session = capture.begin({ ...WINDOWS, client: 10 + index, port: 5432, serverTtl: 60 }).open(index * 2)
        .exchange(index * 2 + 0.02);
      const last = index * 2 + (index < 3 ? 300 : 0);
      if (index < 3) session.exchange(last);
      return session.say(last + 400 + index * 60, 'client', 90)
        .reset(last + 400.002 + index * 60, 'server', { bare: true, ttl: 250 });
    }),
  },
  {
    name: 'a balancer of four minutes that says nothing',
    told: ['error nat-forgot path 10.0.0.2'], says: 'between 200 s and 250 s',
    play: (capture) => range(5).map((index) => {
      const session = capture.begin({ ...WINDOWS, client: 10, port: 1433 }).open(index * 2).exchange(index * 2 + 0.02)
        .exchange(index * 2 + 200);
      const at = index * 2 + 450 + index * 60;
      session.say(at, 'client', 90, true);
      for (const after of AGAIN_WINDOWS) session.again(at + after, 'client');
      return session.reset(at + 19, 'client');
    }),
  },
  {
    name: 'a controller with room for four masters aborts the fifth',
    told: ['error connection-limit server 10.0.0.2'], says: 'takes 4 connections at a time',
    play: (capture) => {
      for (const index of range(4)) {
        const poll = capture.begin({ ...DEVICE, client: 10 + index, port: 502 }).open(index);
        for (const turn of range(60)) poll.exchange(index + 0.5 + turn, 0.01, 12, 15);
      }
      for (const index of range(6))
        capture.begin({ ...DEVICE, client: 20, port: 502 }).open(10 + index * 6.3)
          .reset(10.004 + index * 6.3, 'server');
    },
  },
  {
    name: 'a registrar of SIP that is restarted',
    told: ['error restart server 10.0.0.2'], says: '8 connections ended in one moment',
    play: (capture) => {
      for (const index of range(8)) {
        const ends = { client: 10 + index, port: 5060 };
        const phone = capture.begin(ends).open(index * 0.3)
          .exchange(index * 0.3 + 0.01, 0.02, 'REGISTER sip:x SIP/2.0\r\n\r\n', 'SIP/2.0 200 OK\r\n\r\n');
        for (const turn of [1, 2, 3]) phone.exchange(index * 0.3 + turn * 20, 0.004, '\r\n\r\n', '\r\n');
        phone.reset(75 + index * 0.0002, 'server');
        capture.refused(75.5 + index * 0.01, ends);
        capture.refused(77.5 + index * 0.01, ends);
        capture.begin(ends).open(81 + index * 0.01).exchange(81.01 + index * 0.01).exchange(100);
      }
    },
  },
  {
    name: 'a printer without paper',
    told: ['error stalled-reader server 10.0.0.2'], says: 'does not read for 40.75 s',
    play: (capture) => range(2).map((index) => {
      const at = index * 100;
      const job = capture.begin({ ...WINDOWS, serverTtl: 255, port: 9100 }).open(at);
      for (const turn of range(10))
        job.say(at + 0.1 + turn * 0.01, 'client', 1460).acknowledge(at + 0.102 + turn * 0.01, 'server');
      job.window(at + 0.25, 'server', 0);
      for (const turn of range(8))
        job.probe(at + 0.5 + turn * 5, 'client', 1).window(at + 0.502 + turn * 5, 'server', 0);
      return job.window(at + 41, 'server', 8192).say(at + 41.1, 'client', 1460).acknowledge(at + 41.11, 'server')
        .close(at + 42, 'client').close(at + 42.01, 'server');
    }),
  },
  {
    name: 'an anycast address that moves: another host, of another distance',
    told: ['error failover path 10.0.0.8'], says: '(TTL 53, before 56)',
    play: (capture) => range(6).map((index) => {
      const ends = { ...LINUX, client: 10 + index, server: 8, port: 443 };
      const session = capture.begin({ ...ends, serverTtl: 56 }).open(index * 0.5);
      for (const turn of range(8)) session.exchange(index * 0.5 + 0.1 + turn * 2);
      const at = 17 + index * 0.3;
      session.say(at, 'client', 80).reset(at + 0.02, 'server', { bare: true, ttl: 53 });
      const anew = capture.begin({ ...ends, serverTtl: 53 }).open(at + 0.1);
      for (const turn of range(5)) anew.exchange(at + 0.2 + turn * 2);
      return anew;
    }),
  },
  {
    name: 'a filter that resets by the name in the ClientHello',
    told: ['error firewall-reset path 10.0.0.51'], says: '(TTL 60, its own 52)',
    play: (capture) => range(10).map((index) => {
      const at = index * 3;
      const session = capture.begin({ ...LINUX, client: 10, server: 50 + (index % 2), port: 443, serverTtl: 52 });
      return index % 2 === 0 ? secured(session, at).close(at + 1, 'client').close(at + 1.01, 'server')
        : session.open(at).say(at + 0.003, 'client', HELLO).reset(at + 0.0035, 'server', { ttl: 60 })
          .reset(at + 0.0036, 'server', { ttl: 60 });
    }),
  },
  {
    name: 'a NAT that has no more ports for one client',
    told: ['error connection-limit path 10.0.0.2'], says: '10.0.0.9 gets no answer to a SYN while it has 12',
    play: (capture) => {
      for (const index of range(40)) {
        const at = index * 0.4;
        const session = capture.begin({ ...LINUX, client: 9, port: 443 });
        if (index < 12) session.open(at).exchange(at + 0.01).exchange(at + 20);
        else session.send(at, 'client', SYN).again(at + 1, 'client').again(at + 3, 'client').again(at + 7, 'client');
      }
      for (const index of range(20))
        capture.begin({ ...LINUX, client: 30 + index, port: 443 }).open(index * 0.8).exchange(index * 0.8 + 0.01)
          .close(index * 0.8 + 0.3, 'client').close(index * 0.8 + 0.31, 'server');
      capture.until(60);
    },
  },
  {
    name: 'a game server that loses its power',
    told: ['error failover path 10.0.0.2'], says: '10 of 10 connections between 10 clients',
    play: (capture) => {
      for (const index of range(10)) {
        const ends = { ...WINDOWS, client: 10 + index, port: 7777, serverTtl: 60 };
        const game = capture.begin(ends).open(index * 0.1);
        for (const tick of range(100)) game.exchange(2 + index * 0.01 + tick * 0.1, 0.02, 40, 90);
        const at = 12.05 + index * 0.01;
        game.say(at, 'client', 40, true);
        for (const after of AGAIN_WINDOWS) game.again(at + after, 'client');
        game.reset(at + 19, 'client');
        capture.begin(ends).send(at + 20, 'client', SYN).again(at + 23, 'client').again(at + 29, 'client');
      }
      capture.until(80);
    },
  },
  {
    name: 'one client that is banned after five logins',
    told: ['warning firewall-drop path 10.0.0.2'], says: '6 of 11 attempts of 10.0.0.66 were never answered',
    play: (capture) => {
      const login = (client: number, at: number): Conversation =>
        capture.begin({ ...LINUX, client, port: 22 }).open(at).say(at + 0.01, 'server', 'SSH-2.0-OpenSSH_9.6\r\n')
          .say(at + 0.02, 'client', 'SSH-2.0-client\r\n').exchange(at + 0.05, 0.01, 800, 900)
          .exchange(at + 1, 0.5, 100, 80).close(at + 2, 'client').close(at + 2.01, 'server');
      for (const index of range(5)) login(66, index * 4);
      for (const index of range(6)) {
        const at = 21 + index * 8;
        capture.begin({ ...LINUX, client: 66, port: 22 }).send(at, 'client', SYN).again(at + 1, 'client')
          .again(at + 3, 'client');
      }
      for (const index of range(10)) login(10 + index, index * 6);
      capture.until(75);
    },
  },
  {
    name: 'a tarpit that greets after twenty seconds', told: ['error client-patience server 10.0.0.2'],
    says: 'to greet it 10.00 s after the handshake',
    play: (capture) => range(6).map((index) =>
      capture.begin({ ...LINUX, client: 10, port: 25 }).open(index * 15).close(index * 15 + 10.003, 'client')
        .say(index * 15 + 20, 'server', '220 mx ESMTP\r\n').reset(index * 15 + 20.003, 'client', { bare: true }),
    ),
  },
  {
    name: 'two outages of a road, both survived', told: ['warning failover path 10.0.0.2'],
    says: '4 of 4 connections between 10.0.0.10 and 10.0.0.2:3306 stood still together for 12.40 s',
    play: (capture) => range(4).map((index) => {
      const session = capture.begin({ ...LINUX, client: 10, port: 3306 }).open(index * 0.1);
      for (const turn of range(4)) session.exchange(1 + turn * 0.9 + index * 0.02);
      for (const at of [5 + index * 0.02, 60 + index * 0.02]) {
        session.say(at, 'client', 100, true);
        for (const after of AGAIN) session.again(at + after, 'client');
        session.heals('client').say(at + 12.61, 'server', 200).acknowledge(at + 12.62, 'client');
        for (const turn of range(4)) session.exchange(at + 13 + turn * 0.9);
      }
      return session.close(90 + index, 'client').close(90.01 + index, 'server');
    }),
  },
];

const HEALTHY: readonly Story[] = [
  {
    name: 'RDP of Windows, which ends by RST', told: [],
    play: (capture) => range(3).map((index) => {
      const session = capture.begin({ ...WINDOWS, client: 10 + index, serverTtl: 128, port: 3389 }).open(index)
        .exchange(index + 0.01, 0.01, '\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01', '\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x02')
        .exchange(index + 0.1, 0.02, HELLO, ANSWER);
      for (const turn of range(50))
        session.exchange(index + 1 + turn * 3, 0.03, record(23, 50), record(23, 900));
      return session.exchange(index + 160, 0.02, record(23, 30), record(23, 30)).reset(index + 160.1, 'client');
    }),
  },
  {
    name: 'a call of gRPC for an hour, with room and pings', told: [],
    play: (capture) => {
      const call = capture.begin({ ...LINUX, port: 50_051 }).open(0)
        .exchange(0.003, 0.002, `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${frame(4, 0, 0, '')}`, frame(4, 0, 0, ''))
        .say(0.01, 'client', frame(1, 4, 1, 'x'.repeat(60)));
      for (const turn of range(200)) {
        const at = 1 + turn * 7;
        call.say(at, 'server', frame(0, 0, 1, 'd'.repeat(900)))
          .say(at + 0.001, 'client', frame(8, 0, 1, '\0\0\x03\x84'));
        if (turn % 5 === 0) call.exchange(at + 2, 0.001, frame(6, 0, 0, '12345678'), frame(6, 1, 0, '12345678'));
      }
      call.close(1405, 'client').close(1405.01, 'server');
    },
  },
  {
    name: 'a deployment that hands over: all idle ones closed in one moment', told: [],
    play: (capture) => range(12).map((index) => {
      const ends = { ...LINUX, client: 10 + index, port: 443 };
      const session = capture.begin(ends).open(index * 0.2);
      for (const turn of range(5)) session.exchange(3 + index * 0.1 + turn * 3);
      session.close(20 + index * 0.0003, 'server').close(20.003 + index * 0.0003, 'client');
      const anew = capture.begin(ends).open(20.5 + index * 0.3);
      for (const turn of range(5)) anew.exchange(22 + index * 0.3 + turn * 3);
      return anew;
    }),
  },
  {
    name: 'a web socket whose client answers pings, and leaves', told: [],
    play: (capture) => range(6).map((index) => {
      const session = capture.begin({ ...LINUX, client: 10 + index }).open(index).exchange(
        index + 0.01, 0.01, 'GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n',
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n',
      );
      for (const turn of [1, 2, 3, 4, 5])
        session.say(index + turn * 20, 'server', '\x89\x04abcd')
          .say(index + turn * 20 + 0.02, 'client', '\x8a\x84mmmmabcd')
          .acknowledge(index + turn * 20 + 0.06, 'server');
      return session.close(index + 103 + index * 2.9, 'client').close(index + 103.01 + index * 2.9, 'server');
    }),
  },
  {
    name: 'a Wi-Fi that loses one, two and three in a row', told: [],
    play: (capture) => range(20).map((index) => {
      const at = index * 2;
      const session = capture.begin({ ...MACOS, client: 9, server: 20 + (index % 6), port: 443 }).open(at)
        .exchange(at + 0.01, 0.02, HELLO, ANSWER).say(at + 0.1, 'client', FINISHED + record(23, 300), true);
      for (const after of AGAIN.slice(0, 1 + (index % 3))) session.again(at + 0.1 + after, 'client');
      const heard = at + 0.11 + AGAIN[index % 3]!;
      return session.heals('client').say(heard, 'server', record(23, 900)).acknowledge(heard + 0.01, 'client')
        .close(heard + 3 + (index % 7) * 0.4, 'client').close(heard + 3.01 + (index % 7) * 0.4, 'server');
    }),
  },
  {
    name: 'long polls, as many as there are clients, each of its own time', told: [],
    play: (capture) => range(100).map((index) => {
      const at = index * 0.05;
      const took = 1.2 + ((index * 37) % 97) / 240;
      return capture.begin({ ...LINUX, client: 10 + (index % 9), port: 8080 }).open(at)
        .exchange(at + 0.003, took, 'GET /poll HTTP/1.1\r\nHost: a\r\n\r\n', 'HTTP/1.1 204 No Content\r\n\r\n')
        .close(at + took + 0.006, 'server').close(at + took + 0.01, 'client');
    }),
  },
  {
    name: 'a phone of thirty that goes to sleep', told: [],
    play: (capture) => {
      for (const index of range(30)) {
        const session = capture.begin({ ...MACOS, client: 10 + index, port: 5223 }).open(index * 0.2)
          .exchange(index * 0.2 + 0.01, 0.02, HELLO, ANSWER);
        for (const turn of range(index === 7 ? 4 : 8))
          session.say(20 + turn * 20 + index * 0.3, 'server', record(23, 100))
            .acknowledge(20.05 + turn * 20 + index * 0.3, 'client');
        if (index !== 7) continue;
        session.say(102, 'server', record(23, 100), true);
        for (const after of [...AGAIN, 25.4]) session.again(102 + after, 'server');
        session.reset(162, 'server');
      }
      capture.until(200);
    },
  },
];

describe.each([
  ['a fault is one story', FAULTS], ['nothing loud is told of what is well', HEALTHY],
])('%s', (_, stories) => {
  test.each(stories)('$name', async ({ told, says = '', play }) => {
    const capture = new Conversations();
    play(capture);
    const analysis = await capture.analyze();
    const loud = analysis.diagnoses.filter(({ severity }) => severity !== 'info');
    expect(loud.map(inShort)).toEqual(told);
    expect(loud.map(({ message }) => message).join(' ')).toContain(says);
    const left = analysis.findings.filter(
      (finding) => finding.severity !== 'info' && analysis.explanationOf(finding) === null,
    );
    expect(left.map(({ message }) => message)).toEqual([]);
  });
});
