import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

import { between } from '../../../src/between/between.js';
import { TestTerminal } from '../terminal.js';

let terminal: TestTerminal;

afterEach(async () => {
  terminal.kill('SIGKILL');
  await terminal.exited;
});

const both = (name: string): string[] => [
  `captures/between/${name}.client.pcapng`,
  `captures/between/${name}.server.pcapng`,
];

interface Size {
  readonly columns?: number;
  readonly rows?: number;
  readonly environment?: Record<string, string>;
}

/** The built program in a terminal; `npm test` builds it first. */
function lastack(args: readonly string[], size: Size = {}): TestTerminal {
  terminal = new TestTerminal([process.execPath, 'dist/cli/main.cjs', ...args], size);
  return terminal;
}

describe('lastack between CLIENT SERVER', () => {
  it('leads from a RST that nobody of the two sent to the frame that shows it, at 80x24', async () => {
    lastack(['between', ...both('reset-injected')]);
    const list = await terminal.until('2 of 9 connections did not pass as sent');
    expect(list.split('\n').map((line) => line.replace(/from 20.*/, 'from …')).slice(0, 9)).toEqual([
      ' lastack   reset-injected.client.pcapng → reset-injected.server.pcapng',
      '   9 connections, each at both taps   from …',
      "   Clocks: the server's is 200 ms ahead, give or take 1.6 ms (from 82 segments)",
      '   Lost: client to server 0 of 50, server to client 0 of 32 segments',
      '',
      `  2 of 9 connections did not pass as sent${' '.repeat(35)}1/2`,
      '           WHAT BOTH SHOW     BY       CLIENT           SERVER              LOST',
      '› warning  reset-injected     between  …2.0.2.10:50462  198.51.100.20:8081',
      '  warning  reset-injected +1  between  …2.0.2.10:37646  198.51.100.20:8082',
    ]);
    expect(list.split('\n')[23]).toBe(
      ' Enter open   / search   p passed   o at one tap   y copy   q quit   ? help',
    );
    terminal.press('\r');
    const ladder = await terminal.until(/● +0\.028208 +65 +CLOSED +<─+ R\. 1 ack 28 +│/);
    expect(ladder).toContain('  warning  reset-injected  certain, by something between the taps');
    expect(ladder).toContain("not in the server's own capture");
    terminal.press('\t');
    expect(await terminal.until('▸ EXPLANATION')).toContain('was not sent by the server');
    terminal.press('?');
    const help = await terminal.until('? close');
    expect(help).toContain('Both ends');
    expect(help).not.toContain('Sockets');
    terminal.press('q');
    await terminal.until('▸ EXPLANATION');
    terminal.press('y');
    await terminal.until(/Copied.*: stream 6 at the client, 6 at the server/);
    terminal.press('\u001B');
    await terminal.until('1/2');
    terminal.press('/8082');
    await terminal.until(/1 line /);
    terminal.press('\r');
    await terminal.until('with “8082”');
    terminal.press('q');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
    expect(terminal.buffer).toBe('normal');
  });

  it.each([
    [80, 24], [120, 40], [200, 60],
  ] as const)('has its header and its footer at %ix%i', async (columns, rows) => {
    lastack(['between', ...both('nat-expired')], { columns, rows });
    for (const [keys, wanted, footer] of [
      ['', '3 of 17 connections did not pass', 'p passed'], ['p', '14 of 17 connections passed', 'o at one tap'],
      ['o', 'Every connection was seen at both taps.', 'p passed'], ['t\r', 'error  ports-changed', 'n evidence'],
      ['\t', '▸ EXPLANATION', 'Enter to the frame'], ['?', 'Both ends', '? close'],
    ] as const) {
      terminal.press(keys);
      const screen = await terminal.until(
        (text) => text.includes(wanted) && (terminal.rows()[rows - 1] ?? '').includes(footer),
      );
      expect(screen.split('\n')).toHaveLength(rows);
      expect(terminal.rows()[0]).toMatch(/^ lastack {3}nat-expired\.client\.pcapng → nat-expired\.server\.pcapng/);
    }
  });

  it('writes what it shows into a pcapng file for each capture, with comments, and opens either in tshark', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lastack-both-test-'));
    writeFileSync(join(folder, 'tshark'), `#!/bin/sh\necho "tshark $@" >> ${folder}/arguments\n`);
    chmodSync(join(folder, 'tshark'), 0o755);
    terminal = new TestTerminal(
      [
        process.execPath, resolve('dist/cli/main.cjs'), 'between',
        ...both('reset-injected').map((path) => resolve(path)),
      ],
      { directory: folder, environment: { PATH: folder, DISPLAY: '', WAYLAND_DISPLAY: '' } },
    );
    await terminal.until('2 of 9 connections did not pass');
    terminal.press('e');
    await terminal.until(/Wrote \d+ packets to stream-6\.client\.pcapng, \d+ packets to/);
    const names = readdirSync(folder).filter((name) => name.endsWith('.pcapng'));
    expect(names).toEqual(['stream-6.client.pcapng', 'stream-6.server.pcapng']);
    const again = await between([join(folder, names[0]!)], [join(folder, names[1]!)]);
    expect(again.pairs.map(({ facts }) => facts.map(({ id }) => id))).toEqual([['reset-injected']]);
    expect(readFileSync(join(folder, names[0]!)).includes('both ends: warning: reset-injected')).toBe(true);
    terminal.press('\r');
    await terminal.until('● ');
    terminal.press('w');
    await terminal.until('Opened');
    terminal.press('j');
    await terminal.until('y copy');
    terminal.press('W');
    await terminal.until('Opened');
    expect(readFileSync(join(folder, 'arguments'), 'utf8').replaceAll(resolve('captures'), 'captures')).toBe(
      ['client', 'server']
        .map((tap) => `tshark -n -r captures/between/reset-injected.${tap}.pcapng -Y tcp.stream eq 6\n`)
        .join(''),
    );
    rmSync(folder, { recursive: true });
  });

  it('puts its panes elsewhere when the terminal changes its size', async () => {
    lastack(['between', ...both('one-way')], { columns: 80, rows: 24 });
    await terminal.until('road-cut');
    terminal.press('\r');
    await terminal.until(/^▸ LADDER {5}EXPLANATION$/m);
    terminal.resize(120, 40);
    const stacked = await terminal.until(/^ {2}EXPLANATION$/m);
    expect(stacked.indexOf('EXPLANATION')).toBeLessThan(stacked.indexOf('SECONDS'));
    terminal.resize(200, 60);
    await terminal.until(/ON THE WAY +│ +EXPLANATION$/m);
  });

  it('is drawn without colours where they are not wanted', async () => {
    lastack(['between', ...both('one-way')], { environment: { NO_COLOR: '1' } });
    await terminal.until('road-cut');
    terminal.press('\r');
    await terminal.until(/lost/);
    // oxlint-disable-next-line no-control-regex -- what sets a colour
    expect(terminal.output).not.toMatch(/\u001B\[(?:\d+;)*[34]\d/);
    // oxlint-disable-next-line no-control-regex -- the selected line
    expect(terminal.output).toMatch(/\u001B\[7m/);
  });

  it('prints text where text is asked for', async () => {
    lastack(['between', ...both('one-way'), '-f', 'text'], { columns: 100, rows: 50 });
    expect(await terminal.exited).toMatchObject({ exitCode: 1 });
    expect(await terminal.until('1 connection of 15 did not pass')).toContain('road-cut');
    expect(terminal.output).not.toContain('\u001B[?1049h');
  });

  it('says what it cannot read, with status 2', async () => {
    lastack(['between', both('one-way')[0]!, 'captures/no-such-file.pcapng']);
    expect(await terminal.exited).toMatchObject({ exitCode: 2 });
    expect(await terminal.until('no-such-file.pcapng')).toMatch(/^lastack: .*no-such-file\.pcapng/m);
    expect(terminal.buffer).toBe('normal');
  });

  it('is left with status 0 while it waits for packets', async () => {
    const [, server] = both('one-way');
    terminal = new TestTerminal(['sh', '-c', `sleep 20 | ${process.execPath} dist/cli/main.cjs between - ${server}`]);
    await terminal.until("Reading the client's capture…");
    await terminal.until('? help');
    terminal.press('q');
    await terminal.until(() => terminal.buffer === 'normal');
    expect(terminal.text()).not.toContain('rror');
  });

  it('takes a capture from a pipe, and its keys from the terminal', async () => {
    const [client, server] = both('one-way');
    terminal = new TestTerminal([
      'sh', '-c', `cat ${client} | ${process.execPath} dist/cli/main.cjs between - ${server}`,
    ]);
    expect(await terminal.until('road-cut')).toContain('standard input → one-way.server.pcapng');
    terminal.press('\r');
    await terminal.until('lost');
    terminal.press('q');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
  });
});

it('the screen of one capture loads nothing of both ends', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lastack-loaded-test-'));
  lastack(['captures/forgotten-close.pcapng'], { environment: { NODE_V8_COVERAGE: folder } });
  await terminal.until(/› error +\d+ {2}leak +\d/);
  terminal.press('q');
  await terminal.exited;
  const madeOf: Record<string, string[]> = JSON.parse(readFileSync('dist/modules.json', 'utf8'));
  const modules = readdirSync(folder).flatMap((name): string[] => {
    const { result }: { result: { url: string }[] } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    return result.flatMap(({ url }) => madeOf[/\/dist\/(.*)$/.exec(url)?.[1] ?? ''] ?? []);
  });
  rmSync(folder, { recursive: true });
  expect(modules.filter((name) => name.startsWith('src/tui/')).length).toBeGreaterThan(20);
  expect(modules.filter((name) => /^src\/(between|tui\/between|report\/between)\//.test(name))).toEqual([]);
});
