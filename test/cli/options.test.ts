import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Analysis, AnalysisOptions, Connection } from '../../src/analysis/model.js';
import { useZone, zoneName } from '../../src/base/zone.js';
import { commands, run } from '../../src/cli/cli.js';
import { commandLines } from '../../src/cli/command-line.js';
import type { CollectInput, CollectOptions, Collected } from '../../src/collect/collect.js';
import type { ExtractOptions, Extracted } from '../../src/extract/extract.js';
import type { StepRow } from '../../src/collect/rows.js';
import { ndjson } from '../../src/report/ndjson.js';
import { analysis, at, client, connection, finding, server } from '../report/analysis-fixture.js';
import type { TwoTaps } from '../../src/between/between.js';
import { twoTaps } from '../report/between/taps-fixture.js';
import { type FakeHost, fakeHost } from './fake-host.js';
import { inOnePiece } from '../report/written.js';

// Every option of every command is given once, and what it does is looked at: see `exercises`.

const analyze = vi.hoisted(() => vi.fn<(paths: readonly string[], options: AnalysisOptions) => Promise<Analysis>>());
vi.mock('../../src/analysis/analyze.js', () => ({ analyze }));
vi.mock('../../src/reread/ladder.js', () => ({ readLadder: () => Promise.resolve([]) }));
type Choose = (connection: Connection) => boolean;
const extract = vi.hoisted(() =>
  vi.fn<
    (analysis: Analysis, choose: Choose, options: ExtractOptions, extracted: Extracted) => AsyncIterable<Uint8Array>
  >(),
);
vi.mock('../../src/extract/extract.js', () => ({ extract }));
const between = vi.hoisted(() =>
  vi.fn<(client: readonly string[], server: readonly string[], options: AnalysisOptions) => Promise<TwoTaps>>(),
);
vi.mock('../../src/between/between.js', async (actual) => ({
  ...(await actual<object>()), between, readPairLadder: () => Promise.resolve([]),
  readPairLadders: () => Promise.resolve([]),
}));
interface Shown {
  readonly paths: readonly string[];
  readonly analysisOptions: AnalysisOptions;
  readonly theme?: string;
}
const screens = vi.hoisted(() => ({
  showTui: vi.fn<(options: Shown) => Promise<number>>(), showPlain: vi.fn<(options: Shown) => Promise<number>>(),
}));
vi.mock('../../src/tui/main.js', () => screens);
const showBetween = vi.hoisted(() => vi.fn<(options: { readonly theme?: string }) => Promise<number>>());
vi.mock('../../src/tui/between/main.js', () => ({ showBetween }));
const collect = vi.hoisted(() =>
  vi.fn<(inputs: readonly CollectInput[], options: CollectOptions) => Promise<Collected>>(),
);
vi.mock('../../src/collect/collect.js', () => ({ collect }));
const startSniffer = vi.hoisted(() => vi.fn<(device: string | undefined, filter: string) => Promise<unknown>>());
vi.mock('../../src/cli/sniffer.js', () => ({ startSniffer }));
interface Served { readonly folders: readonly string[]; readonly analysisOptions: AnalysisOptions }
const serve = vi.hoisted(() => vi.fn<(options: Served) => Promise<void>>());
vi.mock('../../src/mcp/server.js', () => ({ serve }));
const watchForMetrics = vi.hoisted(() => vi.fn<(options: object) => Promise<void>>());
vi.mock('../../src/cli/watch-metrics.js', () => ({ watchForMetrics }));

/** Who serves ends with Ctrl-C, which comes as soon as there is something to be served. */
vi.mock('../../src/cli/page-server.js', () => ({
  PageServer: class {
    listen(): Promise<string> {
      setImmediate(() => process.emit('SIGINT'));
      return Promise.resolve('http://127.0.0.1:1/token/');
    }
    close(): Promise<void> {
      return Promise.resolve();
    }
  },
}));

