import { afterEach, expect, test, vi } from 'vitest';
import type { Analysis, AnalysisOptions } from '../../src/analysis/model.js';
import { FORMATS as DIFF_FORMATS } from '../../src/cli/diff.js';
import { FORMATS as NETSTAT_FORMATS } from '../../src/cli/netstat.js';
import { commands, run } from '../../src/cli/cli.js';
import { diffs } from '../../src/report/diff.js';
import { netstats } from '../../src/report/netstat.js';
import { analysis, at, client, connection, finding, server } from '../report/analysis-fixture.js';
import { type FakeHost, fakeHost } from './fake-host.js';

const analyze = vi.hoisted(() => vi.fn<(paths: readonly string[], options: AnalysisOptions) => Promise<Analysis>>());
vi.mock('../../src/analysis/analyze.js', () => ({ analyze }));
const showTui = vi.hoisted(() =>
  vi.fn<(options: { paths: readonly string[]; analysisOptions: AnalysisOptions }) => Promise<number>>(),
);
vi.mock('../../src/tui/main.js', () => ({ showTui }));
const showBetween = vi.hoisted(() => vi.fn<(options: object) => Promise<number>>());
vi.mock('../../src/tui/between/main.js', () => ({ showBetween }));
afterEach(() => vi.resetAllMocks());

const healthy = analysis({
  connections: [connection()],
  sockets: [
    {
      time: 0, local: client, remote: server, state: 'TIME-WAIT', since: at(1.2), expires: at(61.2), proven: true,
      flow: 0,
    },
  ],
});
const leaking = analysis({ connections: [connection()], findings: [finding()] });
const warned = analysis({ connections: [connection()], findings: [finding({ severity: 'warning' })] });

async function lastack(args: string, result: Analysis = healthy, host: FakeHost = fakeHost()): Promise<FakeHost> {
  analyze.mockResolvedValue(result);
  await run(args.split(' ').filter((word) => word !== ''), host);
  return host;
}

test('a command that is called is made without the others, and says the same of itself', async () => {
  const all = commands(fakeHost()).commands;
  expect(all.length).toBeGreaterThan(10);
  for (const command of all) {
    const { stdout } = await lastack(`${command.name()} --help`);
    expect(stdout.text).toContain(command.helpInformation());
  }
});

test('the formats on the command line are those that are written', () => {
  expect(DIFF_FORMATS).toEqual(Object.keys(diffs));
  expect(NETSTAT_FORMATS).toEqual(Object.keys(netstats));
});

test.each([
  ['report x.pcap', healthy, 0], ['report x.pcap', warned, 0], ['report x.pcap', leaking, 1],
  ['report x.pcap --fail-on warning', warned, 1], ['report x.pcap --fail-on info', healthy, 0],
  ['report x.pcap --fail-on never', leaking, 0], ['x.pcap', leaking, 1], ['x.pcap --fail-on never', leaking, 0],
  ['netstat x.pcap', leaking, 0],
])('%s: exit status', async (args, result, status) => {
  const host = await lastack(args, result);
  expect(host.exitCode).toBe(status);
  expect(host.stderr.text).toBe('');
});

test('without a terminal the report is text', async () => {
  const host = await lastack('x.pcap');
  expect(host.stdout.text).toMatch(/^capture {6}trace\.pcap[^]*The one connection shows nothing wrong\.\n$/);
});

test('a person at a terminal gets the screen, whatever it finds', async () => {
  showTui.mockResolvedValue(0);
  const host = await lastack('a.pcap b.pcap --fin-timeout 6s --no-color', leaking, fakeHost({ terminal: true }));
  expect(showTui.mock.lastCall).toEqual([
    { paths: ['a.pcap', 'b.pcap'], analysisOptions: { reader: 'lastack', spoolLimit: 2e9, finTimeout: 6e9 } },
  ]);
  expect([host.exitCode, host.stdout.text, host.env]).toEqual([0, '', { NO_COLOR: '1' }]);
});

test('a capture from a pipe leaves the keys to the terminal', async () => {
  showTui.mockResolvedValue(0);
  await lastack('-', healthy, { ...fakeHost({ terminal: true }), stdin: { isTTY: false } });
  expect(showTui.mock.lastCall?.[0].paths).toEqual(['-']);
});

