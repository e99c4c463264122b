import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { readLadder } from '../../src/reread/ladder.js';
import { has } from '../extract/wireshark.js';

// wireshark/lastack.lua in tshark, on recordings. Skipped where there is no tshark, or one that is built without Lua.

const plugin = resolve('wireshark/lastack.lua');
const command = `${process.execPath} ${resolve('dist/cli/main.js')}`;
const folder = mkdtempSync(join(tmpdir(), 'lastack-lua-'));
afterAll(() => rmSync(folder, { recursive: true }));

const hasLua =
  has('tshark') &&
  /with Lua/.test(spawnSync('tshark', ['--version'], { encoding: 'utf8' }).stdout.replace(/\s+/g, ' '));

/** A row for each frame that the filter lets through. */
function rows(args: readonly string[], names: readonly string[], filter = ''): string[][] {
  const asked = [
    '-n', '-T', 'fields', '-E', 'separator=|', '-E', 'occurrence=a', '-E', 'aggregator=;',
    ...names.flatMap((name) => ['-e', name]),
  ];
  const { status, stdout, stderr } = spawnSync(
    'tshark', [...args, ...asked, ...(filter === '' ? [] : ['-Y', filter])], { encoding: 'utf8', maxBuffer: 1e8 },
  );
  if (status !== 0) throw new Error(stderr);
  return stdout.split('\n').filter((line) => line !== '').map((line) => line.split('|'));
}

const onFile = (path: string): string[] => [
  '-X', `lua_script:${plugin}`, '-o', `lastack.command:${command}`, '-r', path,
];

/**
 * What every frame of TCP must show: the ladder's states after it, and what is found of its connection. Of each
 * connection in so many.
 */
async function expected(path: string, step: number): Promise<string[][]> {
  const analysis = await analyze([path]);
  const frames: string[][] = [];
  for (const { id, ending } of analysis.connections()) {
    if (id % step !== 0) continue;
    const found = analysis.findingsOf(id);
    const told = found.filter(({ flow }) => flow === id);
    const ids = [...told, ...found.filter(({ flow }) => flow !== id)].map((finding) => finding.id);
    for (const { frame, states } of await readLadder(analysis, id)) {
      const causes = told.flatMap(({ cause }) => cause ?? []).join(';');
      const messages = told
        .filter(({ frames: shown }) => shown.includes(frame))
        .map(({ message }) => message)
        .join(';');
      frames.push([
        String(frame), ids.join(';'), causes, states.client ?? '', states.server ?? '', ending, String(id), messages,
      ]);
    }
  }
  // What answers a SYN in the name of the connection before is a frame of both; it is shown as one of the later one.
  return [...new Map(frames.map((row) => [row[0]!, row])).values()].sort(([a], [b]) => Number(a) - Number(b));
}

const FIELDS = [
  'frame.number', 'lastack.finding', 'lastack.cause', 'lastack.state.client', 'lastack.state.server', 'lastack.ending',
  'lastack.flow', 'lastack.message',
];

