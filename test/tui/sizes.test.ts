import { afterEach, describe, expect, it } from 'vitest';
import { TestTerminal } from './terminal.js';

let terminal: TestTerminal;

afterEach(async () => {
  terminal.kill('SIGKILL');
  await terminal.exited;
});

/** A way through every screen: what is pressed, what then is there, and which key the footer names. */
const way: readonly (readonly [keys: string, wanted: string | RegExp, footer: string])[] = [
  ['', /CLOSE-WAIT +56/, '? help'],
  ['\t', /[▸] (?:Services|SERVICE)/, '? help'],
  ['\t', '▸ Sockets by state', 'Enter sockets then'],
  ['\u001B[D\r', /sockets at 10:49:0\d/, '←→ second   <> packet'],
  [',', ' earlier: ', '←→ second   <> packet'],
  ['\t', /SERVICE +SOCKETS/, '←→ second   <> packet'],
  ['?', 'Here', '? close'],
  ['q', /SERVICE +SOCKETS/, '←→ second   <> packet'],
  ['tf', 'All flows: 527', '/ filter'],
  ['c', 'Columns of the flows', 'Space show or hide'],
  ['c', 'All flows: 527', '/ filter'],
  ['/age > 80s', /1\/\d+ *$/m, 'Tab complete'],
  ['\r', 'with “age > 80s”', '/ filter'],
  ['\r', 'Stream ', 'Enter unfold'],
  ['\t', '▸ EXPLANATION', 'Enter to the frame'],
  ['p', 'Hosts and profiles: 4 hosts', '←→ other system'],
  ['\u001B', '▸ EXPLANATION', 'Enter to the frame'],
];

describe.each([[80, 24], [120, 40], [200, 60]] as const)('at %ix%i', (columns, rows) => {
  it('every screen has its header, its footer and nothing beyond', async () => {
    terminal = new TestTerminal([process.execPath, 'dist/cli/main.js', 'captures/showcase.pcapng'], { columns, rows });
    for (const [keys, wanted, footer] of way) {
      terminal.press(keys);
      await terminal.until(
        (screen) =>
          (typeof wanted === 'string' ? screen.includes(wanted) : wanted.test(screen)) &&
          (terminal.rows()[rows - 1] ?? '').includes(footer),
      );
      expect(terminal.rows()[0]).toMatch(/^ lastack {3}showcase\.pcapng {3}527 flows/);
      expect(terminal.rows()[1]).toBe('');
    }
  });
});

describe.each([40, 20, 10])('lastack in %i columns', (columns) => {
  it('is still drawn and still left', async () => {
    terminal = new TestTerminal([process.execPath, 'dist/cli/main.js', 'captures/showcase.pcapng'], {
      columns, rows: 8,
    });
    await terminal.until('lastack');
    terminal.press('sfp\u001Bt\r\r\t?');
    await terminal.until((screen) => /Here|close/.test(screen));
    terminal.press('qq');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
  });
});