test.each([
  ['a format', 'x.pcap -f ndjson', {}, true], ['a file', 'x.pcap -o /dev/null', {}, true],
  ['a terminal that cannot', 'x.pcap', { TERM: 'dumb' }, true], ['no keys', 'x.pcap', {}, false],
])('%s means the report, not the screen', async (_name, args, env, keys) => {
  const host = await lastack(args, healthy, { ...fakeHost({ terminal: true, env }), stdin: { isTTY: keys } });
  expect(showTui).not.toHaveBeenCalled();
  expect(host.exitCode).toBe(0);
});

test('captures of both ends have a screen of their own at a terminal', async () => {
  showBetween.mockResolvedValue(0);
  const host = await lastack('between a.pcap - --fin-timeout 6s --no-color', healthy, {
    ...fakeHost({ terminal: true }), stdin: { isTTY: false },
  });
  expect(showBetween.mock.lastCall).toEqual([
    { paths: { client: ['a.pcap'], server: ['-'] }, analysisOptions: { reader: 'lastack', finTimeout: 6e9 } },
  ]);
  expect([host.exitCode, host.stdout.text, host.env]).toEqual([0, '', { NO_COLOR: '1' }]);
});

test.each([
  ['a format', '-f text', {}, true], ['a file', '-o /dev/null', {}, true], ['one ladder', '--ladder 0', {}, true],
  ['an extract', '--extract proof', {}, true], ['a terminal that cannot', '', { TERM: 'dumb' }, true],
  ['no keys', '', {}, false],
])('%s means text of both ends, not the screen', async (_name, args, env, keys) => {
  await lastack(`between a.pcap b.pcap ${args}`.trim(), healthy, {
    ...fakeHost({ terminal: true, env }), stdin: { isTTY: keys },
  });
  expect(showBetween).not.toHaveBeenCalled();
});

test('the timers, the reader and the profiles reach the analysis', async () => {
  await lastack(
    'report a.pcap b.pcap --fin-timeout 6s --time-wait 500ms --profile linux --profile 10.0.0.1=windows --reader ' +
      'pcap-parser --max-bytes 2G',
  );
  expect(analyze.mock.lastCall?.[0]).toEqual(['a.pcap', 'b.pcap']);
  expect(analyze.mock.lastCall?.[1]).toEqual({
    finTimeout: 6e9, timeWait: 0.5e9, profile: 'linux', profiles: new Map([['10.0.0.1', 'windows']]),
    reader: 'pcap-parser', maxBytes: 2e9, onProgress: expect.any(Function), signal: expect.any(AbortSignal),
  });
});

test('what is not said is left to the analysis', async () => {
  await lastack('report a.pcap');
  expect(analyze.mock.lastCall?.[1]).toEqual({
    reader: 'lastack', onProgress: expect.any(Function), signal: expect.any(AbortSignal),
  });
});

test('many moments, one reading', async () => {
  const host = await lastack('netstat x.pcap -f ndjson --at 1795170261.000000 --at +10.5 --at 2026-11-20T10:24:31Z');
  expect(analyze).toHaveBeenCalledTimes(1);
  expect(
    host.stdout.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).time),
  ).toEqual([1_795_170_261, 1_795_170_251.75, 1_795_170_271]);
});

test('without a moment, the last packet', async () => {
  const host = await lastack('netstat x.pcap');
  expect(host.stdout.text.split('\n')[0]).toBe('2026-11-20 10:25:01.125 UTC, 1 socket');
});

test.each([
  ['report', 'lastack: name a capture, or a folder of rows with --rows\n'],
  ['report x.pcap --fin-timout 6s', "lastack: unknown option '--fin-timout'\n(Did you mean --fin-timeout?)\n"],
  [
    'report x.pcap --fin-timeout soon',
    "lastack: option '--fin-timeout <duration>' argument 'soon' is invalid. Write 60s, 500ms, 2m, 1h, or a number " +
      'of seconds.\n',
  ],
  [
    'report x.pcap -f xml',
    "lastack: option '-f, --format <name>' argument 'xml' is invalid. Allowed choices are text, ndjson, json, " +
      'html, csv, markdown, junit, sarif, openmetrics, parquet.\n',
  ],
  ['reprot x.pcap', 'lastack: reprot is neither a command nor a file. Did you mean report?\n'],
  [
    'flow x.pcap seven',
    "lastack: stream 'seven' is invalid. Write the number of a stream: 0, 1, 2…\n",
  ],
  ['flow x.pcap 7', 'lastack: the capture has no stream 7: its streams are 0 to 0\n'],
  ['--fin-timeout 6s report x.pcap', 'lastack: write --fin-timeout after report\n'],
  ['report none-such-*.pcap', 'lastack: no file matches none-such-*.pcap\n'],
])('%s: a clear error and status 2', async (args, message) => {
  const host = await lastack(args);
  expect(host.exitCode).toBe(2);
  expect(host.stderr.text).toBe(message);
  expect(host.stdout.text).toBe('');
});

