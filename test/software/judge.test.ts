import { describe, expect, test } from 'vitest';

// The recorder is plain JavaScript without declarations: loaded by address, so that the compiler does not ask for any.
const load = async (file: string) => import(new URL(file, import.meta.url).href);
const { causesOf, faultsOf } = await load('judge.mjs');
const { figuresOf, tooLow, verdict } = await load('figures.mjs');

const addresses = {
  client: ['10.1.1.2', 'fd78:1:1::2'],
  server: ['10.1.2.2', 'fd78:1:2::2'],
  backend: ['10.1.3.2'],
  router: ['10.1.1.1', '10.1.2.1'],
};
const healthy = { name: 'calm', healthy: true, truth: {}, addresses, resets: [] };
const idle = {
  diagnosis: ['idle-limit', 'keep-alive-mismatch'],
  by: 'server',
  seconds: 6,
  findings: ['rst-after-push/closed-peer'],
};
const faulty = { name: 'idle', healthy: false, truth: idle, addresses, resets: [] };

const finding = (id: string, cause: string, severity: string) => ({ type: 'finding', id, cause, severity });
const diagnosis = (id: string, address: string, seconds: number, streams = [0]) => ({
  type: 'diagnosis',
  id,
  severity: 'error',
  by: { role: 'server', address },
  numbers: { seconds },
  streams,
});
const late = { ...finding('rst-after-push', 'closed-peer', 'error'), explainedBy: 'idle-limit' };

describe('a healthy recording', () => {
  test('may be told of, but not loudly', () => {
    expect(faultsOf(healthy, [finding('half-closed', 'intentional', 'info')])).toEqual({});
  });

  test('is spoilt by a warning, of a finding or a diagnosis', () => {
    const said = [
      finding('linger-reset', 'abort', 'warning'),
      finding('linger-reset', 'abort', 'warning'),
      diagnosis('leak', '10.1.2.2', 1),
    ];
    expect(faultsOf(healthy, said)).toEqual({ noise: '2 x linger-reset/abort (warning), 1 x leak (error)' });
  });
});

test('a healthy recording may have a story, as information', () => {
  const checks = { ...healthy, truth: { diagnosis: 'health-check' } };
  expect(faultsOf(checks, [{ type: 'diagnosis', id: 'health-check', severity: 'info' }])).toEqual({});
  expect(faultsOf(checks, [])).toEqual({ diagnosis: 'no health-check' });
  expect(faultsOf(checks, [{ type: 'diagnosis', id: 'health-check', severity: 'warning' }])).toEqual({
    noise: '1 x health-check (warning)',
  });
});

describe('a faulty recording', () => {
  test('leaves no finding beside its story', () => {
    const beside = [finding('unanswered-request', 'closed', 'warning'), finding('half-closed', 'intentional', 'info')];
    expect(faultsOf(faulty, [late, diagnosis('idle-limit', '10.1.2.2', 6.08), ...beside])).toEqual({
      left: '1 x unanswered-request/closed (warning)',
    });
  });

  test('has one story for one fault', () => {
    const story = diagnosis('idle-limit', '10.1.2.2', 6.08);
    expect(faultsOf(faulty, [late, story, diagnosis('restart', '10.1.2.2', 0, [1])])).toEqual({});
    expect(faultsOf(faulty, [late, story, diagnosis('restart', '10.1.2.2', 0, [1, 0])])).toEqual({
      twice: 'idle-limit and restart are of the same connections',
    });
  });

  test('wants its finding and its story', () => {
    expect(faultsOf(faulty, [late, diagnosis('idle-limit', '10.1.2.2', 6.08)])).toEqual({});
    expect(faultsOf(faulty, [])).toEqual({
      silence: 'none of rst-after-push/closed-peer',
      diagnosis: 'no idle-limit or keep-alive-mismatch',
    });
  });

  test('is told by its story too, whose findings need not be told again', () => {
    expect(faultsOf(faulty, [diagnosis('keep-alive-mismatch', '10.1.2.2', 6)])).toEqual({});
    expect(faultsOf(faulty, [diagnosis('leak', '10.1.2.2', 6)]).silence).toBe('none of rst-after-push/closed-peer');
  });

  test('is not told by another cause of the same finding', () => {
    expect(faultsOf(faulty, [finding('rst-after-push', 'no-socket', 'error')], { diagnoses: false })).toEqual({
      silence: 'none of rst-after-push/closed-peer; said: 1 x rst-after-push/no-socket (error)',
    });
  });

  test.each([
    ['another story', diagnosis('leak', '10.1.2.2', 6), 'no idle-limit or keep-alive-mismatch; said: leak'],
    ['the wrong one', diagnosis('idle-limit', '10.1.1.2', 6), 'idle-limit is told of 10.1.1.2, and it is the server'],
    ['seconds 3 % off', diagnosis('idle-limit', '10.1.2.2', 6.18), 'idle-limit of 6.18 s, and it was 6 s'],
  ])('is told wrongly with %s', (_what, told, words) => {
    expect(faultsOf(faulty, [late, told])).toEqual({ diagnosis: words });
  });

  test('whose software looks at its timers once a second has bounds', () => {
    const loose = { ...faulty, truth: { ...idle, seconds: [4, 5.4] } };
    expect(faultsOf(loose, [late, diagnosis('idle-limit', '10.1.2.2', 5.1)])).toEqual({});
    expect(faultsOf(loose, [late, diagnosis('idle-limit', '10.1.2.2', 6)])).toEqual({
      diagnosis: 'idle-limit of 6 s, and it was 4 to 5.4 s',
    });
  });

  test('may be the doing of either of two', () => {
    const either = { ...faulty, truth: { ...idle, by: ['client', 'server'] } };
    expect(faultsOf(either, [late, diagnosis('idle-limit', '10.1.1.2', 6)])).toEqual({});
  });
});

