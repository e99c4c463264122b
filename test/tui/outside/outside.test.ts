import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { clipboardSequence, wiresharkFilter } from '../../../src/tui/outside/copy.js';
import { viewerFor } from '../../../src/tui/outside/packets.js';
import { analysisOf } from '../fixture.js';

const analysis = analysisOf(10);
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lastack-outside-test-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function install(name: string): string {
  const file = join(folder, name);
  writeFileSync(file, '');
  chmodSync(file, 0o755);
  return file;
}

it('copies the filter of a finding, of a flow without one, and of several', () => {
  expect(wiresharkFilter({ analysis, flows: [3], frame: null })).toBe('tcp.stream eq 3');
  expect(wiresharkFilter({ analysis, flows: [1], frame: null })).toBe('tcp.stream eq 1');
  expect(wiresharkFilter({ analysis, flows: [1, 4, 7], frame: null })).toBe('tcp.stream in {1, 4, 7}');
});

it('puts text into the clipboard as base64, and nothing that a terminal would cut', () => {
  expect(clipboardSequence('tcp.stream eq 7')).toBe('\u001B]52;c;dGNwLnN0cmVhbSBlcSA3\u0007');
  expect(clipboardSequence('x'.repeat(100_000))).toBeNull();
});

it('opens Wireshark at the frame where there is a desktop', () => {
  const command = install('wireshark');
  install('tshark');
  expect(viewerFor({ analysis, flows: [3], frame: 36 }, { PATH: folder, DISPLAY: ':0' }, 'linux')).toEqual({
    command, args: ['-r', 'captures/night.pcapng', '-g', '36', '-Y', 'tcp.stream eq 3'], needsTerminal: false,
  });
});

it('opens tshark in the terminal where there is none', () => {
  install('wireshark');
  const command = install('tshark');
  expect(viewerFor({ analysis, flows: [3], frame: 36 }, { PATH: folder }, 'linux')).toEqual({
    command, args: ['-n', '-r', 'captures/night.pcapng', '-Y', 'tcp.stream eq 3'], needsTerminal: true,
  });
});

it('says why there is nothing to open', () => {
  expect(viewerFor({ analysis, flows: [3], frame: 36 }, { PATH: folder }, 'linux')).toBe(
    'Neither Wireshark nor tshark is installed here; y copies the filter for elsewhere',
  );
  const [file] = analysis.capture.files;
  const two = { ...analysis, capture: { ...analysis.capture, files: [file!, file!] } };
  expect(viewerFor({ analysis: two, flows: [3], frame: 36 }, { PATH: folder }, 'linux')).toBe(
    'Frames are counted over all files: open one of them alone, or extract the flow with e',
  );
});
