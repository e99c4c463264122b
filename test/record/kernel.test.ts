import { describe, expect, test } from 'vitest';

// The recorder is plain JavaScript without declarations: loaded by address, so that the compiler does not ask for any.
const kernel = async (file: string) => import(new URL(`../../record/kernel/${file}`, import.meta.url).href);
const { parseOptions } = await kernel('options.mjs');
const { makePlan } = await kernel('plan.mjs');
const { SCENARIOS } = await kernel('scenarios.mjs');
const { parseTraceLine } = await kernel('trace.mjs');
const { farTooLow, spreadTable } = await kernel('score.mjs');

const addresses = { client: { v4: '10.77.1.2', v6: 'fd77:1::2' }, server: { v4: '10.77.2.2', v6: 'fd77:2::2' } };
const plan = (seed: number, scenarios = 260) => makePlan({ seed, scenarios, duration: 75, addresses });

describe('options of test:kernel', () => {
  test('without any, a minute on a clean road, with a seed yet to be drawn', () => {
    expect(parseOptions([])).toEqual({
      seed: undefined, scenarios: 260, duration: 75, loss: 0, delay: 0, tap: 'mid', late: 0, rounds: 1, keep: undefined,
      show: 0,
    });
  });

  test('all of them', () => {
    const words =
      '--seed 6 --scenarios 20 --duration 30.5 --loss 2.5 --delay 10 --tap client --late 14 --rounds 3 --keep /tmp/kept --show 30'.split(
        ' ',
      );
    expect(parseOptions(words)).toEqual({
      seed: 6, scenarios: 20, duration: 30.5, loss: 2.5, delay: 10, tap: 'client', late: 14, rounds: 3,
      keep: '/tmp/kept', show: 30,
    });
  });

  test.each([
    [['--loss', '6'], '--loss 6: a number from 0 to 5'],
    [['--loss', ''], '--loss : a number from 0 to 5'],
    [['--seed', '1.5'], '--seed 1.5: a whole number from 0 to 4294967295'],
    [['--rounds', 'many'], '--rounds many: a whole number from 1 to 100'],
    [['--tap', 'server'], '--tap server: it is mid or client'],
    [['--late', '75'], '--late 75: the recording is over after 75 s'],
  ])('%j is refused in words', (words, message) => {
    expect(() => parseOptions(words)).toThrow(message);
  });
});

describe('a plan', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(plan(1)).toEqual(plan(1));
    expect(plan(1).scenarios).not.toEqual(plan(2).scenarios);
  });

  test('holds every scenario, and a fifth of it is random', () => {
    const names: string[] = plan(3).scenarios.map(({ name }: { name: string }) => name);
    expect(new Set(names)).toEqual(new Set(Object.keys(SCENARIOS)));
    expect(names.filter((name) => name === 'random')).toHaveLength(52);
  });

  test('gives each scenario ports of its own, or that of the service it crowds, addresses of one family, and time to ' +
    'end', () => {
    const { scenarios } = plan(4);
    expect(scenarios.filter(({ guest }: { guest: boolean }) => !guest)).toHaveLength(260);
    let host = 0;
    for (const [id, { cport, sport, at, v6, cip, sip, raw, guest }] of scenarios.entries()) {
      if (!guest) host = id;
      expect([cport, sport]).toEqual([20_000 + id, 10_000 + host]);
      expect([cip, sip]).toEqual(v6 ? ['fd77:1::2', 'fd77:2::2'] : ['10.77.1.2', '10.77.2.2']);
      expect(raw && v6).toBeFalsy();
      expect(at).toBeGreaterThanOrEqual(0.5);
      expect(at).toBeLessThanOrEqual(27.5);
    }
  });
});