const flow = (reset: object) => ({
  type: 'flow',
  stream: 4,
  client: { address: '10.1.1.2', port: 40_000 },
  server: { address: '10.1.2.2', port: 80 },
  resets: [
    { by: 'server', frame: 9, time: 100, shape: 'active', cause: 'unread-data', confidence: 'likely', ...reset },
  ],
});
const note = (reason: string, remote = '10.1.1.2|40000', t = 100.01) => ({ t, local: '10.1.2.2|80', remote, reason });
const causes = (reset: object, ...resets: object[]) => causesOf({ ...healthy, resets }, [flow(reset)]);

describe('the cause of a RST', () => {
  test('is what the kernel says it is', () => {
    expect(causes({}, note('TCP_ABORT_ON_CLOSE')).likely).toEqual({ right: 1, of: 1, wrong: [] });
  });

  test('is contradicted by another reason, with the frame', () => {
    expect(causes({}, note('TCP_STATE')).likely).toEqual({
      right: 0,
      of: 1,
      wrong: ['stream 4 frame 9: unread-data, kernel: TCP_STATE'],
    });
  });

  test('as abort is one of two, and neither is a third', () => {
    expect(causes({ cause: 'abort' }, note('TCP_STATE')).likely.right).toBe(1);
    expect(causes({ cause: 'abort' }, note('TCP_ABORT_ON_DATA')).likely.right).toBe(0);
  });

  test('is not judged where the kernel sent none: another time, another socket, a box on the way', () => {
    expect(causes({}, note('TCP_STATE', '10.1.1.2|40000', 101), note('TCP_STATE', '10.1.1.2|40001')).likely.of).toBe(0);
  });

  test('is looked up behind a gateway that translates addresses', () => {
    expect(causes({}, note('TCP_ABORT_ON_CLOSE', '10.1.2.1|40000')).likely.right).toBe(1);
  });

  test('may be a forgery where the gateway that translates has sent it, and not where the host has', () => {
    const forged = { shape: 'reactive', cause: 'forged' };
    const byGateway = { ...flow(forged), server: { address: '10.1.2.1', port: 80 } };
    const own = { ...note('NO_SOCKET'), local: '10.1.2.1|80' };
    expect(causesOf({ ...healthy, resets: [own] }, [byGateway]).likely.right).toBe(1);
    expect(causes(forged, note('NO_SOCKET')).likely.right).toBe(0);
  });

  test('of an answer is not held against a RST of close() nearby', () => {
    const answer = { shape: 'reactive', cause: 'closed-peer', confidence: 'certain' };
    expect(causes(answer, note('TCP_STATE', '10.1.1.2|40000', 100), note('TCP_TIMEWAIT_SOCKET')).certain).toEqual({
      right: 1,
      of: 1,
      wrong: [],
    });
  });

  test('is that of the port, where one end sent several and the kernel noted fewer: the socket is gone by then', () => {
    const late = { by: 'server', shape: 'reactive', confidence: 'likely' };
    const storm = {
      ...flow({}),
      resets: [
        { ...late, frame: 9, time: 100, cause: 'closed-peer' },
        { ...late, frame: 11, time: 100.000_02, cause: 'echo' },
      ],
    };
    const resets = [note('TCP_ABORT_ON_DATA', '10.1.1.2|40000', 99.999_997)];
    expect(causesOf({ ...healthy, resets }, [storm]).likely).toEqual({ right: 2, of: 2, wrong: [] });
    const alone = { ...storm, resets: [{ ...late, frame: 9, time: 100, cause: 'echo' }] };
    expect(causesOf({ ...healthy, resets }, [alone]).likely.right).toBe(0);
  });

  test('of an answer may be that of the port, where the kernel names no other end', () => {
    expect(
      causes({ shape: 'reactive', cause: 'refused', confidence: 'certain' }, note('NO_SOCKET', '0.0.0.0|0')).certain
        .right,
    ).toBe(1);
    expect(
      causes({ shape: 'reactive', cause: 'linger', confidence: 'certain' }, note('NO_SOCKET', '0.0.0.0|0')).certain
        .right,
    ).toBe(0);
  });
});

test('figures fall below their floors by one recording each', () => {
  const loud = verdict(healthy, [finding('refused', '', 'warning')], true);
  const silent = verdict(faulty, [], true);
  expect(loud.lines).toEqual(['calm (healthy):', '    noise: 1 x refused (warning)']);
  const figures = figuresOf([loud, silent, verdict(healthy, [], true)]);
  expect(figures).toMatchObject({
    quiet: { right: 1, of: 2, percent: 50 },
    told: { right: 0, of: 1 },
    diagnosed: { right: 0, of: 1 },
    likely: { of: 0 },
  });
  expect(tooLow(figures, true).map((line: string) => line.split(':')[0])).toEqual(['quiet', 'told', 'diagnosed']);
  expect(tooLow(figures, false).map((line: string) => line.split(':')[0])).toEqual(['quiet', 'told']);
});