const folder = mkdtempSync(join(tmpdir(), 'lastack-options-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

const web = { address: '10.9.9.9', port: 80 };
const second = connection({ id: 1, stream: 1, streams: [1], server: web });
/** A leak at one service, a linger reset at another, and a place of damage. */
const two = analysis({
  connections: [connection(), second],
  findings: [
    finding(), finding({ id: 'linger-reset', cause: 'abort', severity: 'warning', flow: 1, stream: 1, service: web }),
  ],
  sockets: [
    {
      time: 0, local: server, remote: client, state: 'CLOSE-WAIT', since: at(1.2), expires: null, proven: true, flow: 0,
    },
  ],
  capture: { damage: [{ file: 'x.pcap', offset: 24, what: 'cut short' }] },
});
/** Both ends: what is connection 0 of each did not pass as sent. */
const taps = twoTaps(two, {
  facts: [
    {
      id: 'fin-lost', severity: 'error', confidence: 'certain', role: 'server', time: at(1),
      frames: { client: [], server: [7] }, message: 'No FIN arrived.', numbers: { lost: 1 },
    },
  ],
});
writeFileSync(path('earlier.ndjson'), inOnePiece(ndjson(two)));
writeFileSync(path('config.json'), '{"fin-timeout": "7s"}');

beforeEach(() => {
  analyze.mockResolvedValue(two);
  screens.showTui.mockResolvedValue(0);
  screens.showPlain.mockResolvedValue(0);
  showBetween.mockResolvedValue(0);
  startSniffer.mockResolvedValue({ name: 'tcpdump', packets: process.stdin, stop() {} });
  between.mockImplementation(async (paths, _, given) => {
    await analyze(paths, given);
    return taps;
  });
  collect.mockImplementation(async (_, { onStep }) => {
    onStep?.({ ...step, damage: two.capture.damage });
    return { collected: 1, before: 0, told: 2, open: 0 };
  });
  extract.mockImplementation(async function* extracting(_analysis, _choose, _options, extracted) {
    extracted.connections = 1;
    yield Buffer.from('packets');
  });
});
afterEach(() => void vi.resetAllMocks());

/** What `collect` tells of a file. */
const step: StepRow = {
  step: 1,
  file: 'x.pcap',
  size: 24,
  told: 2,
  open: 0,
  packets: 0,
  tcpPackets: 0,
  bytes: 0,
  first: null,
  last: null,
  damage: [],
  holes: [],
};

/** The least that each command needs. */
const least: Readonly<Record<string, readonly string[]>> = {
  '': ['x.pcap'],
  report: ['report', 'x.pcap'],
  netstat: ['netstat', 'x.pcap'],
  flow: ['flow', 'x.pcap', '0'],
  between: ['between', 'a.pcap', 'b.pcap'],
  diff: ['diff', 'a.pcap', 'b.pcap'],
  extract: ['extract', 'x.pcap', '-o', path('extract.pcapng'), '--force'],
  explain: ['explain'],
  watch: ['watch'],
  serve: ['serve', 'x.pcap'],
  mcp: ['mcp'],
  collect: ['collect', '--source', 'tap', '--state', path('states'), '--to', path('rows'), 'x.pcap'],
  completion: ['completion', 'bash'], wireshark: ['wireshark'],
};
const table = commandLines(commands(fakeHost()));
const pairs = table.flatMap(({ name, options }) => options.map(({ long }) => [name, long] as const));

type Run = (args: readonly string[], host?: Parameters<typeof fakeHost>[0]) => Promise<FakeHost>;
type Exercise = (lastack: Run, command: string) => Promise<void>;

/** What reached the analysis, or the screen that analyses. */
function options(): AnalysisOptions | undefined {
  return analyze.mock.lastCall?.[1] ?? collect.mock.lastCall?.[1] ??
    screens.showTui.mock.lastCall?.[0].analysisOptions ?? serve.mock.lastCall?.[0].analysisOptions;
}
const reaches = (args: readonly string[], expected: AnalysisOptions): Exercise => async (lastack) => {
  await lastack(args);
  expect(options()).toMatchObject(expected);
};
/** Which of the two connections `extract` was told to take. */
const chooses = (args: readonly string[], expected: readonly boolean[]): Exercise => async (lastack) => {
  await lastack(args);
  const choose = extract.mock.lastCall?.[1];
  expect([connection(), second].map((one) => choose?.(one))).toEqual(expected);
};
const extracts = (args: readonly string[], expected: ExtractOptions): Exercise => async (lastack) => {
  await lastack(args);
  expect(extract.mock.lastCall?.[2]).toMatchObject(expected);
};

const collects = (args: readonly string[], expected: Partial<CollectOptions>): Exercise => async (lastack) => {
  await lastack(args);
  expect(collect.mock.lastCall?.[1]).toMatchObject(expected);
};

/** One for each option, the same for all commands that have it. */
const exercises: Readonly<Record<string, Exercise>> = {
  '--help': async (lastack) => expect((await lastack(['--help'])).stdout.text).toMatch(/^Examples:\n {2}/),
  '--version': async (lastack) => expect((await lastack(['--version'])).stdout.text).toMatch(/^\d+\.\d+\.\d+\n$/),
  '--format': async (lastack) =>
    expect(JSON.parse((await lastack(['--format', 'json'])).stdout.text)).toBeTypeOf('object'),
  '--table': async (lastack) =>
    expect((await lastack(['--format', 'csv', '--table', 'groups'])).stdout.text).toMatch(/^severity,finding,/),
  '--output': async (lastack, command) => {
    const { stdout } = await lastack(['--output', path(`out-${command}`)]);
    expect([stdout.text, readFileSync(path(`out-${command}`), 'utf8') === '']).toEqual(['', false]);
  },
  '--filter': async (lastack) =>
    expect((await lastack(['--filter', 'prot 81'])).stderr.text).toMatch(
      /^lastack: --filter: at column 1: unknown field "prot"/,
    ),
  '--fail-on': async (lastack, command) => {
    if (command === 'between')
      return expect([(await lastack([])).exitCode, (await lastack(['--fail-on', 'never'])).exitCode]).toEqual([1, 0]);
    const first = async (args: readonly string[]): Promise<unknown> => {
      // A comparison begins with a capture in which nothing is wrong.
      analyze
        .mockReset()
        .mockResolvedValue(two)
        .mockResolvedValueOnce(command === 'diff' ? analysis({ connections: [connection()] }) : two);
      return (await lastack(args)).exitCode;
    };
    expect([await first([]), await first(['--fail-on', 'never'])]).toEqual([1, 0]);
  },
  '--allow-empty': async (lastack) => {
    analyze.mockReset().mockResolvedValue(analysis({ capture: { packets: 3, tcpPackets: 0 } }));
    const [without, allowed, never] = [
      await lastack(['--format', 'junit']), await lastack(['--format', 'junit', '--allow-empty']),
      await lastack(['--format', 'text', '--fail-on', 'never']),
    ];
    expect([without.exitCode, allowed.exitCode, never.exitCode]).toEqual([1, 0, 0]);
    expect(without.stdout.text).toContain(
      '<failure type="capture" message="There is no TCP connection in this capture.">',
    );
    expect(allowed.stdout.text).not.toContain('<failure');
  },
  '--allow-unknown': async (lastack) => {
    analyze
      .mockReset()
      .mockResolvedValue(analysis({ connections: [connection(), connection({ id: 1, ending: 'reset' })] }));
    const [without, allowed] = [
      await lastack(['--format', 'junit']), await lastack(['--format', 'junit', '--allow-unknown']),
    ];
    expect([without.exitCode, allowed.exitCode]).toEqual([1, 0]);
    expect(without.stdout.text).toContain(
      '<failure type="capture" message="Of 1 nothing is known: 1 was reset, and nothing shows why.">',
    );
    expect(allowed.stdout.text).not.toContain('<failure');
  },
  '--baseline': async (lastack) =>
    expect((await lastack(['--baseline', path('earlier.ndjson')])).stderr.text).toContain(
      'lastack: nothing new against ',
    ),
  '--strict': async (lastack) =>
    expect((await lastack(['--strict'])).stderr.text).toBe(
      'lastack: --strict compares counts with a --baseline; name one\n',
    ),
  '--sockets': async (lastack) =>
    expect((await lastack(['--sockets', 'package.json'])).stderr.text).toContain(
      'there is no connected TCP socket in it',
    ),
  '--fin-timeout': reaches(['--fin-timeout', '6s'], { finTimeout: 6e9 }),
  '--time-wait': reaches(['--time-wait', '500ms'], { timeWait: 0.5e9 }),
  '--profile': reaches(['--profile', 'windows', '--profile', '10.0.0.1=linux'], {
    profile: 'windows', profiles: new Map([['10.0.0.1', 'linux']]),
  }),
  '--reader': reaches(['--reader', 'pcap-parser'], { reader: 'pcap-parser' }),
  '--findings-only': async (lastack, command) => {
    await lastack(['--findings-only']);
    expect(options()).toMatchObject(command === 'collect' ? { found: true } : { findingsOnly: true });
  },
  '--keep-connections': reaches(['--keep-connections', '5k'], { keepConnections: 5000 }),
  '--max-bytes': reaches(['--max-bytes', '2G'], { maxBytes: 2e9 }),
  '--separate': reaches(['--separate', 'vlan,tunnel'], { separate: ['vlan', 'tunnel'] }),
  '--keep-duplicates': reaches(['--keep-duplicates'], { keepDuplicates: true }),
  '--jobs': reaches(['--jobs', '3'], { jobs: 3 }),
  '--utc': async (lastack, command) => {
    process.env['TZ'] = 'Asia/Kolkata';
    try {
      const zones: string[] = [];
      const shown = (): void => void zones.push(zoneName(0));
      analyze.mockImplementation(() => Promise.resolve(two).finally(shown));
      screens.showTui.mockImplementation(() => Promise.resolve(0).finally(shown));
      await lastack([], { terminal: command === 'watch' });
      await lastack(['--utc'], { terminal: command === 'watch' });
      expect([zones.at(0), zones.at(-1)]).toEqual(['UTC+5:30', 'UTC']);
    } finally {
      delete process.env['TZ'];
      useZone('utc');
    }
  },
  '--metrics': async (lastack) => {
    await lastack(['--metrics', ':9464', 'port', '80']);
    expect(watchForMetrics.mock.lastCall?.[0]).toMatchObject({
      address: { host: '127.0.0.1', port: 9464 }, filter: 'port 80',
    });
  },
  '--read': async (lastack) => {
    await lastack(['--metrics', ':9464', '--read', '-']);
    expect(watchForMetrics.mock.lastCall?.[0]).toMatchObject({ read: '-', filter: '' });
  },
  '--allow': async (lastack) => {
    await lastack(['--allow', '/a', '--allow', 'b']);
    expect(serve.mock.lastCall?.[0].folders).toEqual(['/a', 'b']);
  },
  '--config': reaches(['--config', path('config.json')], { finTimeout: 7e9 }),
  '--quiet': async (lastack) => {
    const [loud, quiet] = [await lastack([]), await lastack(['--quiet'])];
    expect([loud.stderr.text.split('\n')[0], quiet.stderr.text]).toEqual([
      'lastack: x.pcap: at byte 24: cut short', '',
    ]);
  },
  '--no-color': async (lastack, command) => {
    if (command === 'watch') return expect((await lastack(['--no-color'])).env['NO_COLOR']).toBe('1');
    const [colored, plain] = [
      await lastack([], { env: { FORCE_COLOR: '1' } }), await lastack(['--no-color'], { env: { FORCE_COLOR: '1' } }),
    ];
    expect([colored.stdout.text.includes('\u001B['), plain.stdout.text.includes('\u001B[')]).toEqual([true, false]);
  },
  '--theme': async (lastack, command) => {
    await lastack(['--theme', 'light'], { terminal: true });
    const shown = command === 'between' ? showBetween.mock.lastCall : screens.showTui.mock.lastCall;
    expect(shown?.[0].theme).toBe('light');
  },
  '--plain': async (lastack) => {
    await lastack(['--plain']);
    expect(screens.showPlain.mock.lastCall?.[0].paths).toEqual(['x.pcap']);
  },
  '--at': async (lastack) =>
    expect((await lastack(['--at', '+10.5', '-f', 'ndjson'])).stdout.text).toContain('"time":1795170251.750000'),
  '--summary': async (lastack) =>
    expect((await lastack(['--summary', '-f', 'csv'])).stdout.text).not.toBe(
      (await lastack(['-f', 'csv'])).stdout.text,
    ),
  '--force': async (lastack) => {
    writeFileSync(path('extract.pcapng'), 'before');
    expect([(await lastack([])).exitCode, readFileSync(path('extract.pcapng'), 'utf8')]).toEqual([0, 'packets']);
  },
  '--finding': chooses(['--finding', 'half-closed'], [true, false]),
  '--cause': chooses(['--cause', 'abort'], [false, true]),
  '--service': chooses(['--service', '10.9.9.9:80'], [false, true]),
  '--stream': chooses(['--stream', '0', '--stream', '1'], [true, true]),
  '--flow': chooses(['--flow', '1'], [false, true]), '--anonymize': extracts(['--anonymize'], { anonymize: true }),
  '--anonymize-key': extracts(['--anonymize-key', 'three little words'], {
    anonymize: true, anonymizeKey: 'three little words',
  }),
  '--no-comments': extracts(['--no-comments'], { comments: false }),
  '--client': async (lastack) =>
    expect((await lastack(['--client', 'c.pcap'])).stderr.text).toBe(
      'lastack: which side is a.pcap of? Write --client or --server before each capture\n',
    ),
  '--server': async (lastack) => expect((await lastack(['--server', 's.pcap'])).exitCode).toBe(2),
  '--ladder': async (lastack) =>
    expect((await lastack(['--ladder', '0'])).stdout.text).toMatch(/^stream 0 at the client, 0 at the server/),
  '--extract': async (lastack) => {
    await lastack(['--extract', path('proof')]);
    expect(['client', 'server'].map((tap) => readFileSync(path(`proof.${tap}.pcapng`), 'utf8'))).toEqual([
      'packets', 'packets',
    ]);
    expect(extract.mock.calls.map(([, choose]) => [connection(), second].map((one) => choose(one)))).toEqual([
      [true, false], [true, false],
    ]);
  },
  '--interface': async (lastack) => {
    await lastack(['--interface', 'eth9']);
    expect(startSniffer.mock.lastCall?.[0]).toBe('eth9');
  },
  '--extcap': async (lastack) =>
    expect((await lastack(['--extcap'])).stdout.text).toMatch(/^#!\/bin\/sh\nexec .+ extcap "\$@"\n$/),
  '--source': collects(['--source', 'web1'], { source: 'web1' }),
  '--state': collects(['--state', 'elsewhere'], { state: 'elsewhere' }),
  '--to': collects(['--to', 'elsewhere'], { to: 'elsewhere' }),
  '--rows': async (lastack, command) => {
    if (command === 'collect') return collects(['--rows', 'ndjson'], { format: 'ndjson' })(lastack, command);
    expect((await lastack(['--rows', path('rows')])).stderr.text).toBe('lastack: --rows takes the place of captures\n');
  },
  '--overlap': collects(['--overlap', '5s'], { overlap: 5e9 }), '--final': collects(['--final'], { final: true }),
  '--port': async (lastack) => {
    expect((await lastack(['--port', '65536'])).stderr.text).toBe(
      "lastack: option '--port <number>' argument '65536' is invalid. Write a number from 0 to 65535.\n",
    );
  },
  '--spool': async (lastack, command) => {
    if (command === 'serve') {
      expect((await lastack(['--spool', 'much'])).stderr.text).toContain(
        "option '--spool <size>' argument 'much' is invalid",
      );
      return;
    }
    await lastack(['--spool', '3M'], { terminal: true });
    expect(options()).toMatchObject({ spoolLimit: 3e6 });
  },
};

test.each(pairs)('%s %s', async (command, option) => {
  const exercise = exercises[option];
  if (exercise === undefined) throw new Error(`nothing exercises ${option} of ${command}; add it to this file`);
  const lastack: Run = async (args, { terminal = command === 'watch', env = {} } = {}) => {
    const host = fakeHost({ terminal, env });
    await run([...(least[command] ?? []), ...args], host);
    return host;
  };
  expect.hasAssertions();
  await exercise(lastack, command);
});

test('no exercise is of an option that is not there', () => {
  expect(Object.keys(exercises).filter((option) => !pairs.some(([, long]) => long === option))).toEqual([]);
});
