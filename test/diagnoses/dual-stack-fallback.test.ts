import { expect, test } from 'vitest';

import { Conversations, inShort } from './conversations.js';

/**
 * So many attempts over IPv6 that are refused, each with a connection over IPv4 so much later; and other connections.
 */
function both(attempts: number, later: number, others = 0): Conversations {
  const capture = new Conversations();
  const serve = (start: number): unknown =>
    capture
      .begin()
      .open(start)
      .exchange(start + 0.01)
      .close(start + 0.02, 'client')
      .close(start + 0.03, 'server');
  for (let index = 0; index < attempts; index++) {
    capture.refused(index * 10, { ip6: true });
    serve(index * 10 + later);
  }
  for (let index = 0; index < others; index++) serve(index * 0.5 + 0.1);
  return capture;
}

test('IPv6 is refused, IPv4 serves at once: information, and so are the attempts', async () => {
  const analysis = await both(6, 0.001).analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['info dual-stack-fallback client fd00::1']);
  expect(analysis.diagnoses[0]!.numbers).toMatchObject({ matching: 6, of: 6 });
  expect(analysis.findings.map(({ id, severity }) => `${severity} ${id}`)).toEqual(
    Array.from({ length: 6 }, () => 'info refused'),
  );
});

test('who is served five seconds later waited, and a service that is busy over IPv4 shows nothing', async () => {
  expect((await both(6, 5).diagnoses()).map(({ id }) => id)).not.toContain('dual-stack-fallback');
  expect((await both(6, 0.001, 100).diagnoses()).map(({ id }) => id)).not.toContain('dual-stack-fallback');
});

test('other clients of the service hide nothing, where it is plain by time which one fell back', async () => {
  const capture = both(6, 0.25);
  for (let index = 0; index < 40; index++)
    capture
      .begin({ client: 10 + (index % 7) })
      .open(0.7 + index * 1.3)
      .exchange(0.71 + index * 1.3)
      .close(0.8 + index * 1.3, 'client')
      .close(0.81 + index * 1.3, 'server');
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['info dual-stack-fallback client fd00::1']);
  expect(diagnoses[0]!.message).toContain('is served over IPv4 (10.0.0.2:80) within 0.25 s: 6 of 6');
});

/** Clients whose attempts come close together, each served over its own address of the other family. */
function crowd(clients: number, served: number): Conversations {
  const capture = new Conversations();
  for (let client = 10; client < 10 + clients; client++)
    for (let index = 0; index < 6; index++)
      capture.refused((client - 10) * 0.29 + index * 0.15, { ip6: true, client });
  for (let client = 10; client < 10 + served; client++)
    for (let index = 0; index < 6; index++) {
      const start = (client - 10) * 0.29 + index * 0.15 + 0.05 + index * 0.1;
      capture
        .begin({ client: client + 100 })
        .open(start)
        .exchange(start + 0.01)
        .close(start + 0.02, 'client')
        .close(start + 0.03, 'server');
    }
  return capture;
}

test('ten clients that fall back at the same time are one story', async () => {
  const diagnoses = await crowd(10, 10).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['info dual-stack-fallback client fd00::a']);
  expect(diagnoses[0]!.message).toMatch(/^10 clients try IPv6 first, .* refuses, and are served over IPv4/);
  expect(diagnoses[0]!.numbers).toMatchObject({ matching: 60, of: 60, clients: 10 });
});

test('and where four of them alone are served, it is no fallback', async () => {
  expect((await crowd(10, 4).diagnoses()).map(({ id }) => id)).not.toContain('dual-stack-fallback');
});

test('six attempts within a second, beside other clients that come all the time', async () => {
  const capture = crowd(1, 1);
  for (let index = 0; index < 90; index++)
    capture
      .begin({ client: 50 + (index % 6) })
      .open(index * 0.3)
      .exchange(index * 0.3 + 0.01)
      .close(index * 0.3 + 0.02, 'client')
      .close(index * 0.3 + 0.03, 'server');
  expect((await capture.diagnoses()).map(inShort)).toEqual(['info dual-stack-fallback client fd00::a']);
});

test('two attempts beside hundreds of clients may be anybody\'s', async () => {
  const capture = new Conversations();
  for (const start of [1, 3]) capture.refused(start, { ip6: true });
  for (let client = 10; client < 210; client++)
    for (const start of [0.5 + client * 0.005, 2.4 + client * 0.007])
      capture
        .begin({ client })
        .open(start)
        .exchange(start + 0.01)
        .close(start + 0.02, 'client')
        .close(start + 0.03, 'server');
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('dual-stack-fallback');
});

test('clients that are served over both families have none', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++)
    capture
      .begin({ ip6: index % 2 === 0 })
      .open(index)
      .exchange(index + 0.01)
      .close(index + 0.02, 'client')
      .close(index + 0.03, 'server');
  expect(await capture.diagnoses()).toEqual([]);
});
