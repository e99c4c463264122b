import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import { SECOND } from '../../src/base/time.js';
import { type CollectOptions, collect } from '../../src/collect/collect.js';
import { cellsOf } from '../../src/report/columns.js';
import { scratch } from '../capture/read.js';
import { evenly, splitPcap, splitPcapng } from '../capture/splitter.js';
import { answers, hasDuckdb } from '../report/duckdb.js';

const files = scratch();
const generated = files.path('generated.pcap');
execFileSync(process.execPath, [
  'bench/generate.mjs',
  generated,
  '--packets',
  '6k',
  '--flows',
  '800',
  '--bytes',
  '2M',
  '--rate',
  '4',
  '--seed',
  '5',
]);
const whole = readFileSync(generated);
const records = recordsOf(whole);

/** A capture in pieces, as a rotation would have written it. */
function rotated(name: string, parts: number): string[] {
  return splitPcap(whole, evenly(records.length, parts)).map((piece, index) =>
    files.write(`${name}_${String(index).padStart(5, '0')}.pcap`, piece),
  );
}

function recordsOf(capture: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 24; at < capture.length; ) {
    const end = at + 16 + capture.readUInt32LE(at + 8);
    found.push(capture.subarray(at, end));
    at = end;
  }
  return found;
}

/** A classic capture of some records. */
const captureOf = (some: readonly Buffer[]): Buffer => Buffer.concat([whole.subarray(0, 24), ...some]);

/** Packets of a pcapng file whose packets are all enhanced ones. */
function packetsIn(capture: Buffer): number {
  let packets = 0;
  for (let at = 0; at < capture.length; at += capture.readUInt32LE(at + 4))
    if (capture.readUInt32LE(at) === 6) packets++;
  return packets;
}

let folders = 0;
function options(changes: Partial<CollectOptions> = {}): CollectOptions {
  const folder = files.path(`run${folders++}`);
  return {
    source: 'tap',
    state: join(folder, 'state'),
    to: join(folder, 'rows'),
    overlap: SECOND,
    format: 'ndjson',
    ...changes,
  };
}

type Row = Readonly<Record<string, unknown>>;

/** All rows of a table that a run has written. */
function rowsIn({ to, source }: Pick<CollectOptions, 'to' | 'source'>, table: string): Row[] {
  const folder = join(to, table, source);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ndjson'))
    .flatMap((name) =>
      readFileSync(join(folder, name), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Row),
    );
}

/** Findings that only many connections together show. */
const ofServices = ['unanswered', 'close-wait-buildup', 'port-exhaustion', 'nat-rebinding'];

/** A cell of findings, ids and causes, without those of services. */
function withoutServices(cell: unknown): string | null {
  const names = typeof cell === 'string' ? cell.split(' ') : [];
  return names.filter((name) => !ofServices.includes(name.split('/')[0]!)).join(' ') || null;
}

/** Every file below a folder, by its name there. */
function contents(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  return new Map(names.toSorted().map((name) => [name, readFileSync(join(folder, name), 'base64')]));
}

const inputsOf = (paths: readonly string[]) => paths.map((path) => ({ path }));

/** Sequence number of the packet that a row says is its first. */
function sequenceAt({ file, frame }: Row): number {
  const record = recordsOf(readFileSync(files.path(String(file))))[Number(frame) - 1]!;
  return record.readUInt32BE(16 + 14 + (record.readUInt16BE(16 + 12) === 0x86dd ? 40 : 20) + 4);
}