describe.skipIf(!hasLua)('the plugin in tshark', () => {
  test.each([
    ['captures/showcase.pcapng', 6], ['captures/time-wait-collision.pcapng', 1], ['captures/forgotten-close.pcapng', 1],
    ['captures/linger-zero-idle.pcapng', 1], ['captures/syn-fin-probe.pcapng', 1],
  ])('%s: findings, causes, and the states of the ladder at every frame', async (path, step) => {
    const shown = rows(onFile(path), FIELDS, 'tcp').filter((row) => Number(row[6]) % step === 0);
    expect(shown).toEqual(await expected(path, step));
  });

  test('its fields are display filters, in one pass and in two', () => {
    const path = 'captures/forgotten-close.pcapng';
    const filter = 'lastack.finding == "half-closed" && lastack.state.server == "CLOSE-WAIT"';
    const frames = rows(onFile(path), ['frame.number', 'lastack.cause'], filter);
    expect(frames.slice(0, 4)).toEqual([['8', 'leak'], ['9', 'leak'], ['17', 'leak'], ['18', 'leak']]);
    expect(rows([...onFile(path), '-2'], ['frame.number', 'lastack.cause'], filter)).toEqual(frames);
    expect(rows(onFile(path), ['frame.number'], 'lastack.told.error')).toEqual(
      rows(onFile(path), ['frame.number'], 'lastack.message'),
    );
  });

  test('a compressed file, in a folder with quotes in its name, while another is written', () => {
    const path = join(folder, 'it\'s "here".pcap.gz');
    writeFileSync(path, gzipSync(readFileSync('captures/unread-data.pcapng')));
    const args = [...onFile(path), '-w', join(folder, 'out.pcapng'), '-P'];
    expect(rows(args, ['lastack.finding']).flat()).toContain('unanswered-request;linger-reset');
  });

  test('records that were written before, named as an argument or in the preferences', () => {
    const records = join(folder, 'records.ndjson');
    const path = 'captures/slow-answer.pcapng';
    writeFileSync(
      records,
      execFileSync(process.execPath, ['dist/cli/main.js', 'report', path, '-f', 'ndjson', '--fail-on', 'never']),
    );
    const whole = rows(onFile(path), FIELDS);
    expect(whole.some((row) => row[2] === 'slow;given-up')).toBe(true);
    const none = ['-X', `lua_script:${plugin}`, '-o', 'lastack.command:false', '-r', path];
    expect(rows([...none, '-X', `lua_script1:${records}`], FIELDS)).toEqual(whole);
    expect(rows([...none, '-o', `lastack.records:${records}`], FIELDS)).toEqual(whole);
  });

  test.each([
    ['no lastack', ['-o', 'lastack.command:no-such-program'], /not found/],
    [
      'a command that fails', ['-o', `lastack.command:${command} --nonsense`],
      /lastack: .*write --nonsense|unknown option/,
    ],
    ['records that are missing', ['-o', 'lastack.records:/no/such/file'], /cannot read records/],
    ['records that are none', ['-o', `lastack.records:${resolve('package.json')}`], /there are none/],
  ])('%s: the first frame says so, and nothing is told', (_, args, reason) => {
    const seen = rows(
      ['-X', `lua_script:${plugin}`, '-r', 'captures/slow-answer.pcapng', ...args],
      ['lastack.fault', 'lastack.finding', 'lastack.state.client'],
    );
    expect(seen[0]![0]).toMatch(reason);
    expect(seen.flatMap((row) => row.slice(1)).filter((word) => word !== '')).toEqual([]);
  });

  test('stdin is no file', () => {
    const seen = spawnSync(
      'sh',
      ['-c', `cat captures/slow-answer.pcapng | tshark -X 'lua_script:${plugin}' -r - -T fields -e lastack.fault`],
      { encoding: 'utf8' },
    );
    expect(seen.stdout).toContain('the open file was not found');
  });

  test('as lastack wireshark writes it, it runs that lastack, wherever PATH leads', () => {
    const path = join(folder, 'lastack.lua');
    writeFileSync(path, execFileSync(process.execPath, [resolve('dist/cli/main.js'), 'wireshark']));
    const seen = spawnSync(
      'tshark',
      ['-X', `lua_script:${path}`, '-r', 'captures/slow-answer.pcapng', '-T', 'fields', '-e', 'lastack.cause'],
      { encoding: 'utf8', env: { PATH: '/usr/bin:/bin', HOME: folder } },
    );
    expect(seen.stdout).toContain('slow');
  });

  test('from the folder of plugins it is loaded by itself', () => {
    const home = mkdtempSync(join(folder, 'home-'));
    const plugins = join(home, '.local/lib/wireshark/plugins');
    execFileSync('mkdir', ['-p', plugins]);
    copyFileSync(join(folder, 'lastack.lua'), join(plugins, 'lastack.lua'));
    const seen = spawnSync(
      'tshark',
      ['-r', 'captures/slow-answer.pcapng', '-Y', 'lastack.cause == "slow"', '-T', 'fields', '-e', 'frame.number'],
      { encoding: 'utf8', env: { PATH: '/usr/bin:/bin', HOME: home } },
    );
    expect(seen.stdout.trim().split('\n').length).toBeGreaterThan(5);
  });
});

test('the plugin asks for nothing that is not there: the field names of its page are those of the script', () => {
  const script = readFileSync(plugin, 'utf8');
  const page = readFileSync('docs/wireshark.md', 'utf8');
  const names = [...script.matchAll(/ProtoField\.\w+\("(lastack\.[\w.]+)"/g)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(8);
  for (const name of names) expect(page).toContain(`\`${name}\``);
});
