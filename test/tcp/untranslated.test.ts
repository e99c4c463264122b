import { describe, expect, it } from 'vitest';

import { Conversations } from '../diagnoses/conversations.js';

/** A download of 10.0.0.1 from 10.0.0.9, the address of a service, from port 41000. */
function download(capture: Conversations, clientPort = 41_000): void {
  const conversation = capture.begin({ server: 9, clientPort }).open(0).exchange(0.1).exchange(1).exchange(3);
  conversation.close(4, 'client').close(4.01, 'server');
}

async function told(capture: Conversations): Promise<readonly string[]> {
  const { findings } = await capture.analyze();
  return findings.map(({ id, cause, role, message }) => `${id} ${cause} ${role}: ${message}`);
}

describe('a NAT lets a segment of the server behind a service through as it is', () => {
  it('data: the client never had a connection with that address', async () => {
    const capture = new Conversations();
    download(capture);
    const stray = capture.begin({ server: 2, clientPort: 41_000 }).standing();
    stray.say(2, 'server', 9).reset(2.0001, 'client', { bare: true });
    const analysis = await capture.analyze();
    expect(analysis.connection(1).resets.map(({ cause, confidence }) => `${cause} ${confidence}`)).toEqual([
      'no-socket likely',
    ]);
    expect(await told(capture)).toEqual([
      expect.stringMatching(
        /^rst-after-push no-socket server: The server sent 9 bytes .* that never had a connection .* talks from the same port to 10\.0\.0\.9:80 \(stream 0\): a NAT let this segment through/,
      ),
    ]);
  });

  it('captured twice', async () => {
    const capture = new Conversations();
    download(capture);
    const stray = capture.begin({ server: 2, clientPort: 41_000 }).standing();
    stray.say(2, 'server', 9).reset(2.0001, 'client', { bare: true });
    capture.frames.push(...capture.frames.map(({ time, data }) => ({ time: time + 20e-6, data })));
    expect(await told(capture)).toEqual([
      expect.stringMatching(/^rst-after-push no-socket server: .* a NAT let this segment through/),
    ]);
  });

  it('data from another port than the service has, in numbers of the connection to the service', async () => {
    const capture = new Conversations();
    download(capture);
    const stray = capture.begin({ server: 2, port: 8080, clientPort: 41_000 }).standing().skip('server', 500);
    stray.say(2, 'server', 9).reset(2.0001, 'client', { bare: true });
    expect(await told(capture)).toEqual([
      expect.stringMatching(
        /^rst-after-push no-socket server: .* talks from the same port to 10\.0\.0\.9:80 \(stream 0\): a NAT let/,
      ),
    ]);
  });

  it('a bare acknowledgment', async () => {
    const capture = new Conversations();
    download(capture);
    capture
      .begin({ server: 2, clientPort: 41_000 })
      .standing()
      .acknowledge(2, 'server')
      .reset(2.0001, 'client', { bare: true });
    expect(await told(capture)).toEqual([
      expect.stringMatching(/^unexpected-reset bare-ack client: .*talks from the same port to 10\.0\.0\.9:80/),
    ]);
  });
});

describe('nothing of the kind', () => {
  it('the client talks from another port', async () => {
    const capture = new Conversations();
    download(capture, 41_001);
    capture
      .begin({ server: 2, clientPort: 41_000 })
      .standing()
      .say(2, 'server', 9)
      .reset(2.0001, 'client', { bare: true });
    expect(await told(capture)).toEqual([expect.stringMatching(/^rst-after-push closed-peer server/)]);
  });

  it('another port than the service has, and other numbers', async () => {
    const capture = new Conversations();
    download(capture);
    const stray = capture.begin({ server: 2, port: 8080, clientPort: 41_000 }).skip('server', 900_000_000).standing();
    stray.say(2, 'server', 9).reset(2.0001, 'client', { bare: true });
    expect(await told(capture)).toEqual([expect.not.stringContaining('NAT')]);
  });

  it('the client had a connection with that address, and has closed it', async () => {
    const capture = new Conversations();
    download(capture);
    const other = capture.begin({ server: 2, clientPort: 41_000 }).open(0).exchange(0.1).close(1, 'client');
    other.say(2, 'server', 9).reset(2.0001, 'client', { bare: true });
    expect(await told(capture)).toEqual([expect.not.stringContaining('NAT')]);
  });
});
