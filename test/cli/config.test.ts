import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Analysis, AnalysisOptions } from '../../src/analysis/model.js';
import { run } from '../../src/cli/cli.js';
import { analysis, connection, finding } from '../report/analysis-fixture.js';
import { type FakeHost, fakeHost } from './fake-host.js';

const analyze = vi.hoisted(() => vi.fn<(paths: readonly string[], options: AnalysisOptions) => Promise<Analysis>>());
vi.mock('../../src/analysis/analyze.js', () => ({ analyze }));
const warned = analysis({ connections: [connection()], findings: [finding({ severity: 'warning' })] });
beforeEach(() => void analyze.mockResolvedValue(warned));
afterEach(() => void vi.resetAllMocks());

const folder = mkdtempSync(join(tmpdir(), 'lastack-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'lastack.json');

const validate = new Ajv2020({ allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(new URL('../../schema/config.schema.json', import.meta.url), 'utf8')),
);

async function lastack(config: unknown, args: readonly string[]): Promise<FakeHost> {
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config));
  const host = fakeHost({ env: { FORCE_COLOR: '1' } });
  await run([...args, '--config', file], host);
  return host;
}

describe('--config', () => {
  test('gives options as the command line would', async () => {
    const config = {
      $schema: 'x', 'fail-on': 'warning', 'fin-timeout': '6s', 'max-bytes': 2e6, profile: ['linux', '10.0.0.1=windows'],
      color: false, quiet: true,
    };
    const host = await lastack(config, ['report', 'x.pcap']);
    expect([host.stderr.text, host.exitCode, host.stdout.text.includes('\u001B')]).toEqual(['', 1, false]);
    expect(analyze.mock.lastCall?.[1]).toMatchObject({
      finTimeout: 6e9, maxBytes: 2e6, profile: 'linux', profiles: new Map([['10.0.0.1', 'windows']]),
    });
    expect(validate(config)).toBe(true);
  });

  test('the command line wins, and repeated options are not mixed', async () => {
    const host = await lastack({ 'fail-on': 'never', format: 'csv', profile: '10.0.0.1=windows' }, [
      'report', 'x.pcap', '--fail-on', 'warning', '--profile', 'linux',
    ]);
    expect([host.exitCode, host.stdout.text.slice(0, 5)]).toEqual([1, 'flow,']);
    expect(analyze.mock.lastCall?.[1]).toMatchObject({ profile: 'linux', profiles: new Map() });
  });

  test('without a command too', async () => {
    expect((await lastack({ format: 'csv' }, ['x.pcap'])).stdout.text).toMatch(/^flow,/);
  });

  test('what only other commands have is left to them', async () => {
    const host = await lastack({ at: '+1', 'fail-on': 'warning' }, ['flow', 'x.pcap', '9']);
    expect(host.stderr.text).toBe('lastack: the capture has no stream 9: its streams are 0 to 0\n');
  });

  test.each([
    [{ 'fial-on': 'error' }, 'there is no option fial-on. Did you mean fail-on?'],
    [{ zzzzzzzzzz: 1 }, 'there is no option zzzzzzzzzz'],
    [{ config: 'other.json' }, 'there is no option config'],
    [{ 'fail-on': 'often' }, 'fail-on: Allowed choices are error, warning, info, never.'],
    [{ 'fin-timeout': 'soon' }, 'fin-timeout: Write 60s, 500ms, 2m, 1h, or a number of seconds.'],
    [{ quiet: 'yes' }, 'quiet: Write true or false.'],
    [{ filter: ['port 80', 'port 81'] }, 'filter: Write a text or a number.'],
    [{ profile: [] }, 'profile: Write a text, a number or a list of them.'],
    [{ profile: [{}] }, 'profile: Write a text, a number or a list of them.'],
    ['[]', 'a config file is a JSON object: {"fail-on": "warning"}'],
  ])('%j: told before anything is read', async (config, message) => {
    const host = await lastack(config, ['report', 'x.pcap']);
    expect([host.stderr.text, host.exitCode]).toEqual([`lastack: ${file}: ${message}\n`, 2]);
    expect(analyze).not.toHaveBeenCalled();
  });

  test.each([
    [{ 'fial-on': 'error' }], [{ 'fail-on': 'often' }], [{ quiet: 'yes' }], [{ filter: ['port 80'] }],
    [{ profile: [] }], [{ config: 'x' }],
  ])('the schema refuses %j too', (config) => {
    expect(validate(config)).toBe(false);
  });

  test('a file that is not there, or no JSON', async () => {
    const host = fakeHost();
    await run(['report', 'x.pcap', '--config', join(folder, 'none.json')], host);
    expect([host.stderr.text, host.exitCode]).toEqual([
      `lastack: ${join(folder, 'none.json')}: no such file\n`, 2,
    ]);
    expect((await lastack('{', ['report', 'x.pcap'])).stderr.text).toMatch(/^lastack: .*lastack\.json: no JSON: .*\n$/);
  });
});
