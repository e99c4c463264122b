import { expect, test } from 'vitest';

import { Conversations, inShort } from './conversations.js';

/** One address looks at so many ports, of which 22 is open. */
function looks(ports: number): Conversations {
  const capture = new Conversations();
  for (let port = 1; port <= ports; port++) {
    if (port === 22)
      capture
        .begin({ client: 9, port })
        .open(port * 0.002)
        .reset(port * 0.002 + 0.003, 'client');
    else capture.refused(port * 0.002, { client: 9, port });
  }
  return capture;
}

test('one address looks at three hundred ports: information, and so is what was refused', async () => {
  const analysis = await looks(300).analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['info scan client 10.0.0.9']);
  expect(analysis.diagnoses[0]!.numbers).toMatchObject({ targets: 300, open: 1, refused: 299 });
  expect(analysis.findings.length).toBeGreaterThanOrEqual(299);
  expect(new Set(analysis.findings.map(({ severity }) => severity))).toEqual(new Set(['info']));
  expect(new Set(analysis.groups.map(({ severity }) => severity))).toEqual(new Set(['info']));
});

test('a port that answers a SYN, and a bare ACK by a RST, is one open port', async () => {
  const capture = looks(60);
  capture.begin({ client: 9, port: 22 }).acknowledge(1, 'client').reset(1.001, 'server', { bare: true });
  const [scan] = await capture.diagnoses();
  expect(scan!.numbers).toMatchObject({ targets: 60, open: 1, refused: 59 });
  expect(scan!.message).toContain(': 1 open, 59 refused, 0 without an answer.');
});

test('a few ports that refuse are as grave as before', async () => {
  const analysis = await looks(12).analyze();
  expect(analysis.diagnoses).toEqual([]);
  expect(analysis.groups.some(({ severity }) => severity === 'warning')).toBe(true);
});

test('a client that talks to many services is none', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 40; index++)
    capture
      .begin({ port: 8000 + index })
      .open(index)
      .exchange(index + 0.01)
      .close(index + 0.02, 'client')
      .close(index + 0.03, 'server');
  expect(await capture.diagnoses()).toEqual([]);
});
