import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// The command as a client of an agent starts it, and the SDK's own client at the other end of its pipes.

const COMMAND = resolve('dist/cli/main.js');
/** No answer may be longer, in bytes. */
const MOST_BYTES = 48 * 1024;

const room = mkdtempSync(join(tmpdir(), 'lastack-mcp-'));
const allowed = join(room, 'allowed');
const secret = join(room, 'secret');
for (const folder of [allowed, secret, join(allowed, 'both')]) mkdirSync(folder);
copyFileSync('captures/showcase.pcapng', join(allowed, 'showcase.pcapng'));
copyFileSync('captures/forgotten-close.pcapng', join(allowed, 'both', 'a.pcapng'));
copyFileSync('captures/connection-refused.pcapng', join(allowed, 'both', 'b.pcapng'));
copyFileSync('captures/showcase.pcapng', join(secret, 'secret.pcapng'));
symlinkSync(join(secret, 'secret.pcapng'), join(allowed, 'link.pcapng'));
symlinkSync(join(secret, 'secret.pcapng'), join(allowed, 'both', 'link.pcapng'));
symlinkSync(secret, join(allowed, 'way-out'));
symlinkSync(join(allowed, 'showcase.pcapng'), join(allowed, 'inside.pcapng'));
writeFileSync(join(allowed, 'notes.pcap'), 'no capture at all');
afterAll(() => rmSync(room, { recursive: true }));

async function connected(
  folders: readonly string[], cwd = room,
): Promise<{ client: Client; transport: StdioClientTransport }> {
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StdioClientTransport({
    command: process.execPath, args: [COMMAND, 'mcp', ...folders.flatMap((folder) => ['--allow', folder])], cwd,
    stderr: 'pipe',
  });
  await client.connect(transport);
  return { client, transport };
}

let server: { client: Client; transport: StdioClientTransport };
beforeAll(async () => {
  server = await connected([allowed]);
});
afterAll(() => server.client.close());

interface Said {
  readonly text: string;
  readonly isError: boolean;
}

async function call(name: string, args: Record<string, unknown>, { client } = server): Promise<Said> {
  const { content, isError } = await client.callTool({ name, arguments: args });
  expect(content).toHaveLength(1);
  const [first] = content;
  const text = first?.type === 'text' ? first.text : '';
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST_BYTES);
  return { text, isError: isError === true };
}

/** What a tool that succeeded has answered. */
async function ask(name: string, args: Record<string, unknown>): Promise<Record<string, any>> {
  const { text, isError } = await call(name, args);
  expect({ isError, text: isError ? text : '' }).toEqual({ isError: false, text: '' });
  return JSON.parse(text) as Record<string, any>;
}

test('the tools are there, each with what it is for, and none that writes', async () => {
  const { tools } = await server.client.listTools();
  expect(tools.map(({ name }) => name)).toEqual([
    'analyze', 'diagnoses', 'findings', 'flow', 'netstat', 'between', 'explain',
  ]);
  for (const { description, annotations, inputSchema } of tools) {
    expect(description!.length).toBeGreaterThan(100);
    expect(annotations).toMatchObject({ readOnlyHint: true, openWorldHint: false });
    expect(inputSchema.type).toBe('object');
  }
  expect(server.client.getInstructions()).toContain(allowed);
});

test('analyze says what was captured, how it ended and what is wrong', async () => {
  const { capture, connections, endings, diagnoses, records, shown } = await ask('analyze', {
    captures: 'showcase.pcapng', limit: 3,
  });
  expect({ packets: capture.packets, connections, closed: endings.closed, from: capture.firstUtc }).toEqual({
    packets: 7290, connections: 527, closed: 446, from: '2026-11-20 10:47:38.622',
  });
  expect(diagnoses[0]).toMatchObject({
    id: 'leak', severity: 'error', message: expect.stringMatching(/^198\.51\.100\.20:8000 does not close 48 of 116/),
  });
  expect(records.map(({ type }: { type: string }) => type)).toEqual(['group', 'group', 'group']);
  expect(shown).toMatchObject({
    from: 0, records: 3, next: 3, rest: expect.stringMatching(/^\d+ more: ask again with offset 3/),
  });
});

