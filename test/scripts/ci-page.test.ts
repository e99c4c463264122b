import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { type Group, analyze } from '../../src/index.js';

const page = readFileSync('docs/ci.md', 'utf8');
const showcase = 'captures/showcase.pcapng';
const tcpdump = spawnSync('tcpdump', ['--version']).error === undefined;

/** `linger-reset (abort) at port 8080`: connections of the groups that a row of the page names. */
function counted(groups: readonly Group[], row: string): number {
  const [, finding, cause, port] = /^([\w-]+)(?: \(([\w-]+)\))?(?: at port (\d+))?$/.exec(row) ?? [];
  return groups
    .filter(
      (group) =>
        group.finding === finding && (cause === undefined || group.cause === cause) &&
        (port === undefined || group.service.port === Number(port)),
    )
    .reduce((sum, { flows }) => sum + flows, 0);
}

test.skipIf(!tcpdump)('what a filter of SYN, FIN and RST leaves is what the page says', async () => {
  const [, filter = ''] = /'(\(tcp\[tcpflags\][^']*)'/.exec(page) ?? [];
  const { stdout } = spawnSync('tcpdump', ['-r', showcase, '-w', '-', filter], { maxBuffer: 1e8 });
  const [whole, filtered] = [await analyze([showcase]), await analyze(['-'], { stdin: Readable.from([stdout]) })];
  const rows = [...page.matchAll(/^\| (.+?) \| (\d+) \| (\d+) \| .* \|$/gm)].map(([, name = '', all, left]) => ({
    name, all: Number(all), left: Number(left),
  }));
  expect(rows.length).toBeGreaterThan(8);
  expect(
    rows.map(({ name }) => ({ name, all: counted(whole.groups, name), left: counted(filtered.groups, name) })),
  ).toEqual(rows);
  expect(page).toContain(
    `${filtered.capture.packets.toLocaleString('en-US')} of ${whole.capture.packets.toLocaleString('en-US')} ` +
      `packets`,
  );
  expect(filtered.connectionCount).toBe(whole.connectionCount);
});

test('every option in the recipes is one that there is', () => {
  const known = readFileSync('docs/options.md', 'utf8');
  const used = [...page.matchAll(/^.*\blastack (?:report|diff|netstat)\b.*$/gm)].flatMap(
    ([line]) => line.match(/ --[a-z-]+/g) ?? [],
  );
  expect(used.length).toBeGreaterThan(10);
  for (const option of used) expect(known).toContain(`${option.trim()} `);
});
