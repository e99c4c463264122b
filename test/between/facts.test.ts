import { describe, expect, it } from 'vitest';
import { type Strip, bothEnds, factsOf, findingsOf, healthy } from './two-tapes.js';

const wanted = '<mss 1460,sackOK,wscale 7>';
/** Healthy connections before and behind: the captures cover what is between. */
const [before, after] = [healthy(0, 50_001), healthy(20, 50_002)];

const strip = (script: string): Strip[] => (script.trim() === '' ? [] : [{ script }]);

/** What happens at second 5 on one tuple, at both taps; the server's is 2 ms away. */
async function told(client: string, server: string, clock = { offset: -1.5, drift: 30 }) {
  const taps = await bothEnds(
    [before.client, ...strip(client), after.client],
    [before.server, ...strip(server), after.server],
    clock,
  );
  return {
    taps,
    facts: factsOf(taps).flat(),
    findings: findingsOf(taps).flat(),
    pair: taps.pairs.find(({ facts }) => facts.length > 0),
  };
}

const opened = {
  client: `5.000 > S 0:0 ${wanted}\n5.004 < S. 0:0 ack 1 ${wanted}\n5.005 > . 1:1 ack 1\n`,
  server: `5.002 > S 0:0 ${wanted}\n5.002 < S. 0:0 ack 1 ${wanted}\n5.007 > . 1:1 ack 1\n`,
};
const asked = {
  client: `${opened.client}5.010 > P. 1:31 ack 1\n5.014 < P. 1:51 ack 31\n5.015 > . 31:31 ack 51\n`,
  server: `${opened.server}5.012 > P. 1:31 ack 1\n5.012 < P. 1:51 ack 31\n5.017 > . 31:31 ack 51\n`,
};

describe('what left and did not arrive', () => {
  it('a SYN whose repetition came through', async () => {
    const { facts, findings, pair } = await told(
      `5.000 > S 0:0 ${wanted}\n6.000 > S 0:0 ${wanted}\n6.004 < S. 0:0 ack 1 ${wanted}\n6.005 > . 1:1 ack 1`,
      `6.002 > S 0:0 id 1001 ${wanted}\n6.002 < S. 0:0 ack 1 ${wanted}\n6.007 > . 1:1 ack 1`,
    );
    expect(facts).toEqual(['syn-lost certain client']);
    expect(findings).toEqual(['explained slow-connect client']);
    expect(pair!.verdict).toBe(
      "1 of 2 SYNs of the client were lost on the way to the server's tap (from frame 9): the connect waited 1 s.",
    );
  });

  it('every SYN: the connection is at one tap only', async () => {
    const { taps } = await told(`5.000 > S 0:0 ${wanted}\n6.000 > S 0:0 ${wanted}\n8.000 > S 0:0 ${wanted}`, '');
    expect(taps.unpaired).toMatchObject([
      {
        what: 'never-arrived',
        confidence: 'certain',
        message:
          'Nothing that ' +
          "the client sent (3 segments from frame 9) came to the server's tap: it was lost or dropped on the way.",
      },
    ]);
  });

  it('and a box refused them in the name of the server', async () => {
    const { taps } = await told(`5.000 > S 0:0 ${wanted}\n5.001 < R. 0:0 ack 1 win 0`, '');
    expect(taps.unpaired).toMatchObject([
      {
        what: 'never-arrived',
        confidence: 'certain',
        message: expect.stringContaining("is not the server's: something between the taps refused it."),
      },
    ]);
  });

  it('every SYN-ACK', async () => {
    const { facts, findings } = await told(
      `5.000 > S 0:0 ${wanted}\n6.000 > S 0:0 ${wanted}\n8.000 > S 0:0 ${wanted}`,
      [5, 6, 8].map((second) => `${second}.002 > S 0:0 ${wanted}\n${second}.0021 < S. 0:0 ack 1 ${wanted}`).join('\n'),
    );
    expect(facts).toContain('syn-ack-lost certain server');
    expect(findings).toEqual(['explained unanswered filtered client', 'explained incomplete-handshake unheard server']);
  });

  it('a RST: the client waits for ever', async () => {
    const { facts, pair } = await told(asked.client, `${asked.server}6.000 < R. 51:51 ack 31`);
    expect(facts).toEqual(['reset-lost certain server']);
    expect(pair!.resets).toMatchObject([{ role: 'server', sender: 'server', clientFrame: null }]);
  });

  it('every FIN: who asks once more meets a socket that is gone', async () => {
    const { facts, findings } = await told(
      `${asked.client}9.000 > P. 31:61 ack 51\n9.004 < R 51:51 win 0`,
      `${asked.server}6.000 < F. 51:51 ack 31\n6.200 < F. 51:51 ack 31\n6.600 < F. 51:51 ack 31\n` +
        '9.002 > P. 31:61 ack 51\n9.002 < R 51:51 win 0',
    );
    expect(facts).toEqual(['fin-lost certain server']);
    expect(findings).toEqual([
      'explained rst-after-push no-socket client', 'explained rst-after-push closed-peer server',
    ]);
  });

  it('a FIN whose repetition came through is loss, and no more', async () => {
    const { facts, taps } = await told(
      `${asked.client}6.204 < F. 51:51 ack 31\n6.205 > F. 31:31 ack 52\n6.209 < . 52:52 ack 32`,
      `${asked.server}6.000 < F. 51:51 ack 31\n6.202 < F. 51:51 ack 31\n6.207 > F. 31:31 ack 52\n6.207 < . 52:52 ` +
        `ack 32`,
    );
    expect(facts).toEqual([]);
    expect(taps.pairs.find(({ legs }) => legs.server.lost > 0)!.legs.server).toMatchObject({ sent: 5, lost: 1 });
  });

  it('a FIN that came to the tap of a host that is gone', async () => {
    const repeated = [6, 6.2, 6.6, 7.4, 9, 12].map((second) => second);
    const { facts, findings } = await told(
      asked.client + repeated.map((second) => `${second.toFixed(3)} > F. 31:31 ack 51`).join('\n'),
      asked.server + repeated.map((second) => `${(second + 0.002).toFixed(3)} > F. 31:31 ack 51`).join('\n'),
    );
    expect(facts).toEqual(['fin-ignored certain client']);
    expect(findings.every((finding) => !finding.startsWith('kept'))).toBe(true);
  });
});

