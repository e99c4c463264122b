import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, test, vi } from 'vitest';
import { run } from '../../src/cli/cli.js';
import { type FakeHost, fakeHost } from './fake-host.js';

const startSniffer = vi.hoisted(() => vi.fn<(device: string | undefined, filter: string) => Promise<unknown>>());
vi.mock('../../src/cli/sniffer.js', () => ({ startSniffer }));

const folder = mkdtempSync(join(tmpdir(), 'lastack-extcap-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function lastack(...args: string[]): Promise<FakeHost> {
  const host = fakeHost({});
  await run(['extcap', ...args], host);
  return host;
}

/** What Wireshark reads, and what was asked of the program that captures. */
async function captured(...args: string[]): Promise<{ pcapng: Buffer; asked: unknown[] | undefined }> {
  const packets = Readable.from([readFileSync('captures/connection-refused.pcapng')]);
  startSniffer.mockResolvedValueOnce({ packets, stop: () => {} });
  const fifo = join(folder, 'fifo');
  writeFileSync(fifo, '');
  await lastack('--capture', '--extcap-interface', 'lastack', '--fifo', fifo, ...args);
  return { pcapng: readFileSync(fifo), asked: startSniffer.mock.lastCall };
}

test('Wireshark gets packets with comments, captured where and as it asks', async () => {
  const { pcapng, asked } = await captured('--device', 'eth9', '--extcap-capture-filter', 'tcp port 80');
  expect(asked).toEqual(['eth9', 'tcp port 80']);
  expect(pcapng.includes('client SYN-SENT')).toBe(true);
});

test('an empty device is no device: the program that captures chooses', async () => {
  expect((await captured('--device', '')).asked).toEqual([undefined, '']);
});

async function said(...args: string[]): Promise<string> {
  return (await lastack(...args)).stderr.text;
}

test('what it cannot be asked is refused', async () => {
  expect(await said('--capture')).toBe('lastack: --capture needs --fifo: the pipe that Wireshark reads\n');
  expect(await said('--hold', '61')).toContain('is invalid. Write 0 to 60 seconds.');
  expect(await said()).toContain('Wireshark asks with --extcap-interfaces');
});