test('a capture that cannot be read: its message, without a stack trace, and acting on nothing', async () => {
  analyze.mockRejectedValue(Object.assign(new Error('evil\u001B[2J.pcap: no such file'), { name: 'CaptureError' }));
  const host = fakeHost();
  await run(['report', 'x.pcap'], host);
  expect(host.exitCode).toBe(2);
  expect(host.stderr.text).toBe('lastack: evil\\x1b[2J.pcap: no such file\n');
});

test('a fault of our own is called so, and LASTACK_DEBUG=1 shows where', async () => {
  analyze.mockRejectedValue(new TypeError('x is not a function'));
  const [host, debugged] = [fakeHost(), fakeHost({ env: { LASTACK_DEBUG: '1' } })];
  await run(['report', 'x.pcap'], host);
  await run(['report', 'x.pcap'], debugged);
  expect(host.stderr.text).toBe('lastack: x is not a function (a fault of lastack: LASTACK_DEBUG=1 shows where)\n');
  expect(debugged.stderr.text).toMatch(/^lastack: x is not a function\nTypeError: x is not a function\n {4}at /);
});

test('damage is told on stderr too, unless it should be quiet', async () => {
  const damaged = analysis({
    connections: [connection()],
    capture: { damage: Array.from({ length: 22 }, (_, offset) => ({ file: 'x.pcap', offset, what: 'cut short' })) },
  });
  const [host, quiet] = [await lastack('report x.pcap', damaged), await lastack('report x.pcap -q', damaged)];
  expect(host.stderr.text.split('\n').slice(0, 1)).toEqual(['lastack: x.pcap: at byte 0: cut short']);
  expect(host.stderr.text.split('\n').slice(20)).toEqual(['lastack: and 2 more places of damage', '']);
  expect(quiet.stderr.text).toBe('');
});

test('a terminal as stdin holds no capture', async () => {
  const host = await lastack('report -', healthy, fakeHost({ terminal: true }));
  expect(host.exitCode).toBe(2);
  expect(host.stderr.text).toBe(
    'lastack: stdin is a terminal; pipe a capture into it: ssh HOST tcpdump -U -w - | lastack -\n',
  );
});

test('colour on a terminal, and none where it is refused', async () => {
  const colored = await lastack('report x.pcap', leaking, fakeHost({ terminal: true }));
  const plain = await lastack('report x.pcap --no-color', leaking, fakeHost({ terminal: true }));
  expect(colored.stdout.text).toContain('\u001B[31m');
  expect(plain.stdout.text).not.toContain('\u001B');
});

test('help begins with examples; without arguments it is an error', async () => {
  const [asked, bare] = [await lastack('--help'), await lastack('')];
  expect(asked.stdout.text).toMatch(/^Examples:\n {2}lastack trace\.pcapng/);
  expect([asked.exitCode, asked.stderr.text]).toEqual([0, '']);
  expect([bare.exitCode, bare.stdout.text, bare.stderr.text]).toEqual([2, '', asked.stdout.text]);
});

test('every command has help with examples', async () => {
  for (const command of ['report', 'netstat', 'flow', 'diff', 'explain']) {
    const host = await lastack(`${command} --help`);
    expect(host.exitCode).toBe(0);
    expect(host.stdout.text).toMatch(new RegExp(`^Examples:\\n {2}lastack ${command}`));
  }
});

test('the version is that of the package', async () => {
  expect((await lastack('--version')).stdout.text).toMatch(/^\d+\.\d+\.\d+\n$/);
});