describe('what arrived and was never sent', () => {
  it('a FIN in the name of a server that goes on', async () => {
    const { facts } = await told(
      `${asked.client}6.000 < F. 51:51 ack 31\n6.001 > . 31:31 ack 52`,
      `${asked.server}6.003 > . 31:31 ack 52\n7.000 < P. 51:91 ack 31\n7.200 < P. 51:91 ack 31`,
    );
    expect(facts).toContain('fin-injected certain server');
  });

  it('a RST without a sign but that it is not there: likely', async () => {
    const { facts } = await told(`${asked.client}6.000 < R 51:51`, asked.server);
    expect(facts).toEqual(['reset-injected likely server']);
  });

  it('a RST that answers what a box drops, and goes on dropping: one fact', async () => {
    const again = [8, 8.2, 8.6, 9.4];
    const { facts, findings, pair } = await told(
      asked.client + again.map((time) => `${time.toFixed(4)} > P. 31:61 ack 51`).join('\n'),
      `${asked.server}6.000 < P. 51:91 ack 31\n6.0001 > R 31:31 ttl 61\n` +
        again
          .map((time) => `${(time + 0.002).toFixed(4)} > P. 31:61 ack 51\n${(time + 0.0021).toFixed(4)} < R 51:51`)
          .join('\n'),
    );
    expect(facts).toEqual(['reset-injected certain client']);
    expect(pair!.facts[0]!.severity).toBe('error');
    expect(findings.filter((finding) => finding.startsWith('kept'))).toEqual([]);
  });

  it('a RST whose supposed sender goes on: certain', async () => {
    const { facts, pair } = await told(
      `${asked.client}6.000 < R 51:51\n7.002 < P. 51:91 ack 31\n7.0021 > R 31:31`,
      `${asked.server}7.000 < P. 51:91 ack 31\n7.0041 > R 31:31`,
    );
    expect(facts).toEqual(['reset-injected certain server']);
    expect(pair!.resets.map(({ role, sender, cause }) => [role, sender, cause])).toEqual([
      ['server', 'between', 'forged'],
      ['client', 'client', expect.any(String)],
    ]);
  });
});

it('a RST that one capture takes for forged goes when the other has it', async () => {
  // Another TTL and IP ID 0 on an aborting RST are two soft signs for one capture; the server's own has it.
  const reset = '< R. 51:51 ack 31 win 500 id 0 ttl 200';
  const { facts, findings } = await told(`${asked.client}6.002 ${reset}`, `${asked.server}6.000 ${reset}`);
  expect(facts).toEqual([]);
  expect(findings).toEqual(['refuted forged-reset client+server']);
});