describe('rows of a tap, file after file', () => {
  test('are those of one run over all files: each connection once, as it is told there', async () => {
    const paths = rotated('trace', 25);
    const own = options({ final: true });
    for (const path of paths) await collect([{ path }], { ...own, final: false });
    await collect([], own);
    const rows = rowsIn(own, 'flows').toSorted((a, b) => Number(a['id']) - Number(b['id']));
    const analysis = await analyze(paths);
    const { columns, rows: cells } = cellsOf(analysis, 'flows');
    const expected = [...cells].map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at]])));
    expect(rows.map(({ id }) => id)).toEqual(expected.map(({ flow }) => flow));
    const shared = [
      'client_address',
      'client_port',
      'server_address',
      'server_port',
      'stream',
      'ending',
      'closer',
      'client_packets',
      'server_packets',
      'findings',
      'zeek_history',
    ];
    const some = (row: Row): unknown[] => shared.map((name) => row[name]);
    const alone = expected.map((row) => ({ ...row, findings: withoutServices(row['findings']) }));
    expect(rows.map(some)).toEqual(alone.map(some));
    // What only many connections together show is asked of the rows.
    const single = analysis.findings.filter(({ id }) => !ofServices.includes(id));
    expect(single.length).toBeLessThan(analysis.findings.length);
    expect(rowsIn(own, 'findings').map(({ id, finding }) => `${Number(id)} ${String(finding)}`).toSorted())
      .toEqual(single.map(({ flow, id }) => `${flow} ${id}`).toSorted());
    const tallies = rowsIn(own, 'tallies').reduce((sum, { flows }) => sum + Number(flows), 0);
    expect(tallies).toBe(rows.length);
    const steps = rowsIn(own, 'steps');
    expect(steps.reduce((sum, { told }) => sum + Number(told), 0)).toBe(rows.length);
    // Those that were held back to the end are counted there.
    expect(steps.reduce((sum, { packets }) => sum + Number(packets), 0)).toBe(records.length);
    expect(Number(steps.at(-1)!['packets'])).toBeGreaterThan(0);
  });

  test('its diagnoses are those of one run over all files, and explain the same findings', async () => {
    const showcase = readFileSync('captures/showcase.pcapng');
    const pieces = splitPcapng(showcase, evenly(packetsIn(showcase), 9)).map((piece, index) =>
      files.write(`showcase_${index}.pcapng`, piece),
    );
    for (const paths of [pieces, rotated('diagnosed', 12)]) {
      const own = options();
      for (const path of paths) await collect([{ path }], own);
      await collect([], { ...own, final: true });
      const analysis = await analyze(paths);
      const { columns, rows } = cellsOf(analysis, 'diagnoses');
      const shared = [
        'severity', 'diagnosis', 'confidence', 'by', 'by_address', 'service_address', 'service_port', 'flows',
        'message', 'numbers', 'refutes', 'streams',
      ];
      const places = shared.map((name) => columns.findIndex((column) => column.name === name));
      const told = rowsIn(own, 'diagnoses');
      expect(told.length).toBeGreaterThan(2);
      expect(told.map((row) => shared.map((name) => row[name])))
        .toEqual(Array.from(rows, (row) => places.map((place) => row[place])));
      const explained = analysis.findings.flatMap((finding) => {
        const { flow, id, cause } = finding;
        const diagnosis = analysis.explanationOf(finding);
        return diagnosis === null || ofServices.includes(id) ? [] : [[flow, id, cause, diagnosis.id].join(' ')];
      });
      expect(explained.length).toBeGreaterThan(5);
      expect(
        rowsIn(own, 'explanations')
          .filter(({ finding }) => finding !== null)
          .map(({ id, finding, cause, diagnosis }) => [id, finding, cause, diagnosis].join(' '))
          .toSorted(),
      ).toEqual(explained.toSorted());
    }
  });

  test('name their file and the frame in it, and the initial sequence numbers of both sides', async () => {
    const paths = rotated('place', 7);
    const own = options({ final: true });
    await collect(inputsOf(paths), own);
    const rows = rowsIn(own, 'flows');
    expect(new Set(rows.map(({ file }) => file)).size).toBe(7);
    const opened = rows.filter(({ roles }) => roles === 'handshake');
    expect(opened.length).toBeGreaterThan(100);
    expect(opened.map(sequenceAt)).toEqual(opened.map(({ client_isn: isn }) => isn));
    const [found] = rowsIn(own, 'findings').filter(({ message }) => /frame \d/.test(String(message)));
    const named = Number(/frame (\d+)/.exec(String(found!['message']))![1]);
    expect(named).toBeLessThanOrEqual(Math.ceil(records.length / 7));
  });

  test.runIf(hasDuckdb)('as Parquet they are the same', async () => {
    const own = options({ final: true, format: 'both' });
    await collect(inputsOf(rotated('both', 3)), own);
    for (const table of ['flows', 'findings', 'tallies', 'steps']) {
      const [{ n: parquet }] = (await answers(`select count(*)::int as n from '${own.to}/${table}/tap/*.parquet'`)) as [
        { n: number },
      ];
      expect(parquet).toBe(rowsIn(own, table).length);
    }
    const [difference] = await answers(`select count(*)::int as n from (
      select source, id, community_id, start, ending from '${own.to}/flows/tap/*.parquet' except
      select source, id, community_id, start::timestamp_ns, ending from read_json('${own.to}/flows/tap/*.ndjson', columns =
        {source: 'varchar', id: 'bigint', community_id: 'varchar', start: 'varchar', ending: 'varchar'}))`);
    expect(difference).toEqual({ n: 0 });
  });

  test('where only findings are wanted the others are counted', async () => {
    const own = options({ final: true, found: true });
    await collect(inputsOf(rotated('found', 3)), own);
    const rows = rowsIn(own, 'flows');
    expect(rows.every(({ findings }) => findings !== null)).toBe(true);
    const tallies = rowsIn(own, 'tallies');
    expect(tallies.reduce((sum, { with_findings: found }) => sum + Number(found), 0)).toBe(rows.length);
    expect(tallies.reduce((sum, { flows }) => sum + Number(flows), 0)).toBe(
      (await analyze([generated])).connectionCount,
    );
  });
});

