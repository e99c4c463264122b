import { expect, test } from 'vitest';
import { usualChoices } from '../../src/report/choices.js';
import { escape, markdown } from '../../src/report/markdown.js';
import { analysis, at, connection, finding } from './analysis-fixture.js';

const look = { color: false, width: 100 };
const page = (of: ReturnType<typeof analysis>): string => [...markdown(of, look, usualChoices)].join('');

/** The row of the leak in stream `id`. */
const sample = (id: number): string =>
  `| ${id} | server | 10.77.2.2 | 10007 | 2026-11-20 10:24:0${2 + id}.000 | ${50 - id} s | likely |`;

test('groups first, then samples of each with what to change', () => {
  const leaks = [0, 1, 2, 3, 4, 5].map((id) =>
    finding({ flow: id, stream: id, start: at(1 + id), duration: at(50 - id) }),
  );
  expect(
    page(analysis({ connections: leaks.map(({ flow: id }) => connection({ id })), findings: leaks })).split('\n'),
  ).toEqual([
    '## How TCP connections ended: 1 group of findings, 1 failing', '',
    'trace.pcap, 2026-11-20 10:24:01.250 to 2026-11-20 10:25:01.125 UTC. 6 connections, 900 TCP packets.', '',
    'All 6 connections have an error or a warning.', '',
    '| severity | finding | cause | service address | service port | by | flows | first | last | median | longest |',
    '| :--- | :--- | :--- | :--- | ---: | :--- | ---: | :--- | :--- | ---: | ---: |',
    '| error | half-closed | leak | 10.77.2.2 | 10007 | server | 6 | 2026-11-20 10:24:02.000 | 2026-11-20 ' +
      '10:24:07.000 | 48 s | 50 s |',
    '', '### error: half-closed (leak) at 10.77.2.2:10007, 6 connections', '',
    'Stream 0: The server acknowledged the FIN of frame 40 and has not closed for 58.25 s.', '',
    'Evidence: FIN: frame 40, probes: frame 44; frame 51, answered: no, last data: unknown.', '',
    '| stream | role | endpoint address | endpoint port | start | duration | confidence |',
    '| ---: | :--- | :--- | ---: | :--- | ---: | :--- |', ...[0, 1, 2, 3, 4].map(sample), '', '… and 1 more.', '',
    '- Close the socket when read() returns 0:', '', '        if (n == 0) close(fd);', '',
    '- Look for a forked child that still holds the descriptor.', '',
  ]);
});

test('a healthy capture is three lines', () => {
  expect(page(analysis({ connections: [connection()] }))).toBe(
    '## How TCP connections ended: nothing found\n\ntrace.pcap, 2026-11-20 10:24:01.250 to 2026-11-20 ' +
      '10:25:01.125 UTC. 1 connection, 900 TCP packets.\n\nThe one connection shows nothing wrong.\n',
  );
});

test('text of others is text', () => {
  expect(escape('<img src=x onerror=1> | `a` [b](c) *d* _e_ #f & $g$ \u001B[2J\n!')).toBe(
    String.raw`\<img src=x onerror=1\> \| \`a\` \[b\](c) \*d\* \_e\_ \#f \& \$g\$ \\x1b\[2J\\x0a\!`,
  );
});

test('whatever a capture holds, it fits the summary of a CI step', () => {
  const findings = Array.from({ length: 100_000 }, (_, flow) =>
    finding({ flow, message: 'é'.repeat(500), service: { address: '10.0.0.1', port: flow % 65_536 } }),
  );
  const text = page(analysis({ findings }));
  expect(Buffer.byteLength(text)).toBeLessThan(1_048_576);
  expect(text).toContain('… and 65,336 groups more.');
});

test('what is cut is said', () => {
  const findings = Array.from({ length: 1_000 }, (_, flow) =>
    finding({ flow, message: 'é'.repeat(2_000), service: { address: '10.0.0.1', port: flow % 200 } }),
  );
  const text = page(analysis({ findings }));
  expect(Buffer.byteLength(text)).toBeLessThan(1_048_576);
  expect(text.endsWith('\n… cut here, to fit a step summary; other formats have it all.\n')).toBe(true);
});
