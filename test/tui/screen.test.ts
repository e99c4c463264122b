import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isOfBothEnds } from '../../src/tui/help/sections.js';
import { bindings } from '../../src/tui/keys.js';
import { TestTerminal } from './terminal.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const driver = `${root}node_modules/.cache/lastack-tui-test/test/tui/driver.js`;
const open: TestTerminal[] = [];

/** Runs a scene of driver.ts in a pseudo-terminal. */
function show(
  scene: string,
  {
    flows = 100, ...size
  }: { flows?: number; columns?: number; rows?: number; environment?: Record<string, string> } = {},
): TestTerminal {
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

/** Keys of this screen; those of both ends alone are told in the help of that screen. */
const own = bindings.filter(({ when }) => !when.every(isOfBothEnds));

const DOWN = '\u001B[B';
const ESCAPE = '\u001B';
const ENTER = '\r';

describe('the way from the first screen to the proof', () => {
  it('shows findings, services and states, the flows of a finding, and one flow with ladder and explanation at 80x24', async () => {
    const terminal = show('still');
    const triage = await terminal.until(/CLOSE-WAIT +34/);
    expect(triage.replace(/[\u2800-\u28FF]+$/gm, '(chart)').split('\n')).toEqual([
      ' lastack   night.pcapng   100 flows   1,000 packets   60 s',
      '',
      '▸ Findings in 44 of 100 flows                                               1/2',
      '           FLOWS  FINDING             SERVICE          BY      WHEN',
      '› error       34  half-closed: leak   10.77.2.2:8000   server  ▇···········',
      '  warning     10  refused             10.77.2.2:8081   server  ▇···········',
      ...Array<string>(4).fill(''),
      '─'.repeat(80),
      '  For example stream 0: The server 10.77.2.2:8000 acknowledged the client\'s',
      '  FIN and has been in CLOSE-WAIT since, for 59.98 s, without a FIN of its own.',
      '  10:24:00 to 10:24:01. Lasted 60 s. …',
      '  SERVICE             FLOWS  CLEAN  HALF-CLOSED  REFUSED  CLOSE-WAIT',
      '  10.77.2.2:8000         90     56           34                 60 s',
      '  10.77.2.2:8081         10                           10',
      '',
      '  Sockets by state   at 10:25:00 UTC, +60 s',
      '  CLOSE-WAIT        34 (chart)',
      '  TIME-WAIT         66 (chart)',
      '  FIN-WAIT-2        34 (chart)',
      '  ESTABLISHED        0 (chart)',
      ' Enter open   Tab next pane   / search   f flows   s sockets   ? help',
    ]);

    terminal.press(ENTER);
    await terminal.until('half-closed: leak at 10.77.2.2:8000: 34 flows');
    terminal.press(`j${ENTER}`);
    const ladder = await terminal.until('keepalive probe');
    expect(ladder).toContain('Stream 3   10.77.1.2:20003 → 10.77.2.2:8000   half-closed, 60 s');
    expect(ladder).toMatch(/● 36 +0\.020000 {2}FIN-WAIT-1 +─+ F\. 518 ack 20001 ─+▶ CLOSE-WAIT/);

    terminal.press('\t');
    await terminal.until('What to change');
    terminal.press('G');
    await terminal.until(/CLOSE-WAIT +59\.9 s\+ +━+ frame 36/);
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
    expect(screen).toMatch(/▸ +FRAME +SECONDS/);
    // Names stand over what they name.
    const [head = '', ...ladder] = screen
      .split('\n')
      .slice(screen.split('\n').findIndex((row) => row.includes('SECONDS')));
    expect(ladder[0]!.indexOf('SYN-SENT')).toBe(head.indexOf('CLIENT'));
    expect(ladder[0]!.indexOf('SYN-RECEIVED')).toBe(head.indexOf('SERVER'));
  });

  it('leads from a line of evidence to its frame, and from frame to frame', async () => {
    const terminal = show('still', { columns: 120, rows: 40 });
    await terminal.until('half-closed: leak');
    terminal.press(`${ENTER}${ENTER}`);
    await terminal.until('keepalive probe');
    terminal.press('\t');
    await terminal.until('▸ EXPLANATION');
    terminal.press(`${DOWN.repeat(11)}${ENTER}`);
    await terminal.until(/▸ +FRAME/);
    terminal.press('s');
    // The sockets of the moment of that frame, 20 ms after the first.
    expect(await terminal.until(/sockets at 10:24:00\.020000 UTC/)).toContain('FIN-WAIT-1');
  });

  it('fills a terminal of 200x60 to its last row', async () => {
    const terminal = show('still', { columns: 200, rows: 60, flows: 1000 });
    await terminal.until('half-closed: leak');
    terminal.press('fG');
    const screen = await terminal.until('1,000/1,000');
    expect(screen.split('\n')).toHaveLength(60);
    expect(terminal.rows()[59]).toMatch(/^ Enter open {3}Esc back {3}\/ filter {3}c columns .*\? help$/);
    expect(screen).toMatch(/› +999 {2}10\.77\.1\.2:20999/);
  });
});

describe('narrow and wide', () => {
  it('at 80x24 who and what stay: client, server, finding and whose doing', async () => {
    const terminal = await showFlows(300);
    expect(terminal.rows()[3]).toMatch(/^ +STREAM {2}CLIENT +SERVER +FINDINGS +BY$/);
    expect(terminal.text()).toMatch(/› +0 {2}10\.77\.1\.2:20000 +10\.77\.2\.2:8000 +half-closed: leak +server/);
  });

  it('at 200x60 the first screen says more of the selected line, and the flows say what was found', async () => {
    const terminal = show('still', { columns: 200, rows: 60 });
    const screen = await terminal.until('Services: 2');
    // Further steps and further flows, for which there is no room at 80x24.
    await terminal.until('→ Watch the count of CLOSE-WAIT sockets');
    expect(screen).toContain('Stream 12, 10.77.1.2:20012: The server');
    terminal.press('f');
    const flows = await terminal.until('All flows');
    expect(flows).toMatch(/BY +SAYS/);
    expect(flows).toMatch(/half-closed: leak {2}server {2}The server 10\.77\.2\.2:8000 acknowledged/);
  });
});

describe('the first screen', () => {
  it('opens the flows of a service, and the sockets at the moment of the chart', async () => {
    const terminal = show('still', { columns: 120, rows: 40 });
    await terminal.until('Services: 2');
    terminal.press(`\tj${ENTER}`);
    await terminal.until(/All flows: 100 {3}with “server 10\.77\.2\.2:8081” +1\/10/);
    terminal.press(ESCAPE);
    await terminal.until('▸ Services: 2');
    terminal.press('\t');
    await terminal.until('▸ Sockets by state');
    terminal.press('hhh');
    await terminal.until(/at 10:24:5\d UTC/);
    terminal.press(ENTER);
    expect(await terminal.until(/sockets at 10:24:5\d\.\d{6} UTC/)).toContain('CLOSE-WAIT 34');
  });

  it('answers the mouse: a click chooses, a second one opens', async () => {
    const terminal = show('still', { columns: 120, rows: 40 });
    await terminal.until('Services: 2');
    terminal.press('\u001B[<0;10;6M\u001B[<0;10;6m');
    await terminal.until('› warning');
    terminal.press('\u001B[<0;10;6M\u001B[<0;10;6m');
    await terminal.until('refused at 10.77.2.2:8081: 10 flows');
    terminal.press(ESCAPE);
    await terminal.until('▸ Findings');
    const row = terminal.rows().findIndex((line) => line.includes('Sockets by state')) + 1;
    terminal.press(`\u001B[<0;100;${row}M`);
    expect(await terminal.until('▸ Sockets by state')).not.toContain('▸ Findings');
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
});

/** The list of all flows. */
async function showFlows(count = 20_000, size: { columns?: number; rows?: number } = {}): Promise<TestTerminal> {
  const terminal = show('still', { flows: count, ...size });
  await terminal.until('half-closed: leak');
  terminal.press('f');
  await terminal.until('All flows');
  return terminal;
}

describe('the flows', () => {
  it('are filtered while the filter is typed, with candidates and errors in plain words', async () => {
    const terminal = await showFlows();
    terminal.press('/por');
    await terminal.until(/› port +port of either endpoint/);
    terminal.press('\t8081');
    await terminal.until('1/1,905');
    terminal.press(' and prot 3');
    await terminal.until('at column 15: unknown field "prot"; did you mean "port"?');
    expect(terminal.text()).toContain('1/1,905');
    terminal.press('\u0015ending ');
    await terminal.until('› closed');
    terminal.press(`${DOWN}${DOWN}\t`);
    await terminal.until(/1\/1,905 $|1\/1,905$/m);
    terminal.press(ENTER);
    await terminal.until(/with “ending refused ” +1\/1,905/);
    terminal.press(ENTER);
    await terminal.until('Stream 7 ');
    terminal.press(ESCAPE);
    await terminal.until('with “ending refused ”');
    terminal.press(ESCAPE);
    expect(await terminal.until('1/20,000')).toContain('  All flows: 20,000   ');
  });

  it('are sorted by a key, and by the column that is chosen', async () => {
    const terminal = await showFlows(300, { columns: 120, rows: 40 });
    terminal.press('oO');
    expect(await terminal.until('STREAM ▼')).toMatch(/› +299 {2}10\.77\.1\.4:20299|299/);
    terminal.press('c');
    await terminal.until('Columns of the flows');
    terminal.press('jj \r');
    await terminal.until(/\[ \] ▲ SERVER/);
    terminal.press('c');
    await terminal.until((screen) => screen.includes('All flows: 300') && !screen.includes('SERVER'));
    terminal.press('c ');
    await terminal.until(/\[×\] ▲ SERVER/);
    terminal.press('c');
    const screen = await terminal.until('SERVER ▲');
    expect(screen.indexOf(':8000')).toBeGreaterThan(0);
    expect(screen).not.toContain(':8081');
  });

  it('are marked, found again and unmarked', async () => {
    const terminal = await showFlows(300);
    terminal.press('jjmGm');
    await terminal.until('All flows: 300   2 marked');
    terminal.press('N');
    await terminal.until(/› ● +2 /);
    terminal.press('M');
    expect(await terminal.until((screen) => !screen.includes('marked'))).not.toContain('●');
  });

  it('that are marked are copied and extracted together, in the list of a finding too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lastack-tui-test-'));
    const terminal = await showFlows(300);
    terminal.press('jmjjmGy');
    await terminal.until('Copied, where the terminal lets it: tcp.stream in {1, 3}');
    terminal.press('t');
    await terminal.until('▸ Findings');
    terminal.press(ENTER);
    await terminal.until('2 marked');
    expect(terminal.text()).toMatch(/ {2}● +3 {2}10\.77\.1\.2:20003/);
    terminal.press('My');
    await terminal.until('Copied, where the terminal lets it: tcp.stream eq 0');
    rmSync(folder, { recursive: true });
  });

  it('go to the clipboard of the desktop where there is one, also as Markdown', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lastack-tui-test-'));
    writeFileSync(
      join(folder, 'xclip'), `#!/bin/sh\necho "$@" > ${folder}/arguments\nexec /bin/cat > ${folder}/clipboard\n`,
    );
    chmodSync(join(folder, 'xclip'), 0o755);
    const terminal = show('still', {
      environment: {
        PATH: folder, DISPLAY: ':0', WAYLAND_DISPLAY: '', SSH_CONNECTION: '', SSH_TTY: '', SSH_CLIENT: '',
      },
    });
    await terminal.until('half-closed: leak');
    terminal.press('Y');
    await terminal.until('Copied: ### error: half-closed');
    expect(readFileSync(join(folder, 'arguments'), 'utf8')).toBe('-selection clipboard\n');
    expect(readFileSync(join(folder, 'clipboard'), 'utf8')).toMatch(
      /^### error: half-closed \(leak\) at 10\.77\.2\.2:8000, 34 connections\n\nStream 0: The server 10\.77\.2\.2:8000 acknowledged/,
    );
    terminal.press('jy');
    await terminal.until(/Copied: tcp\.stream in \{7, 14, 28, /);
    terminal.press(`k${ENTER}`);
    await terminal.until('34 flows');
    terminal.press(ENTER);
    await terminal.until('keepalive probe');
    terminal.press('Y');
    await terminal.until('Copied: ### Stream 0');
    expect(readFileSync(join(folder, 'clipboard'), 'utf8')).toMatch(
      /^### Stream 0: 10\.77\.1\.2:20000 to 10\.77\.2\.2:8000, half-closed\n[^]*\*\*error\*\* half-closed \(leak\), likely: /,
    );
    expect(terminal.output).not.toContain('\u001B]52;');
    rmSync(folder, { recursive: true });
  });

  it('are searched by plain text, and other lists by a filter', async () => {
    const terminal = await showFlows(300);
    terminal.press('/nothing listens');
    await terminal.until(/“nothing listens” +1\/28/);
    terminal.press('\u001510.77.1.3:20001');
    await terminal.until(/“10\.77\.1\.3:20001” +1\/1/);
    terminal.press('\u0015prot 3');
    await terminal.until('not a filter yet');
    terminal.press(ESCAPE);
    await terminal.until(/All flows: 300 +1\/300/);
    terminal.press('t');
    await terminal.until('▸ Findings');
    terminal.press('/port 8081');
    await terminal.until(/with “port 8081” +1\/1/);
    expect(terminal.text()).toMatch(/› warning +28 {2}refused/);
    terminal.press('\u0015server closed');
    await terminal.until('No line fits this filter.');
  });

  it('give their Wireshark filter to the clipboard', async () => {
    const terminal = await showFlows(300);
    terminal.press('jy');
    await terminal.until('Copied, where the terminal lets it: tcp.stream eq 1');
    expect(terminal.output).toContain(`\u001B]52;c;${Buffer.from('tcp.stream eq 1').toString('base64')}\u0007`);
  });
});