describe('a step that is numbered, as a queue gives it', () => {
  test('is that of a run without numbers, whoever does it, once or twice', async () => {
    const paths = rotated('numbered', 4);
    const [own, plain] = [options(), options({ final: true })];
    await collect(inputsOf(paths), plain);
    for (const [index, path] of paths.entries()) {
      const step = index + 1;
      await Promise.all([collect([{ path }], { ...own, step }), collect([{ path }], { ...own, step })]);
      expect(await collect([{ path }], { ...own, step })).toMatchObject({ collected: 0, before: 1 });
    }
    await collect([], { ...own, final: true, step: 5 });
    await collect([], { ...own, final: true, step: 5 });
    expect(contents(own.to)).toEqual(contents(plain.to));
  });

  test('that another one did while it ran changes nothing', async () => {
    const paths = rotated('late', 3);
    const own = options();
    const late = collect([{ path: paths[0]! }], { ...own, step: 1 });
    for (const [index, path] of paths.entries()) await collect([{ path }], { ...own, step: index + 1 });
    const before = [contents(own.to), contents(own.state)];
    await late;
    expect([contents(own.to), contents(own.state)]).toEqual(before);
    expect(await collect([{ path: paths[0]! }], { ...own, step: 1 })).toMatchObject({ collected: 0, before: 1 });
    expect([contents(own.to), contents(own.state)]).toEqual(before);
  });

  test('that is not the next one is refused', async () => {
    const paths = rotated('order', 3);
    const own = options();
    await collect([{ path: paths[0]! }], { ...own, step: 1 });
    await expect(collect([{ path: paths[2]! }], { ...own, step: 3 })).rejects.toThrow('step 3 of tap is not the next');
    await expect(collect([{ path: paths[2]! }], { ...own, step: 1 })).rejects.toThrow('step 1 of tap is not the next');
  });
});

describe('run again', () => {
  test('with the same files it does nothing; with one more it takes that', async () => {
    const paths = rotated('again', 4);
    const own = options();
    expect(await collect(inputsOf(paths.slice(0, 3)), own)).toMatchObject({ collected: 3, before: 0 });
    const before = contents(own.to);
    expect(await collect(inputsOf(paths.slice(0, 3)), own)).toMatchObject({ collected: 0, before: 3, told: 0 });
    expect(contents(own.to)).toEqual(before);
    expect(await collect(inputsOf(paths), own)).toMatchObject({ collected: 1, before: 3 });
  });

  test('behind the end nothing comes', async () => {
    const paths = rotated('end', 2);
    const own = options({ final: true });
    await collect(inputsOf(paths.slice(0, 1)), own);
    expect(await collect([], own)).toMatchObject({ collected: 0, told: 0 });
    await expect(collect(inputsOf(paths), own)).rejects.toThrow('tap has ended');
  });

  test('while another process is at work on the source it is refused; after one that was killed it is not', async () => {
    const own = options();
    mkdirSync(join(own.state, 'tap'), { recursive: true });
    const { hostname } = await import('node:os');
    writeFileSync(join(own.state, 'tap', 'lock'), `${hostname()} ${process.ppid}`);
    await expect(collect([], own)).rejects.toThrow(`process ${process.ppid}`);
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(join(own.state, 'tap', 'lock'), `${hostname()} ${pid}`);
    expect(await collect(inputsOf(rotated('lock', 2)), own)).toMatchObject({ collected: 2 });
  });

  test('with other options it is refused, and nothing is written', async () => {
    const paths = rotated('options', 2);
    const own = options();
    await collect(inputsOf(paths.slice(0, 1)), own);
    const before = contents(own.to);
    await expect(collect(inputsOf(paths), { ...own, timeWait: SECOND })).rejects.toThrow('other options');
    expect(contents(own.to)).toEqual(before);
  });
});