test('diagnoses and findings are those of the report, and can be narrowed', async () => {
  const { stdout } = spawnSync(
    process.execPath, [COMMAND, 'report', join(allowed, 'showcase.pcapng'), '-f', 'ndjson'],
    { encoding: 'utf8', maxBuffer: 1e8 },
  );
  const report = stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, any>);
  const diagnoses = await ask('diagnoses', { captures: 'showcase.pcapng' });
  expect(diagnoses.records).toEqual(report.filter(({ type }) => type === 'diagnosis'));
  const leaks = await ask('findings', {
    captures: 'showcase.pcapng', finding: 'half-closed', cause: 'leak', limit: 5, offset: 2,
  });
  const all = report.filter(({ type, id, cause }) => type === 'finding' && id === 'half-closed' && cause === 'leak');
  expect(leaks.records).toEqual(all.slice(2, 7));
  expect(leaks.shown.of).toBe(all.length);
  const errors = await ask('findings', { captures: 'showcase.pcapng', severity: 'error', filter: 'port 8443' });
  expect(errors.records.map(({ service }: any) => service.port)).toEqual(errors.records.map(() => 8443));
});

test('what does not fit into an answer is told, and comes when it is asked for', async () => {
  const seen: number[] = [];
  let pages = 0;
  for (let offset: number | undefined = 0; offset !== undefined; pages++) {
    const { records, shown }: Record<string, any> = await ask('findings', {
      captures: 'showcase.pcapng', limit: 200, offset,
    });
    seen.push(...records.map(({ flow }: { flow: number }) => flow));
    expect(shown.of).toBeGreaterThan(80);
    offset = shown.next;
  }
  expect(pages).toBeGreaterThan(1);
  const { shown } = await ask('findings', { captures: 'showcase.pcapng', limit: 1 });
  expect(seen).toHaveLength(shown.of);
});

test('flow draws a connection, by stream or by flow', async () => {
  const { flow, findings, records } = await ask('flow', { captures: 'both/a.pcapng', stream: 0 });
  expect(flow).toMatchObject({ type: 'flow', ending: 'half-closed' });
  expect(findings[0]).toMatchObject({ id: 'half-closed', cause: 'leak' });
  expect(records[0]).toMatchObject({
    seconds: 0, frame: 1, by: 'client', flags: 'S', states: { client: 'SYN-SENT', server: 'CLOSED' },
  });
  expect(records.at(-1).states).toEqual({ client: 'FIN-WAIT-2', server: 'CLOSE-WAIT' });
  expect((await ask('flow', { captures: 'both/a.pcapng', flow: 0 })).records).toEqual(records);
});

test('netstat shows sockets, and how many', async () => {
  const { at, records } = await ask('netstat', {
    captures: 'showcase.pcapng', at: '+30', state: 'close_wait', limit: 5,
  });
  expect(at).toBe('2026-11-20 10:48:08.622');
  expect(records).toHaveLength(5);
  expect(new Set(records.map(({ state }: { state: string }) => state))).toEqual(new Set(['CLOSE-WAIT']));
  const summary = await ask('netstat', { captures: 'showcase.pcapng', at: '+30', summary: true, state: 'CLOSE-WAIT' });
  expect(summary.records[0]).toMatchObject({
    state: 'CLOSE-WAIT', service: { address: '198.51.100.20' }, sockets: expect.any(Number),
  });
});

test('between takes both ends', async () => {
  const both = await connected([resolve('captures/between')]);
  const { text, isError } = await call(
    'between', { client: 'one-way.client.pcapng', server: 'one-way.server.pcapng' }, both,
  );
  await both.client.close();
  expect(isError).toBe(false);
  const { type, pairs, facts, records } = JSON.parse(text) as Record<string, any>;
  expect([type, pairs > 0]).toEqual(['between', true]);
  expect(facts).toContainEqual(expect.objectContaining({ fact: 'road-cut', severity: 'error' }));
  expect(records[0]).toMatchObject({ type: 'taps', verdict: { id: expect.any(String) } });
});

test('explain has the page of a word', async () => {
  expect((await call('explain', { word: 'never-accepted' })).text).toMatch(
    /^# `never-accepted`, a cause of half-closed\n/,
  );
  expect((await call('explain', {})).text).toMatch(/^accept-queue +\S/);
  expect(await call('explain', { word: 'half-close' })).toEqual({
    isError: true, text: 'there is no half-close to explain. Did you mean half-closed?',
  });
});