describe('the sockets', () => {
  it('are those of a moment that is moved by seconds, changes and findings, with what is new marked', async () => {
    const terminal = show('still', { columns: 120, rows: 40 });
    await terminal.until('half-closed: leak');
    terminal.press('s');
    await terminal.until(/134 sockets at 10:25:00\.000000 UTC \(the newest\)/);
    terminal.press('0');
    await terminal.until(/1 socket at 10:24:00\.000\d{3} UTC .* −133 gone/);
    terminal.press('.');
    const step = await terminal.until(/2 sockets at 10:24:00\.000\d{3} UTC .* \+1 new/);
    expect(step).toMatch(/\+ +SYN-RECEIVED +10\.77\.2\.2:8000 +10\.77\.1\.2:20000/);
    terminal.press('.');
    expect(await terminal.until(/~1 changed/)).toMatch(/~ +ESTABLISHED +SYN-SENT +10\.77\.1\.2:20000/);
    terminal.press('l');
    await terminal.until(/sockets at 10:24:01\.001000 UTC .* 1 s later: /);
    terminal.press(']');
    await terminal.until(/sockets at 10:24:01\.010\d{3} UTC/);
    terminal.press('\t');
    const census = await terminal.until(/SERVICE +SOCKETS/);
    expect(census).toMatch(/10\.77\.2\.2:8081 +10 −1/);
    terminal.press(ESCAPE);
    await terminal.until('▸ Findings');
  });

  it('say why packets cannot be stepped through', async () => {
    const terminal = show('still');
    await terminal.until('half-closed: leak');
    terminal.press('s');
    await terminal.until('134 sockets');
    terminal.press('>');
    expect(await terminal.until('night.pcapng: no such file')).toContain('134 sockets');
    terminal.press('0');
    await terminal.until(/1 socket at 10:24:00/);
  });

  it('lead to their flow, and are filtered by any text', async () => {
    const terminal = show('still');
    await terminal.until('half-closed: leak');
    terminal.press('s');
    await terminal.until('134 sockets');
    terminal.press(`/close-wait${ENTER}`);
    await terminal.until('1/34');
    terminal.press(`j${ENTER}`);
    expect(await terminal.until('Stream 3 ')).toContain('half-closed, 60 s');
  });
});

