import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { fields, has } from '../extract/wireshark.js';

// `lastack extcap` as tshark starts it: real sockets on loopback, a real tcpdump. tshark looks into the folder that
// WIRESHARK_EXTCAP_DIR names only where it is not root; so it runs as nobody, with a tcpdump that may capture. Skipped
// where that cannot be had.

const NOBODY = 65_534;
const command = resolve('dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'lastack-extcap-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What this process asks for by itself. */
function asked(...args: string[]): string {
  return execFileSync(process.execPath, [command, 'extcap', ...args], { encoding: 'utf8' });
}

test('Wireshark is told of one interface, its link type and its settings', () => {
  expect(asked('--extcap-interfaces', '--extcap-version=4.0')).toMatch(
    /^extcap \{version=[^}]+\}.*\ninterface \{value=lastack\}\{display=[^}]+\}\n$/,
  );
  expect(asked('--extcap-interface', 'lastack', '--extcap-dlts')).toMatch(/^dlt \{number=147\}\{name=lastack\}/);
  const settings = asked('--extcap-interface', 'lastack', '--extcap-config').trim().split('\n');
  expect(settings.map((line) => /\{call=(--[a-z-]+)\}/.exec(line)?.[1])).toEqual(['--device', '--hold']);
});

test('Wireshark ends it before it has opened the pipe, or anything was captured', async () => {
  const fifo = join(folder, 'unread');
  execFileSync('mkfifo', [fifo]);
  const child = spawn(process.execPath, [command, 'extcap', '--capture', '--fifo', fifo], { stdio: 'ignore' });
  const ended = once(child, 'close');
  await sleep(1000);
  child.kill('SIGTERM');
  const isOver = await Promise.race([ended.then(() => true), sleep(5000).then(() => false)]);
  child.kill('SIGKILL');
  expect(isOver).toBe(true);
});

const canRun =
  process.getuid?.() === 0 && has('tshark') &&
  ['setpriv', 'setcap', 'tcpdump'].every((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0);

const asNobody = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'];

/**
 * Capturing programs as nobody, from a folder of their own; null where nobody cannot read lastack, or no rights can be
 * given to them.
 */
function programs(): NodeJS.ProcessEnv | null {
  const [bin, extcap, home] = ['bin', 'extcap', 'home'].map((name) => join(folder, name));
  for (const path of [bin!, extcap!, home!]) mkdirSync(path);
  chmodSync(folder, 0o755);
  chmodSync(home!, 0o777);
  const tcpdump = execFileSync('sh', ['-c', 'command -v tcpdump'], { encoding: 'utf8' }).trim();
  copyFileSync(tcpdump, join(bin!, 'tcpdump'));
  // The first one that lastack looks for, which may not capture here.
  writeFileSync(join(bin!, 'dumpcap'), '#!/bin/sh\necho no permission >&2\nexit 1\n', { mode: 0o755 });
  if (spawnSync('setcap', ['cap_net_raw,cap_net_admin+ep', join(bin!, 'tcpdump')]).status !== 0) return null;
  // A folder of somebody else's home, a file system without such rights.
  if (spawnSync('setpriv', [...asNobody, process.execPath, command, '--version']).status !== 0) return null;
  const trial = spawnSync(
    'setpriv', [...asNobody, 'timeout', '1', join(bin!, 'tcpdump'), '-i', 'lo', '-w', '/dev/null'], { cwd: folder },
  );
  if (trial.status !== 0 && trial.status !== 124) return null;
  const script = execFileSync(process.execPath, [command, 'wireshark', '--extcap'], { encoding: 'utf8' });
  writeFileSync(join(extcap!, 'lastack'), script, { mode: 0o755 });
  return { PATH: `${bin}:${process.env['PATH']}`, HOME: home!, WIRESHARK_EXTCAP_DIR: extcap! };
}

describe.skipIf(!canRun)('tshark as somebody who is not root', () => {
  test('captures by lastack: the packets come with states and findings', async ({ skip }) => {
    const env = programs();
    if (env === null) skip('no rights can be given to a program here');
    const server = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const file = join(env!['HOME']!, 'live.pcapng');
    const tshark = spawn(
      'setpriv',
      [
        ...asNobody, 'tshark', '-q', '-i', 'lastack', '-o', 'extcap.lastack.device: lo', '-o',
        'extcap.lastack.hold: 0.3', '-f', `tcp port ${port}`, '-a', 'duration:6', '-w', file,
      ],
      { env: env!, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    tshark.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = once(tshark, 'close');
    // Until the interface listens nothing is seen: connections are opened again and again.
    while (tshark.exitCode === null && !existsSync(file)) await sleep(50);
    for (let turn = 0; turn < 8 && tshark.exitCode === null; turn++) {
      const socket = connect(port, '127.0.0.1', () => socket.write('hello'));
      socket.on('error', () => {});
      await sleep(400);
    }
    await ended;
    server.close();
    const rows = fields(file, ['frame.number', 'tcp.flags.reset', 'frame.comment']);
    if (rows.length < 5) throw new Error(`tshark has captured ${rows.length} packets: ${said}`);
    expect(rows.find(([, , comment]) => comment !== '')![2]).toMatch(/client (?:SYN-SENT|ESTABLISHED)/);
    const resets = rows.filter(([, reset]) => /^(?:1|True)$/i.test(reset!));
    expect(resets.length).toBeGreaterThan(0);
    for (const [, , comment] of resets) expect(comment).toMatch(/server CLOSED.*(?:linger-reset|unanswered-request)/);
  });
});
