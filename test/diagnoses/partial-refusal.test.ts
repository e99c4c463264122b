import { describe, expect, test } from 'vitest';

import { SYN } from '../../src/decode/segment.js';
import { Conversations, inShort } from './conversations.js';
import type { Ends } from './conversations.js';

/** A request on a connection of its own. */
function served(capture: Conversations, time: number, ends: Ends = {}): void {
  capture.begin(ends).open(time).exchange(time + 0.01).close(time + 0.03, 'client').close(time + 0.04, 'server');
}

const fourClients = (index: number): Ends => ({ client: 10 + (index % 4) });

/** What is not served is refused: `.` and `x`, one after the other, every tenth of a second. */
function pool(
  outcomes: string, { ends = (_index: number): Ends => ({}), ttl = 64, uneven = false } = {},
): Conversations {
  const capture = new Conversations();
  Array.from(outcomes, (outcome, index) => {
    const time = (index + (uneven ? (index * 7) % 5 : 0) / 6) / 10;
    if (outcome === 'x') capture.refused(time, ends(index), ttl);
    else served(capture, time, ends(index));
  });
  return capture;
}

describe('partial-refusal: an address that serves some connects and refuses others', () => {
  test('one of three hosts of a pool does not listen: every third connect, whoever asks', async () => {
    const diagnoses = await pool('..x..x..x..x..x..x', { ends: fourClients, uneven: true }).diagnoses();
    expect(diagnoses.map(inShort)).toEqual(['error partial-refusal server 10.0.0.2']);
    expect(diagnoses[0]).toMatchObject({
      confidence: 'likely', numbers: { refused: 6, of: 18, clients: 4, spells: 6, every: 3 }, explains: ['refused'],
    });
    expect(diagnoses[0]!.message).toBe(
      '10.0.0.2:80 refuses 6 of 18 connects of 4 clients, every third one, and serves others between: one of 3 hosts ' +
      'of a pool behind this address has no listener.',
    );
    expect(diagnoses[0]!.advice.join(' ')).toMatch(/ipvsadm.*health check/);
    // Where connects come evenly what counts them and what counts time do the same.
    const [even] = await pool('..x..x..x..x..x..x', { ends: fourClients }).diagnoses();
    expect(even!.message).toMatch(/has no listener, or a rule limits their rate\.$/);
  });

  test('at random, by RSTs of another TTL than what is served: another host sent them, or a box on the way', async () => {
    const capture = pool('.x...x.xx....x..x.x', {
      ends: (index) => ({ client: 10 + (index % 3), serverTtl: 62 }), ttl: 63,
    });
    const diagnoses = await capture.diagnoses();
    expect(diagnoses.map(inShort)).toEqual(['error partial-refusal server 10.0.0.2']);
    expect(diagnoses[0]!.numbers).toMatchObject({ refused: 7, of: 19, ttl: 63, serverTtl: 62 });
    expect(diagnoses[0]!.message).toBe(
      '10.0.0.2:80 refuses 7 of 19 connects of 3 clients, and serves others between, from elsewhere: the RSTs have ' +
      'TTL 63, what is served 62: a host of a pool behind this address has no listener, or a firewall on the way ' +
      'rejects some.',
    );
  });

  test('two connections that end together before one of its refusals are no restart', async () => {
    const capture = pool('.x...x.xx....x..x.x', { ends: fourClients });
    for (let index = 0; index < 2; index++)
      capture.begin({ client: 10 + index }).open(0.05 + index * 0.01).say(0.3 + index * 0.05, 'client', 90)
        .close(0.695 + index * 0.0002, 'server').close(0.72, 'client');
    const ids = (await capture.diagnoses()).map(({ id }) => id);
    expect(ids).toContain('partial-refusal');
    expect(ids).not.toContain('restart');
  });

  test('at random, by RSTs that nothing tells from the server\'s own: both causes are named', async () => {
    const diagnoses = await pool('.x...x.xx....x..x.x', { ends: () => ({ client: 10 }) }).diagnoses();
    expect(diagnoses.map(inShort)).toEqual(['error partial-refusal server 10.0.0.2']);
    expect(diagnoses[0]!.message).toBe(
      '10.0.0.2:80 refuses 7 of 19 connects of 10.0.0.10, and serves others between: a host of a pool behind this ' +
      'address has no listener, or a rule rejects some.',
    );
    expect(diagnoses[0]!.advice.join(' ')).not.toMatch(/Windows/);
  });

  test('a queue of Windows is full: it answers SYNs by RST, its clients ask again after half a second', async () => {
    const capture = new Conversations();
    // Long ones live across all of it: the process is there.
    for (let index = 0; index < 4; index++) {
      const long = capture.begin({ client: 20, serverTtl: 128 }).open(0.01 * index);
      for (let second = 0.5; second < 12; second++) long.exchange(second + 0.01 * index);
    }
    for (let burst = 0; burst < 4; burst++) {
      const at = 2 + burst * 2.5;
      for (let index = 0; index < 6; index++)
        served(capture, at + 0.001 * index, { client: 30 + index, serverTtl: 128 });
      for (let index = 0; index < 3; index++) {
        const clientPort = 50_000 + burst * 10 + index;
        for (let again = 0; again < 3; again++)
          capture.refused(at + 0.02 + 0.001 * index + again * 0.5, { client: 30 + index, clientPort }, 128);
      }
    }
    const diagnoses = await capture.diagnoses();
    expect(diagnoses.map(inShort)).toEqual(['error partial-refusal server 10.0.0.2']);
    // Three SYNs each: one attempt of a client, and no three faults.
    expect(diagnoses[0]!.numbers).toMatchObject({ refused: 12, of: 40, clients: 3, retried: 12 });
    expect(diagnoses[0]!.message).toContain('12 of 40 connects');
    expect(diagnoses[0]!.message).toContain('the queue of connections to be accepted is full (Windows refuses then)');
    expect(diagnoses[0]!.advice.join(' ')).toMatch(/backlog/);
  });

  test('served when they ask again on the same port: nothing was lost, but half a second', async () => {
    const capture = new Conversations();
    for (let index = 0; index < 24; index++) {
      const ends = { client: 10 + (index % 5), clientPort: 50_000 + index, serverTtl: 128 };
      const isLater = [2, 7, 8, 15].includes(index);
      if (isLater) capture.refused(index, ends, 128);
      served(capture, index + (isLater ? 0.5 : 0), ends);
    }
    const diagnoses = await capture.diagnoses();
    expect(diagnoses.map(inShort)).toEqual(['warning partial-refusal server 10.0.0.2']);
    expect(diagnoses[0]!.numbers).toMatchObject({ refused: 4, of: 24, retried: 4, servedLater: 4 });
    expect(diagnoses[0]!.message).toMatch(/ 4 were served when they asked again\.$/);
  });

  test('a rule that limits the rate: refused are those, and only those, that come when many have come', async () => {
    const capture = new Conversations();
    for (let burst = 0; burst < 4; burst++) {
      for (let index = 0; index < 5; index++) served(capture, burst * 5 + index * 0.1, { client: 10 + index });
      for (let index = 5; index < 9; index++) capture.refused(burst * 5 + index * 0.1, { client: 10 + index });
    }
    const diagnoses = await capture.diagnoses();
    expect(diagnoses.map(inShort)).toEqual(['error partial-refusal server 10.0.0.2']);
    expect(diagnoses[0]!.numbers).toMatchObject({ refused: 16, of: 36, rate: 5 });
    expect(diagnoses[0]!.message).toContain('only those before which 5 others or more had come within a second');
    expect(diagnoses[0]!.advice[0]).toMatch(/hashlimit/);
  });

  test('always the same clients: a rule, or a balancer, that goes by their addresses', async () => {
    const outcomes = '.x...x.xx....x..x.x';
    const capture = pool(outcomes, {
      ends: (index) => ({ client: outcomes[index] === 'x' ? 50 + (index & 2) : 10 + (index % 5) }),
    });
    const [told] = await capture.diagnoses();
    expect(told!.id).toBe('partial-refusal');
    expect(told!.message).toBe(
      '10.0.0.2:80 refuses 7 of 19 connects, always of the same 2 clients, and serves others between: a rule that ' +
      'goes by their addresses, or a balancer that sends them to a host of its pool without a listener.',
    );
  });

  test('not of a restart: a time of refusals, and another before and behind', async () => {
    for (const outcomes of [
      '......xxxxxx......', 'xxxxxx......', '......xxxxxx', '...xxxxxxx....xxxxxxxx.....xxxxxxxx....',
    ]) {
      const diagnoses = await pool(outcomes, { ends: fourClients }).diagnoses();
      expect(diagnoses.map(({ id }) => id)).not.toContain('partial-refusal');
    }
  });

  test('nor of a program that is started anew again and again, and takes its sessions with it', async () => {
    const capture = new Conversations();
    for (let life = 0; life < 4; life++) {
      const end = life * 10 + 9;
      for (let index = 0; index < 4; index++) {
        const session = capture.begin({ client: 10 + index }).open(life * 10 + index * 0.1);
        for (let second = 1; second < 8; second++) session.exchange(life * 10 + second + index * 0.1);
        session.close(end + index * 0.0005, 'server').close(end + 0.01, 'client');
      }
      capture.refused(end + 0.3, { client: 10 });
    }
    expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('partial-refusal');
  });

  test('nor of two connects, nor of ports whose earlier connection stood, nor of what everybody is refused', async () => {
    expect((await pool('..x.......x......').diagnoses()).map(inShort)).toEqual([]);
    const ports = pool('...x...x...x...x', { ends: (index) => ({ clientPort: 40_000 + (index >> 2) }) });
    expect((await ports.diagnoses()).map(({ id }) => id)).not.toContain('partial-refusal');
    expect((await pool('xxxxxxxx').diagnoses()).map(inShort)).toEqual(['warning retries client 10.0.0.1']);
  });
});

/** Connects of six clients, of which a router says that the host is unreachable where `isGone`. */
function unreachable(isGone: (index: number) => boolean): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 60; index++) {
    const begin = index * 0.21;
    const connect = capture.begin({ client: 10 + (index % 5) });
    if (isGone(index)) connect.send(begin, 'client', SYN).unreachable(begin + 0.003, 200, 1);
    else connect.open(begin).exchange(begin + 0.01).close(begin + 0.02, 'client').close(begin + 0.03, 'server');
  }
  capture.until(30);
  return capture;
}

test('a host of a pool is gone, and a router says so for every third connect: one story', async () => {
  const everyThird = unreachable((index) => index > 20 && index < 45 && index % 3 === 0);
  const [told, ...others] = await everyThird.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error partial-refusal path 10.0.0.200']);
  expect(told!.message).toContain('10.0.0.200 rejects 8 of 5 clients between: it says that the host is unreachable');
  expect(told!.explains).toEqual(['unanswered']);
});

test('a host that goes and comes back is no pool', async () => {
  const told = await unreachable((index) => index > 20 && index < 30).diagnoses();
  expect(told.map(({ id }) => id)).not.toContain('partial-refusal');
});