describe('only what is allowed is read', () => {
  const outside = /lies outside of what may be read: .*allowed$/;

  test.each([
    ['an absolute path', join(secret, 'secret.pcapng')], ['a way up', '../secret/secret.pcapng'],
    ['a link to a file', 'link.pcapng'], ['a link to a folder', 'way-out/secret.pcapng'],
    ['the folder outside', 'way-out'], ['what is not there', '/etc/no-such-file'],
    ['what is not there behind a link', 'way-out/no-such-file'], ['a file of the system', '/etc/passwd'],
  ])('%s', async (_name, captures) => {
    const { text, isError } = await call('analyze', { captures });
    expect([isError, text]).toEqual([true, expect.stringMatching(outside)]);
  });

  test('in a folder, a link that leads outside is passed over', async () => {
    const { capture } = await ask('analyze', { captures: 'both' });
    expect(capture.files.map(({ path }: { path: string }) => path)).toEqual([
      join(allowed, 'both', 'a.pcapng'), join(allowed, 'both', 'b.pcapng'),
    ]);
  });

  test('a link that stays inside is followed', async () => {
    expect((await ask('analyze', { captures: 'inside.pcapng' })).connections).toBe(527);
  });

  test('stdin is the protocol, and no capture', async () => {
    expect(await call('analyze', { captures: '-' })).toEqual({ isError: true, text: 'a capture is named by its path' });
  });

  test.each(['between', 'findings', 'flow', 'netstat', 'diagnoses'])('%s too', async (name) => {
    const names =
      name === 'between'
        ? { client: 'both/a.pcapng', server: '../secret/secret.pcapng' }
        : { captures: '../secret/secret.pcapng', ...(name === 'flow' && { stream: 0 }) };
    expect((await call(name, names)).text).toMatch(outside);
  });
});

describe('what goes wrong is told in words', () => {
  test.each([
    [
      'no such file', 'analyze', { captures: 'missing.pcap' },
      /^there is no missing\.pcap; captures there: .*showcase\.pcapng/,
    ],
    ['no capture', 'analyze', { captures: 'notes.pcap' }, /notes\.pcap/],
    ['no such field', 'analyze', { captures: 'showcase.pcapng', filter: 'prot 80' }, /unknown field "prot"/],
    ['no moment', 'netstat', { captures: 'showcase.pcapng', at: 'noon' }, /^noon is no moment: write/],
    [
      'no state', 'netstat', { captures: 'showcase.pcapng', state: 'ASLEEP' },
      /^there is no state ASLEEP; there are CLOSED/,
    ],
    ['no stream', 'flow', { captures: 'showcase.pcapng', stream: 99_999 }, /^there is no stream 99999/],
    ['neither stream nor flow', 'flow', { captures: 'showcase.pcapng' }, /by its stream or by its flow/],
    ['a limit beyond all', 'findings', { captures: 'showcase.pcapng', limit: 1e6 }, /limit/],
  ])('%s', async (_name, tool, args, words) => {
    const { text, isError } = await call(tool, args).catch((error: Error) => ({ text: error.message, isError: true }));
    expect([isError, text]).toEqual([true, expect.stringMatching(words)]);
    expect(text).not.toMatch(/\bat .*\.js:\d+|a fault of lastack/);
  });
});

test('a file that changes is read again', async () => {
  copyFileSync('captures/connection-refused.pcapng', join(allowed, 'changing.pcapng'));
  const before = await ask('analyze', { captures: 'changing.pcapng' });
  copyFileSync('captures/showcase.pcapng', join(allowed, 'changing.pcapng'));
  const after = await ask('analyze', { captures: 'changing.pcapng' });
  expect([before.connections < 10, after.connections]).toEqual([true, 527]);
});

test('many may ask at once', async () => {
  const answers = await Promise.all(
    ['showcase.pcapng', 'both/a.pcapng', 'both/b.pcapng', 'both', 'showcase.pcapng', 'inside.pcapng'].map((captures) =>
      ask('analyze', { captures }),
    ),
  );
  expect(answers.map(({ connections }) => connections > 0)).toEqual(answers.map(() => true));
  expect(answers[4]).toEqual(answers[0]);
});

test('without --allow it is the folder in which it was started', async () => {
  const here = await connected([], join(allowed, 'both'));
  const { text } = await call('analyze', { captures: '../showcase.pcapng' }, here);
  const own = await call('analyze', { captures: 'a.pcapng' }, here);
  await here.client.close();
  expect(text).toMatch(/lies outside/);
  expect(own.isError).toBe(false);
});

test('it ends when its client has gone', async () => {
  const child = spawn(process.execPath, [COMMAND, 'mcp', '--allow', allowed], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write(
    '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"old","version":"1"}}}\n',
  );
  const [first] = await once(child.stdout.setEncoding('utf8'), 'data') as [string];
  expect(JSON.parse(first).result.serverInfo.name).toBe('lastack');
  const ended = once(child, 'close');
  child.stdin.end();
  expect(await ended).toEqual([0, null]);
});

test('a folder that is none is told at once', () => {
  const { status, stderr } = spawnSync(process.execPath, [COMMAND, 'mcp', '--allow', join(room, 'none')], {
    encoding: 'utf8', input: '',
  });
  expect([status, stderr]).toEqual([2, `lastack: --allow: ${join(room, 'none')}: no such folder\n`]);
});