describe('the hosts', () => {
  it('are taken for another system by a key, and for what they were guessed again', async () => {
    const terminal = show('still', { columns: 120, rows: 40 });
    await terminal.until('half-closed: leak');
    terminal.press('p');
    await terminal.until(/10\.77\.1\.2 +linux +SYN options/);
    terminal.press('l');
    await terminal.until('10.77.1.2 is taken for windows; all verdicts are made anew');
    await terminal.until(/10\.77\.1\.2 +windows/);
    terminal.press('x');
    expect(await terminal.until(/10\.77\.1\.2 +linux/)).toContain('10.77.1.2 is what it was taken for');
  });
});

describe('the help', () => {
  it('lists every key of the pane and closes again', async () => {
    const terminal = show('still');
    await terminal.until('half-closed: leak');
    terminal.press('?');
    const help = await terminal.until('First screen');
    expect(help).toMatch(/Enter l → +open/);
    expect(help).toMatch(/Tab +the next pane/);
    expect(help).toMatch(/q Ctrl-C +quit/);
    terminal.press('q');
    expect(await terminal.until('Findings in 44 of 100 flows')).not.toContain('First screen');
  });

  it.each([[80, 24], [44, 12]] as const)('is scrolled to its end at %ix%i', async (columns, rows) => {
    const terminal = show('still', { columns, rows });
    await terminal.until('Findings in');
    terminal.press('?');
    const top = await terminal.until(/Here/);
    expect(top).not.toContain('Shift lets the mouse select text.');
    expect(terminal.rows().at(-1)).toMatch(/↑↓ scroll +\/ search +\? close/);
    terminal.press('j');
    await terminal.until((screen) => !screen.includes('Here'));
    terminal.press('G');
    const end = await terminal.until('Shift lets the mouse select text.');
    expect(end.split('\n').at(-2)).toContain('select text.');
    terminal.press('g');
    await terminal.until((screen) => screen === top);
    // Every key with what it does is somewhere on the way down.
    const seen: string[] = [top];
    for (let page = 0; page < 20 && !seen.at(-1)!.includes('select text.'); page++) {
      terminal.press(' ');
      seen.push(await terminal.until((screen) => screen !== seen.at(-1)));
    }
    const missing = own.filter(
      ({ description, when }) => !when.includes('help') && !seen.some((screen) => screen.includes(description)),
    );
    expect(missing).toEqual([]);
  });

  it('finds keys by what they do, and by their name', async () => {
    const terminal = show('still');
    await terminal.until('half-closed: leak');
    terminal.press('f');
    await terminal.until('All flows');
    terminal.press('?');
    await terminal.until('Here');
    terminal.press('/mark');
    const found = await terminal.until(/next marked change/);
    expect(found.split('\n').findIndex((line) => line.includes('mark the flow'))).toBeLessThan(
      found.split('\n').findIndex((line) => line.includes('Sockets')),
    );
    expect(found).not.toContain('quit');
    terminal.press('\u0015G');
    expect(await terminal.until(/ G End +to the last/)).not.toContain('to the first');
    terminal.press('\u0015no such key');
    await terminal.until('No key has “no such key”.');
    terminal.press(ESCAPE);
    await terminal.until('First screen');
    terminal.press('?');
    await terminal.until('All flows');
  });

  it('lists all keys where there is room', async () => {
    const terminal = show('still', { columns: 200, rows: 60 });
    await terminal.until('half-closed: leak');
    terminal.press('?');
    const help = await terminal.until('While a filter is typed');
    expect(own.filter(({ description, when }) => !when.includes('help') && !help.includes(description))).toEqual(
      [],
    );
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
    terminal.press('F');
    await terminal.until('following 8/8');
    writeSync(end, '\n');
    await terminal.until('following 9/9');
    terminal.press('z');
    await terminal.until('frozen');
    writeSync(end, '\n');
    await terminal.until('live, 100 packets');
    expect(terminal.text()).toContain('9/9');
    terminal.press('z');
    await terminal.until('following 10/10');
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
      await terminal.until(
        () => terminal.rows()[rows - 1]!.startsWith(' Enter open') && terminal.rows()[0]!.startsWith(' lastack'),
      );
      expect(terminal.rows()[4]).toMatch(/^› +0 {2}10\.77\.1\.2:20000/);
    }
  });

  it('is given back clean when a signal ends lastack', async () => {
    await Promise.all(['SIGTERM', 'SIGHUP', 'SIGINT'].map(async (signal) => {
      const terminal = show('still');
      await terminal.until('half-closed: leak');
      terminal.kill(signal);
      await terminal.exited;
      // The process may be gone before its last bytes have come through the pseudo-terminal.
      await terminal.until(() => terminal.buffer === 'normal');
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
