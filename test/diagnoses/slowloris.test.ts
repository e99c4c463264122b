import { expect, test } from 'vitest';

import { Conversations, inShort } from './conversations.js';

const HEAD = 'GET / HTTP/1.1\r\nHost: a\r\n';

function slow(connections: number, client = 7, capture = new Conversations()): Conversations {
  for (let index = 0; index < connections; index++) {
    const start = index * 0.02;
    const connection = capture
      .begin({ client })
      .open(start)
      .say(start + 0.01, 'client', HEAD)
      .acknowledge(start + 0.012, 'server');
    for (const later of [2, 4, 6])
      connection.say(start + later, 'client', 'X-a: 1\r\n').acknowledge(start + later + 0.002, 'server');
    connection
      .say(start + 7.1, 'server', 'HTTP/1.1 408 Request Timeout\r\n\r\n')
      .close(start + 7.101, 'server')
      .close(start + 7.11, 'client');
  }
  return capture;
}

test('one address holds forty connections whose requests do not end, and others wait', async () => {
  const capture = slow(40);
  capture
    .begin({ client: 3 })
    .open(1)
    .exchange(1.01, 6.2, 'GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n')
    .close(7.3, 'client')
    .close(7.31, 'server');
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error slowloris client 10.0.0.7']);
  expect(diagnoses[0]!.numbers).toMatchObject({ connections: 40, atOnce: 40, waited: 1, longest: 6.2 });
});

test('four addresses that do the same are one attack', async () => {
  const capture = new Conversations();
  for (const client of [7, 8, 9, 11]) slow(25, client, capture);
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(({ id }) => id)).toEqual(['slowloris']);
  expect(diagnoses[0]!.message).toMatch(/^Slowloris: 4 clients hold 100 connections to 10\.0\.0\.2:80 by requests/);
  expect(diagnoses[0]!.numbers).toMatchObject({ connections: 100, clients: 4 });
});

test('a 408 alone says so of requests in one piece', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 30; index++) {
    const start = index * 0.03;
    capture
      .begin({ client: 7 })
      .open(start)
      .say(start + 0.01, 'client', HEAD)
      .acknowledge(start + 0.012, 'server')
      .say(start + 3.01, 'server', 'HTTP/1.1 408 Request Timeout\r\n\r\n')
      .close(start + 3.011, 'server')
      .close(start + 3.02, 'client');
  }
  expect((await capture.diagnoses()).map(inShort)).toEqual(['warning slowloris client 10.0.0.7']);
});

test('six slow ones are a slow line, and many requests that are answered late are a slow server', async () => {
  expect((await slow(6).diagnoses()).map(({ id }) => id)).not.toContain('slowloris');
  const capture = new Conversations();
  for (let index = 0; index < 40; index++) {
    const start = index * 0.05;
    capture
      .begin()
      .open(start)
      .exchange(start + 0.01, 6 + (index % 7) / 10, 'GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n')
      .close(start + 8, 'client')
      .close(start + 8.01, 'server');
  }
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('slowloris');
});
