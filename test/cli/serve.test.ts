import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import type { Browser } from 'playwright-core';
import { executable, launch, missing, visit } from '../report/html/chromium.js';

const program = join(process.cwd(), 'dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'lastack-serve-'));
afterAll(() => rmSync(folder, { recursive: true }));

const showcase = readFileSync('captures/showcase.pcapng');
/** Where a packet ends, about two thirds through the recording. */
const part = ((): number => {
  let at = 0;
  while (at < showcase.length * 0.66) at += showcase.readUInt32LE(at + 4);
  return at;
})();

/** `lastack serve`, as somebody runs it. */
class Serving {
  stdout = '';
  stderr = '';
  readonly ended: Promise<unknown[]>;
  readonly child: ChildProcess;

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [program, 'serve', ...args], {
      cwd: folder,
      env: { ...process.env, TMPDIR: folder },
      stdio: 'pipe',
    });
    this.child.stdout!.on('data', (data: Buffer) => (this.stdout += data.toString()));
    this.child.stderr!.on('data', (data: Buffer) => (this.stderr += data.toString()));
    this.ended = once(this.child, 'close');
    served.push(this);
  }

  /** Its address, as soon as it has said it. */
  async address(): Promise<string> {
    for (const deadline = Date.now() + 15_000; !this.stdout.includes('\n');) {
      if (Date.now() > deadline || this.child.exitCode !== null) throw new Error(`no address: ${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return this.stdout.trim();
  }

  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<unknown[]> {
    this.child.kill(signal);
    return this.ended;
  }
}
const served: Serving[] = [];
afterEach(async () => {
  for (const one of served.splice(0)) if (one.child.exitCode === null) await one.stop('SIGKILL');
});

/** What the server says of itself, with another name for it. */
function statusWith(address: string, headers: Record<string, string>, method = 'GET'): Promise<number | undefined> {
  const { hostname, port, pathname } = new URL(address);
  return new Promise((resolve, reject) => {
    const request = get({ hostname, port, path: pathname, headers, method }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject);
  });
}

/** The versions that are told at an address, one by one. */
async function* versions(address: string): AsyncGenerator<string> {
  const response = await fetch(`${address}events`);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  for await (const data of response.body!) {
    for (const [, version = ''] of Buffer.from(data)
      .toString()
      .matchAll(/^data: (.*)$/gm))
      yield version;
  }
}

test('the report at an address that nobody guesses, on this host alone, for who asks rightly', async () => {
  writeFileSync(join(folder, 'trace.pcapng'), showcase);
  const serving = new Serving(['trace.pcapng']);
  const address = await serving.address();
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\/$/);
  const response = await fetch(address);
  const page = await response.text();
  expect([
    response.status,
    response.headers.get('cache-control'),
    response.headers.get('referrer-policy'),
    response.headers.get('x-frame-options'),
  ]).toEqual([200, 'no-store', 'no-referrer', 'DENY']);
  expect(page).toContain('Of 527 connections, 69 ended wrong or may have');
  expect(page).toContain('connect-src &#39;self&#39;');
  expect(page).toMatch(/<html lang="en" data-live-at="events" data-version="1">/);
  expect(page).toContain('<code>lastack serve trace.pcapng</code>');

  const { origin, host, pathname } = new URL(address);
  const others = [
    `${origin}/`,
    `${origin}${pathname.slice(0, -2)}B/`,
    `${origin}/x/`,
    `${address}package.json`,
    `${address}../../etc/passwd`,
    `${address}%2e%2e/x`,
    `${origin}/${'x'.repeat(6000)}/`,
  ];
  for (const url of others) expect([url, (await fetch(url)).status]).toEqual([url, 404]);
  expect(await statusWith(address, { host })).toBe(200);
  expect(await statusWith(address, { host: 'rebound.example:80' })).toBe(404);
  expect(await statusWith(address, { host }, 'POST')).toBe(405);
  expect((await fetch(address, { method: 'HEAD' })).status).toBe(200);
  expect(await serving.stop()).toEqual([0, null]);
  expect(serving.stderr).toBe('lastack: open this address in a browser of this host; Ctrl-C ends it\n');
});

test('a file that grows is told of as it grows, and what is not a part any more is told anew', async () => {
  const path = join(folder, 'growing.pcapng');
  writeFileSync(path, showcase.subarray(0, part));
  const serving = new Serving(['growing.pcapng']);
  const address = await serving.address();
  const told = versions(address);
  const version = async (): Promise<string> => String((await told.next()).value);
  expect(await version()).toBe('1');
  const before = await (await fetch(address)).text();
  expect(before).not.toContain('Of 527 connections');
  appendFileSync(path, showcase.subarray(part));
  let page = '';
  while (!page.includes('Of 527 connections')) {
    await version();
    page = await (await fetch(address)).text();
  }
  // As a pipe that goes on: by its own name, with its ladders, and nothing of it is damaged.
  expect(page).toContain('<dd>growing.pcapng ');
  expect(page).toContain('<dt>Damage</dt><dd>none</dd>');
  expect(page).toContain('id="ladders-0"');
  // Gone for a moment, as while it is rotated: what is shown stays.
  rmSync(path);
  await expect
    .poll(() => serving.stderr, { timeout: 10_000 })
    .toMatch(/^lastack: the page stays as it is: .*growing\.pcapng/m);
  expect((await fetch(address)).status).toBe(200);
  copyFileSync('captures/forgotten-close.pcapng', join(folder, 'another.pcapng'));
  renameSync(join(folder, 'another.pcapng'), path);
  while (page.includes('Of 527 connections')) {
    await version();
    page = await (await fetch(address)).text();
  }
  // Who still listens does not hold it.
  expect(await serving.stop()).toEqual([0, null]);
  for await (const version of told) expect(Number(version)).toBeGreaterThan(1);
  expect(serving.stderr.match(/^lastack: the page stays/gm)).toHaveLength(1);
  expect(readdirSync(folder).filter((name) => name.startsWith('lastack-'))).toEqual([]);
}, 60_000);

test('a pipe is served while it goes on', async () => {
  const serving = new Serving(['-', '-q']);
  const address = await serving.address();
  serving.child.stdin!.write(showcase.subarray(0, part));
  const page = await (await fetch(address)).text();
  expect(page).toContain('<h1>How the connections ended</h1>');
  expect(await serving.stop('SIGTERM')).toEqual([0, null]);
});

test('not more listeners than a person has tabs', async () => {
  writeFileSync(join(folder, 'trace.pcapng'), showcase);
  const serving = new Serving(['trace.pcapng', '-q']);
  const address = await serving.address();
  const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${address}events`)));
  expect([200, 503].map((wanted) => answers.filter(({ status }) => status === wanted).length)).toEqual([16, 4]);
  expect(await serving.stop()).toEqual([0, null]);
});