describe('a line of the kernel\'s trace', () => {
  test('is a change of state, at the time of day', () => {
    const line =
      '          <idle>-0       [001] ..s2.  3112.500000: inet_sock_set_state: family=AF_INET protocol=IPPROTO_TCP ' +
      'sport=10020 dport=20020 saddr=10.77.2.2 daddr=10.77.1.2 saddrv6=::ffff:10.77.2.2 daddrv6=::ffff:10.77.1.2 ' +
      'oldstate=TCP_LAST_ACK newstate=TCP_CLOSE';
    expect(parseTraceLine(line, 1000)).toEqual([
      { t: 4112.5, e: 'state', local: '10.77.2.2|10020', remote: '10.77.1.2|20020', from: 'LAST_ACK', to: 'CLOSE' },
    ]);
  });

  test('is a RST sent, with the reason', () => {
    const line = ' python3-7 [000] b.s2. 8.250000: tcp_send_reset: skbaddr=000000007d01a21f skaddr=0000000000000000 ' +
      'src=[fd77:1::2]:20013 dest=[fd77:2::2]:10013 state=UNKNOWN reason=NO_SOCKET';
    expect(parseTraceLine(line, 0)).toEqual([
      {
        t: 8.25, e: 'send_reset', local: 'fd77:1::2|20013', remote: 'fd77:2::2|10013', state: 'UNKNOWN',
        reason: 'NO_SOCKET',
      },
    ]);
  });

  test('is a RST received', () => {
    const line =
      ' python3-7 [000] b.s2. 8.250000: tcp_receive_reset: family=AF_INET6 sport=10013 dport=20013 saddr=0.0.0.0 ' +
      'daddr=0.0.0.0 saddrv6=fd77:2::2 daddrv6=fd77:1::2 sock_cookie=1004';
    expect(parseTraceLine(line, 0)).toEqual([
      { t: 8.25, e: 'recv_reset', local: 'fd77:2::2|10013', remote: 'fd77:1::2|20013' },
    ]);
  });

  test('is nothing where it is a comment', () => {
    expect(parseTraceLine('# tracer: nop', 0)).toEqual([]);
  });
});

test('the spread of two recordings has its median between them', () => {
  const figures = {
    sequences: 99, timing: 100, resets: 85.2, contradicted: 0, netstat: 99, findings: Number.NaN, quiet: 100,
  };
  const table: string = spreadTable([figures, { ...figures, resets: 84.7 }]);
  expect(table.split('\n').filter((line) => /resets|findings/.test(line))).toEqual([
    '| resets | 84.7 % | 84.95 % | 85.2 % |', '| findings | none | none | none |',
  ]);
});

test('the spread of the figures, a figure that a recording says nothing of left out', () => {
  const figures = { sequences: 99.1, timing: 100, resets: 90, contradicted: 0, netstat: 99, findings: 100, quiet: 100 };
  expect(
    spreadTable([{ ...figures, sequences: 100 }, figures, { ...figures, resets: Number.NaN, contradicted: 1 }]),
  ).toBe(
    [
      '| figure | min | median | max |', '| --- | --- | --- | --- |', '| sequences | 99.1 % | 99.1 % | 100 % |',
      '| timing | 100 % | 100 % | 100 % |', '| resets | 90 % | 90 % | 90 % |', '| contradicted | 0 | 0 | 1 |',
      '| netstat | 99 % | 99 % | 99 % |', '| findings | 100 % | 100 % | 100 % |', '| quiet | 100 % | 100 % | 100 % |',
    ].join('\n'),
  );
});

describe('figures of a recording', () => {
  const figures = {
    sequences: 99.1, timing: 100, resets: 86, contradicted: 0, netstat: 99, findings: Number.NaN, quiet: 100,
  };

  test('as they always are, or that it has none of', () => {
    expect(farTooLow(figures)).toEqual([]);
  });

  test('that show a fault', () => {
    expect(farTooLow({ ...figures, contradicted: 1, sequences: 90.9 })).toEqual([
      '1 told as certain, and wrong', 'sequences 90.9 %, and 91 % is the least',
    ]);
  });
});
