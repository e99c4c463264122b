import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestTerminal } from './terminal.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const driver = `${root}node_modules/.cache/lastack-tui-test/test/tui/driver.js`;
const open: TestTerminal[] = [];

/** Runs a scene of driver.ts in a pseudo-terminal. */
function show(scene: string, { flows = 100, ...size }: { flows?: number; columns?: number; rows?: number; environment?: Record<string, string> } = {}): TestTerminal {
  const terminal = new TestTerminal([process.execPath, driver, scene, String(flows)], size);
  open.push(terminal);
  return terminal;
}

beforeAll(() => {
  execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}test/tui/tsconfig.json`]);
});

afterEach(async () => {
  for (const terminal of open.splice(0)) {
    terminal.kill('SIGKILL');
    await terminal.exited;
  }
});

const DOWN = '\u001B[B';
const ESCAPE = '\u001B';
const ENTER = '\r';

describe('the way from the first screen to the proof', () => {
  it('shows groups, the flows of one, and one flow with ladder and explanation at 80x24', async () => {
    const terminal = show('still');
    const groups = await terminal.until('half-closed: leak');
    expect(groups.split('\n')).toEqual([
      ' lastack   night.pcapng   100 flows   1,000 packets   60 s',
      '',
      '  Findings in 44 of 100 flows                                               1/2',
      '           FLOWS  FINDING             SERVICE          FIRST     LAST',
      '› error       34  half-closed: leak   10.77.2.2:8000   10:24:00  10:24:01',
      '  warning     10  refused             10.77.2.2:8081   10:24:00  10:24:00',
      ...Array<string>(10).fill(''),
      '─'.repeat(80),
      '  For example stream 0: The server 10.77.2.2:8000 acknowledged the client\'s',
      '  FIN and has been in CLOSE-WAIT since, for 59.98 s, without a FIN of its own.',
      '  10:24:00 to 10:24:01. Lasted 60 s.',
      '  → Call close() when read() returns 0, on every path of the handler:',
      '',
      '',
      ' Enter open   / filter   f all flows   ? help   q quit',
    ]);

    terminal.press(ENTER);
    await terminal.until('half-closed: leak at 10.77.2.2:8000: 34 flows');
    terminal.press(`j${ENTER}`);
    const ladder = await terminal.until('keepalive probe');
    expect(ladder).toContain('Stream 3   10.77.1.2:20003 → 10.77.2.2:8000   half-closed, 60 s');
    expect(ladder).toMatch(/ 36 +0\.020000 {2}FIN-WAIT-1 +─+ F\. 518 ack 20001 ─+▶ CLOSE-WAIT/);

    terminal.press('\t');
    await terminal.until('What to change');
    terminal.press('G');
    await terminal.until(/CLOSE-WAIT +59\.9 s\+ +frame 36/);
    terminal.press(ESCAPE);
    await terminal.until('2/34');
    terminal.press('h');
    await terminal.until('Findings in 44 of 100 flows');
    terminal.press('q');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
    expect(terminal.buffer).toBe('normal');
  });

  it('shows ladder and explanation side by side where there is room', async () => {
    const terminal = show('still', { columns: 120, rows: 40 });
    await terminal.until('half-closed: leak');
    terminal.press(`${ENTER}${ENTER}`);
    const screen = await terminal.until('keepalive probe');
    expect(screen).toContain('What to change');
    expect(screen).toMatch(/FIN-WAIT-2 +60 s\+ +frame 7/);
  });

  it('fills a terminal of 200x60 to its last row', async () => {
    const terminal = show('still', { columns: 200, rows: 60, flows: 1000 });
    await terminal.until('half-closed: leak');
    terminal.press('fG');
    const screen = await terminal.until('1,000/1,000');
    expect(screen.split('\n')).toHaveLength(60);
    expect(terminal.rows()[59]).toBe(' Enter open   Esc back   / filter   ? help   q quit');
    expect(screen).toMatch(/› +999 {2}10\.77\.1\.2:20999/);
  });
});

describe('lists', () => {
  it('scroll a hundred thousand flows by arrows, pages and the wheel', async () => {
    const terminal = show('still', { flows: 100_000 });
    await terminal.until('half-closed: leak');
    terminal.press('f');
    await terminal.until('1/100,000');
    terminal.press(`${DOWN}j`);
    await terminal.until('3/100,000');
    terminal.press('\u001B[<65;10;5M\u001B[<64;10;5M\u001B[<65;10;5M');
    await terminal.until('6/100,000');
    terminal.press('\u001B[6~\u0004');
    await terminal.until('23/100,000');
    terminal.press('G');
    await terminal.until('100,000/100,000');
    terminal.press('g');
    expect(await terminal.until('1/100,000')).toContain('›      0  10.77.1.2:20000');
  });

  it('are filtered while the filter is typed; Enter keeps it, Esc drops it', async () => {
    const terminal = show('still', { flows: 20_000 });
    await terminal.until('half-closed: leak');
    terminal.press('f/8081');
    await terminal.until('1/1,907');
    terminal.press('nothing');
    await terminal.until('No line holds this text.');
    terminal.press(`\u0015refused${ENTER}`);
    await terminal.until(/with “refused” +1\/1,905/);
    terminal.press(ENTER);
    await terminal.until('Stream 7 ');
    terminal.press(ESCAPE);
    await terminal.until('with “refused”');
    terminal.press(ESCAPE);
    expect(await terminal.until('1/20,000')).toContain('  All flows: 20,000   ');
  });
});

describe('the help', () => {
  it('lists every key and closes again', async () => {
    const terminal = show('still');
    await terminal.until('half-closed: leak');
    terminal.press('?');
    const help = await terminal.until('While a filter is typed');
    expect(help).toMatch(/Enter l → +open/);
    expect(help).toMatch(/Esc h ← Backspace +back/);
    expect(help).toMatch(/q Ctrl-C +quit/);
    terminal.press('q');
    await terminal.until('Findings in 44 of 100 flows');
  });
});

describe('reading', () => {
  it('shows how far it has come, and is left by q', async () => {
    const terminal = show('reading');
    const screen = await terminal.until('reading 43 % of 1.0 GB');
    expect(screen).toContain('430 MB of 1.0 GB, 1,234,567 packets');
    terminal.press('q');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
  });

  it('says on a clean screen what cannot be read', async () => {
    const terminal = show('unreadable');
    expect(await terminal.exited).toMatchObject({ exitCode: 2 });
    await terminal.until('lastack: night.pcapng: no such file');
    expect(terminal.buffer).toBe('normal');
  });

  it('follows a pipe while keys come from the terminal', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lastack-tui-test-'));
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const end = openSync(pipe, 'r+');
    const terminal = new TestTerminal(['sh', '-c', `exec ${process.execPath} ${driver} live < ${pipe}`]);
    open.push(terminal);
    await terminal.until('Opening');
    writeSync(end, '\n\n\n\n');
    await terminal.until('live, 40 packets');
    terminal.press('f');
    await terminal.until('1/4');
    terminal.press('jj');
    await terminal.until('3/4');
    writeSync(end, '\n\n\n\n');
    await terminal.until('3/8');
    terminal.press('q');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
    expect(terminal.buffer).toBe('normal');
    closeSync(end);
    rmSync(folder, { recursive: true });
  });
});

describe('the terminal', () => {
  it('may change its size at any time', async () => {
    const terminal = show('still', { flows: 1000 });
    await terminal.until('half-closed: leak');
    terminal.press('f');
    await terminal.until('1/1,000');
    for (const [columns, rows] of [[120, 40], [60, 12], [200, 60], [80, 24]] as const) {
      terminal.resize(columns, rows);
      await terminal.until(() => terminal.rows()[rows - 1]!.startsWith(' Enter open') && terminal.rows()[0]!.startsWith(' lastack'));
      expect(terminal.rows()[4]).toMatch(/^› +0 {2}10\.77\.1\.2:20000/);
    }
  });

  it('is given back clean when a signal ends lastack', async () => {
    await Promise.all(['SIGTERM', 'SIGHUP', 'SIGINT'].map(async (signal) => {
      const terminal = show('still');
      await terminal.until('half-closed: leak');
      terminal.kill(signal);
      await terminal.exited;
      expect(terminal.buffer).toBe('normal');
      const last = terminal.output.slice(terminal.output.lastIndexOf('\u001B[?1006l')).replaceAll('\u001B[', '^');
      // Node itself shows the cursor once more.
      expect(last).toMatch(/^\^\?1006l\^\?1000l\^\?7h\^\?25h\^\?1049l(?:\^\?25h)?$/);
    }));
  });

  it('is given back clean when lastack crashes, with the error readable', async () => {
    const terminal = show('crash');
    expect((await terminal.exited).exitCode).not.toBe(0);
    await terminal.until('a fault of lastack');
    expect(terminal.buffer).toBe('normal');
  });

  it('is never acted on by text from a capture', async () => {
    const terminal = show('hostile', { columns: 120, rows: 40 });
    const screen = await terminal.until('half-closed: leak');
    expect(screen).toContain(String.raw`\x1b]0;owned\x07\x1b[2J\u{202e}gnp.exe`);
    expect(terminal.output).not.toContain('owned\u0007');
    expect(terminal.output).not.toContain('\u202E');
  });

  it('is drawn on without colours, and even where CI is set', async () => {
    const terminal = show('still', { environment: { NO_COLOR: '1', CI: 'true' } });
    await terminal.until('half-closed: leak');
    expect(terminal.output.replaceAll('\u001B[', '^')).not.toMatch(/\^(?:3|4|9|10)\d(?:;\d+)*m/);
  });
});