test.each([
  [['nowhere.pcap'], /^lastack: .*nowhere\.pcap/],
  [['-', 'trace.pcapng'], /^lastack: serve takes stdin alone, or files\n$/],
  [['trace.pcapng', '--filter', 'prot 80'], /^lastack: --filter: /],
])(
  '%j: is told at once, and nothing is served',
  async (args, words) => {
    writeFileSync(join(folder, 'trace.pcapng'), showcase);
    const serving = new Serving(args);
    expect(await serving.ended).toEqual([2, null]);
    expect(serving.stdout).toBe('');
    expect(serving.stderr).toMatch(words);
  },
  40_000,
);

describe.skipIf(executable === undefined)(`in Chromium${missing}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  test('the page becomes the newer one by itself, with what was chosen, and says when nobody serves it any more', async () => {
    expect(existsSync(program)).toBe(true);
    const path = join(folder, 'live.pcapng');
    writeFileSync(path, showcase.subarray(0, part));
    const serving = new Serving(['live.pcapng', '-q']);
    const { page, deeds } = await visit(browser, await serving.address(), { width: 1280, scheme: 'light' });
    await page.getByRole('searchbox').fill('8000 server');
    const said = page.locator('.said');
    await expect.poll(() => said.textContent()).toMatch(/^[1-9]\d* of \d+ findings/);
    appendFileSync(path, showcase.subarray(part));
    await expect.poll(() => said.textContent(), { timeout: 20_000 }).toMatch(/^[1-9]\d* of 94 findings/);
    expect(await page.getByRole('searchbox').inputValue()).toBe('8000 server');
    await page.locator('article:visible th.opens a').first().click();
    await page.locator('article:visible tr.drawn svg').waitFor();
    await serving.stop();
    await expect.poll(() => page.locator('.live').textContent()).toMatch(/waiting for lastack|no longer served/);
    expect(
      deeds.filter(
        (deed) =>
          !/^request: http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/events$|ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING/.test(
            deed,
          ),
      ),
    ).toEqual([]);
    await page.close();
  }, 60_000);
});