/** Of the writes of a run, one in so many is its last: all of them where there is time. */
const STRIDE = Number(process.env['LASTACK_STRIDE'] ?? 41);

function command(own: CollectOptions, paths: readonly string[]): string[] {
  return [
    'dist/cli/main.js',
    'collect',
    '--source',
    'tap',
    '--state',
    own.state,
    '--to',
    own.to,
    '--quiet',
    ...paths,
    '--final',
  ];
}

describe('killed', () => {
  test('at each write, and run again, it has written what it would have written', () => {
    const paths = rotated('writes', 2);
    const quiet = options();
    const log = files.path('writes');
    const preload = ['--import', './test/collect/dies-at.mjs'];
    execFileSync(process.execPath, [...preload, ...command(quiet, paths)], {
      env: { ...process.env, LASTACK_WRITES: log },
    });
    const expected = contents(quiet.to);
    const writes = Number(readFileSync(log, 'utf8'));
    expect(writes).toBeGreaterThan(50);
    for (let at = 1; at <= writes; at += STRIDE) {
      const own = options();
      const died = spawnSync(process.execPath, [...preload, ...command(own, paths)], {
        env: { ...process.env, LASTACK_DIES_AT: String(at) },
      });
      expect(died.signal).toBe('SIGKILL');
      execFileSync(process.execPath, command(own, paths));
      expect(contents(own.to)).toEqual(expected);
      rmSync(own.to, { recursive: true });
    }
  }, 240_000);

  test('at 20 moments', async () => {
    const paths = rotated('moments', 12);
    const quiet = options();
    execFileSync(process.execPath, command(quiet, paths));
    const own = options();
    let killed = 0;
    for (let round = 0; round < 20; round++) {
      const child = spawn(process.execPath, command(own, paths), { stdio: 'ignore' });
      const ended = once(child, 'exit');
      await Promise.race([ended, setTimeout(150 + ((round * 7919) % 400))]);
      if (child.exitCode === null && child.kill('SIGKILL')) killed++;
      await ended;
    }
    execFileSync(process.execPath, command(own, paths));
    expect(killed).toBeGreaterThan(0);
    expect(contents(own.to)).toEqual(contents(quiet.to));
  }, 120_000);
});

describe('at the border of two files', () => {
  const middle = records.length >> 1;
  /** The last 200 packets of the first half by turns in both files: as two queues would write them. */
  const shared = records.slice(middle - 200, middle);
  const first = captureOf([...records.slice(0, middle - 200), ...shared.filter((_, index) => index % 2 === 0)]);
  const second = captureOf([...shared.filter((_, index) => index % 2 === 1), ...records.slice(middle)]);

  test('packets that overlap are taken in by time, as one run does', async () => {
    const paths = [files.write('left.pcap', first), files.write('right.pcap', second)];
    const own = options({ final: true, overlap: 100 * SECOND });
    for (const path of paths) await collect([{ path }], { ...own, final: false });
    await collect([], own);
    const analysis = await analyze(paths);
    const told = rowsIn(own, 'flows')
      .map(({ id, zeek_history: history, client_packets: packets }) => [id, history, packets])
      .toSorted((a, b) => Number(a[0]) - Number(b[0]));
    expect(told).toEqual(
      [...analysis.connections()].map(({ id, zeek, packets }) => [id, zeek.history, packets.client]),
    );
    expect(rowsIn(own, 'steps').every(({ holes }) => holes === null)).toBe(true);
    expect(told).toEqual(
      [...(await analyze([generated])).connections()].map(({ id, zeek, packets }) => [
        id,
        zeek.history,
        packets.client,
      ]),
    );
  });

  test('packets that are earlier than the overlap allows are told', async () => {
    const paths = [files.write('late.pcap', first), files.write('later.pcap', second)];
    const own = options({ overlap: 0 });
    await collect(inputsOf(paths), own);
    expect(rowsIn(own, 'steps').map(({ holes }) => holes)).toEqual([
      null,
      expect.stringMatching(/^\d+ packets are earlier than those before them/),
    ]);
  });

  test('a file that is missing in the rotation is told', async () => {
    const [one, , , four] = rotated('hole', 4) as [string, string, string, string];
    const own = options();
    await collect(inputsOf([one, four]), own);
    expect(rowsIn(own, 'steps')[1]!['holes']).toBe('2 files are missing between hole_00000.pcap and hole_00003.pcap');
  });
});
