import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { version } from '../../../src/base/version.js';
import { html } from '../../../src/report/html.js';
import { readLadder, readLadders } from '../../../src/reread/ladder.js';
import { recording, recordings } from '../../overview/recordings.js';
import { analysis, at, connection, finding } from '../analysis-fixture.js';
import { page, unbalanced, withoutScripts } from './page.js';

describe.each(recordings)('the page of %s', (name) => {
  test('is whole, loads nothing, runs its own script alone, and every link has its target', async () => {
    const whole = await page(await recording(name));
    expect(
      whole.match(/<script(?! type="text\/plain" id="(?:carried|ladders-\d+)">[\w+/=]*<\/script>)[^>]*>/g),
    ).toEqual(['<script>']);
    const [, policy = ''] = /Content-Security-Policy" content="([^"]+)"/.exec(whole) ?? [];
    const hash = createHash('sha256').update(/<script>([^]*?)<\/script>/.exec(whole)![1]!).digest('base64');
    expect(policy.replaceAll('&#39;', "'")).toBe(
      `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${hash}'; base-uri 'none'; ` +
        `form-action 'none'`,
    );
    const text = withoutScripts(whole);
    expect(unbalanced(text)).toEqual([]);
    expect(text).toMatch(/^<!DOCTYPE html>\n<html lang="en">/);
    expect(text).not.toMatch(/<script|<img|<iframe|<object|<embed|\son\w+=|https?:|@import|url\(|javascript:/i);
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, references = ''] of text.matchAll(/ (?:href="#|aria-labelledby=")([^"]+)"/g))
      expect(ids).toEqual(expect.arrayContaining(references.split(' ')));
    expect(text).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  test('has one first heading and leaves no level out', async () => {
    const levels = [...(await page(await recording(name))).matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels[0]).toBe(1);
    expect(levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1)).toEqual([]);
  });
});

test('every table has a caption, every column and row its header', async () => {
  const text = await page(await recording('showcase'));
  const tables = text.match(/<table>[^]*?<\/table>/g) ?? [];
  expect(tables.length).toBeGreaterThan(10);
  for (const table of tables) {
    expect(table).toMatch(
      /^<table>\n<caption><span>[^<]+<\/span><\/caption>\n<thead><tr>(<th scope="col"( class="number")?>[^<]+<\/th>)+<\/tr><\/thead>/,
    );
    for (const row of table.match(/<tr>(?!<th scope="col)[^]*?<\/tr>/g) ?? [])
      expect(row.match(/<th scope="row">/g)).toHaveLength(1);
  }
});

test('every picture is named and described, in numbers', async () => {
  const text = await page(await recording('showcase'));
  const pictures = [
    ...text.matchAll(
      /<svg role="(img|group)" aria-labelledby="(\S+)-title \2-description"[^>]*>\s*<title id="\2-title">([^<]+)<\/title><desc id="\2-description">([^<]+)<\/desc>/g,
    ),
  ];
  expect(text.match(/<svg/g)).toHaveLength(pictures.length);
  expect(
    pictures.filter(([, role]) => role === 'img').map(([, , id, title, description]) => [id, title, description]),
  ).toEqual([
    [
      'populations', 'Sockets by state over time',
      expect.stringMatching(/^CLOSE-WAIT: at most 56 \(10:48:2\d\), 56 at the end\. FIN-WAIT-2: /),
    ],
    [
      'ages', 'Ages of half-closed flows',
      expect.stringContaining('30 s to 60 s: 18 still open at the end. 60 s to 2 min: 38 still open at the end.'),
    ],
    ['resets', 'Resets by service and cause', expect.stringContaining('198.51.100.20:8443: 5 closed-peer.')],
    ['reuse', 'Reuse of five-tuples', '1 ms to 10 ms: 1 collision. 5 s to 15 s: 7 accepted.'],
  ]);
});

test('the showcase says in the first lines how it stands', async () => {
  const text = await page(await recording('showcase'));
  expect(text).toContain(
    'Of 527 connections, 69 ended wrong or may have: <span class="severity error">57 errors</span> and <span ' +
      'class="severity warning">12 warnings</span>.',
  );
  expect(text.indexOf('does not close 48 of 116 connections')).toBeGreaterThan(0);
  expect(text.indexOf('does not close 48 of 116 connections')).toBeLessThan(text.indexOf('time-wait-reuse'));
  expect(text).toContain(
    '<td>198.51.100.20:8000</td><td>server</td><td class="number">30</td><td><span class="severity ' +
      'error">error</span></td><th scope="row"><a ' +
      'href="#half-closed-leak-198.51.100.20:8000">half-closed</a></th><td>leak</td>',
  );
});

test('ladders read together are those read one by one', async () => {
  const of = await recording('showcase');
  const ids = [82, 7, 134, 234];
  const together = await readLadders(of, ids);
  expect(together.map(({ length }) => length)).not.toContain(0);
  for (const [index, id] of ids.entries()) expect(together[index]).toEqual(await readLadder(of, id));
});

test('a healthy capture is told to be so, without empty parts', async () => {
  const text = await page(analysis({ connections: [connection(), connection({ id: 1 })] }));
  expect(text).toContain('All 2 connections show nothing wrong.');
  expect(text).toContain('<h2 id="found">What was found</h2>\n<p>Nothing.</p>');
  expect(text).not.toContain('Finding by finding');
});

test('no packet, no connection, no clock: a page all the same', async () => {
  const text = await page(analysis({ capture: { packets: 0, tcpPackets: 0, bytes: 0, first: null, last: null } }));
  expect(unbalanced(text)).toEqual([]);
  expect(text).toContain('There is no TCP connection in this capture.');
});

test('a capture that is gone, or was piped, costs the drawings only', async () => {
  const parts = { connections: [connection()], findings: [finding()] };
  const files = [
    { path: '-', format: 'pcap', compression: null, size: null, spool: null, frames: { first: 1, last: 9, count: 9 } },
  ];
  for (const of of [analysis(parts), analysis({ ...parts, capture: { files } })]) {
    const text = await page(of);
    expect(text).toContain('<p class="quiet">The packets could not be read a second time: no connection is drawn.</p>');
    expect(text).toContain('The server acknowledged the FIN of frame 40');
    expect(unbalanced(text)).toEqual([]);
  }
});

test('a thousand groups, services and places of damage do not make an endless page', async () => {
  const servers = Array.from({ length: 1000 }, (_, id) => ({ address: '10.0.0.1', port: id + 1 }));
  const connections = servers.map((server, id) => connection({ id, server }));
  const findings = servers.map((service, flow) => finding({ flow, service, endpoint: service, start: at(flow) }));
  const damage = servers.map(({ port }) => ({ file: 'trace.pcap', offset: port, what: 'block of 3 bytes' }));
  const text = await page(analysis({ connections, findings, capture: { damage } }));
  expect(text.match(/<article/g)).toHaveLength(2);
  expect(text.match(/<td>leak<\/td>/g)).toHaveLength(5);
  expect(text).toContain('<p class="quiet">… and 995 more groups of the same kinds; the JSON report has them all.</p>');
  expect(text).toContain('<p class="quiet">… and 900 more services.</p>');
  expect(text).toContain('<li class="quiet">… and 980 more</li>');
  expect(text.length).toBeLessThan(300_000);
});

test('advice shows code in a line as code, and a lone backquote as one', async () => {
  const text = await page(
    analysis({ connections: [connection()], findings: [finding({ advice: ['Call `a<b>()` and `c`, not `d'] })] }),
  );
  expect(text).toContain('<li>Call <code>a&lt;b&gt;()</code> and <code>c</code>, not `d</li>');
});

test('advice keeps its code', async () => {
  const text = await page(
    analysis({
      connections: [connection()],
      findings: [finding({ advice: ['Close it:\n  if (n == 0 && x < y)\n    close(fd);\nat once.'] })],
    }),
  );
  expect(text).toContain(
    '<li>Close it:<pre tabindex="0"><code>if (n == 0 &amp;&amp; x &lt; y)\n  close(fd);</code></pre>at once.</li>',
  );
});

const idsOf = (text: string): string[] => [...text.matchAll(/<h3 id="([^"]+)"/g)].map(([, id = '']) => id);

describe('a link that somebody has kept', () => {
  const leak = finding({ flow: 0 });
  const later = finding({
    flow: 1, id: 'linger-reset', cause: 'abort', service: { address: '2001:db8::1', port: 443 },
  });

  test('is named after what it leads to', async () => {
    expect(idsOf(await page(analysis({ connections: [connection(), connection({ id: 1 })], findings: [leak, later] }))))
      .toEqual(['half-closed-leak-10.77.2.2:10007', 'linger-reset-abort-2001:db8::1-:443']);
  });

  test('leads there still when worse things have come before it', async () => {
    const [before] = idsOf(await page(analysis({ connections: [connection()], findings: [leak] })));
    const worse = [2, 3, 4].map((flow) => finding({ flow, cause: 'killed' }));
    const after = idsOf(
      await page(
        analysis({ connections: [0, 1, 2, 3, 4].map((id) => connection({ id })), findings: [...worse, leak, later] }),
      ),
    );
    expect(after.indexOf(before!)).toBe(1);
  });
});

test('says by what it was made and when, where that is known, and is the same to the byte where it is not', async () => {
  const of = analysis({ connections: [connection()] });
  const origin = { command: "lastack report '<b>.pcap' -f html", made: Date.UTC(2026, 10, 29, 4, 52, 7) };
  const text = [...await html(of, undefined, { origin })].join('');
  expect(text).toContain(
    `<p>Made by lastack ${version()} from the packets alone, <time datetime="2026-11-29T04:52:07.000Z">2026-11-29 ` +
      `04:52</time> UTC: <code>lastack report &#39;&lt;b&gt;.pcap&#39; -f html</code></p>`,
  );
  expect(await page(of)).toBe(await page(of));
  expect(await page(of)).not.toContain('<time');
});
