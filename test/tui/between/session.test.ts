import { writeFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { analyze } from '../../../src/analysis/analyze.js';
import { between, betweenAnalyses, readPairLadder, type TwoTaps } from '../../../src/between/between.js';
import { extract } from '../../../src/extract/extract.js';
import { readLadder } from '../../../src/reread/ladder.js';
import { drawConnection } from '../../../src/tui/between/connection.js';
import type { TapReaders } from '../../../src/tui/between/readers.js';
import { BetweenSession } from '../../../src/tui/between/session.js';
import { listOf, paneOf, topOf } from '../../../src/tui/frame.js';
import { helpPage } from '../../../src/tui/help/page.js';
import { isOfBothEnds } from '../../../src/tui/help/sections.js';
import { bindings, type TapList } from '../../../src/tui/keys.js';
import type { Request } from '../../../src/tui/outside/outside.js';
import { drawList } from '../../../src/tui/list/list.js';
import { unpainted } from '../../../src/tui/theme.js';
import { scratch } from '../../capture/read.js';

const files = scratch();
const paths = (name: string) => ({
  client: [`captures/between/${name}.client.pcapng`], server: [`captures/between/${name}.server.pcapng`],
});
const read = (name: string): Promise<TwoTaps> => between(paths(name).client, paths(name).server);

/** What was copied, what was to be opened elsewhere, and how often the reader has quit. */
let copied: string[];
let opened: Request[];
let quits: number;
beforeEach(() => {
  copied = [];
  opened = [];
  quits = 0;
});

const readers: TapReaders = { analyze, betweenAnalyses, readPairLadder, readLadder };

function sessionOf(taps: TwoTaps, columns = 80, rows = 24, replaced: Partial<TapReaders> = {}): BetweenSession {
  const session = new BetweenSession(columns, rows, {
    paint: unpainted, paths: paths('x'), readers: { ...readers, ...replaced },
    outside: {
      async copy(text) {
        copied.push(text);
        return 'Copied';
      },
      async extract() {
        return 'Extracted';
      },
      async packets(request) {
        opened.push(request);
        return 'Opened';
      },
    },
    onQuit: () => { quits += 1; },
  });
  session.show(taps);
  return session;
}

/** The lines between header and footer. */
function body(session: BetweenSession): string[] {
  const { frame, layout, lists, document, taps } = session.view();
  const panel = topOf(frame);
  const lines =
    panel.kind === 'flow'
      ? drawConnection({ taps: taps!, document: document!, state: panel.view, layout, paint: unpainted })
      : drawList({
          list: listOf(panel)!, matches: lists[paneOf(panel) as TapList]!, layout, paint: unpainted, instead: null,
        });
  return lines.map((line) => line.trimEnd());
}

const text = (session: BetweenSession): string => body(session).join('\n');

/** The selected line of the ladder. */
function selected(session: BetweenSession): string {
  const panel = topOf(session.view().frame);
  const ladder = session.view().document?.ladder ?? null;
  if (panel.kind !== 'flow' || ladder === null || typeof ladder === 'string') return '';
  return ladder.line(panel.view.cursors.ladder.row).trimEnd();
}

async function until(isThere: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!isThere() && Date.now() < deadline) await new Promise((resume) => setTimeout(resume, 5));
  expect(isThere()).toBe(true);
}

/** Opens the selected connection, and waits for its segments. */
async function open(session: BetweenSession): Promise<void> {
  session.press('enter');
  await until(() => session.view().document !== null && session.view().document!.ladder !== null);
}

describe('connections that did not pass as sent', () => {
  let taps: TwoTaps;
  beforeAll(async () => {
    taps = await read('nat-expired');
  });

  it('stand in a list, worst first, with whose doing it is and what was lost each way', () => {
    const session = sessionOf(taps, 120, 40);
    expect(session.view().header.map((line) => line.replace(/from 20.*/, 'from …').trimEnd())).toEqual([
      ' lastack   x.client.pcapng → x.server.pcapng   17 connections, each at both taps   from …',
      "   Clocks: the server's is 200 ms ahead, give or take 7.9 ms (from 172 segments)",
      '   Lost: client to server 7 of 110 (6.4 %), server to client 0 of 69 segments',
    ]);
    expect(body(session).slice(0, 6).map((line) => line.replace(/\d\d:\d\d:\d\d/g, 'hh:mm:ss'))).toEqual([
      `  3 of 17 connections did not pass as sent${' '.repeat(74)}1/3`,
      '         WHAT BOTH SHOW  BY       CLIENT            SERVER              WHEN      LOST  HOW SURE  STREAM',
      '› error  ports-changed   between  192.0.2.10:50434  198.51.100.20:8081  hh:mm:ss        certain   0 / 0+12',
      '  error  state-expired   between  192.0.2.10:37644  198.51.100.20:8082  hh:mm:ss  →6    certain   1',
      '  error  state-expired   between  192.0.2.10:38546  198.51.100.20:8083  hh:mm:ss  →1    certain   2',
      '',
    ]);
    expect(text(session)).toContain('→ Send keepalives more often than the NAT forgets, or raise its idle limit');
  });

  it('are filtered by any word that is told of them, and the filter is dropped by Esc', () => {
    const session = sessionOf(taps);
    for (const key of Array.from('/RETRANS')) session.press(key);
    expect(text(session)).toContain('with “RETRANS”');
    session.press('enter');
    const [found] = body(session).filter((line) => line.includes('198.51.100.20'));
    expect(found).toMatch(/^› error {2}state-expired .*:8082 +→6$/);
    session.press('escape');
    expect(text(session)).toMatch(/1\/3$/m);
  });

  it('are walked through by every key of a list', () => {
    const session = sessionOf(taps);
    const position = (): string => /(\d+)\/3$/m.exec(text(session))![1]!;
    const walked = ['j', 'down', 'down', 'k', 'home', 'page-down', 'page-up', 'end', 'g', 'G'].map((key) => {
      session.press(key);
      return position();
    });
    expect(walked.join(' ')).toBe('2 3 3 2 1 3 1 3 1 3');
    session.click(5, session.view().header.length + 1 + 2);
    expect(position()).toBe('1');
  });

  it('those that passed are behind a key, those with findings first, and Esc leads back', () => {
    const session = sessionOf(taps);
    session.press('p');
    expect(text(session)).toMatch(/^ {2}14 of 17 connections passed as sent +1\/14$/m);
    session.press('o');
    expect(text(session)).toContain('Every connection was seen at both taps.');
    session.press('escape');
    expect(text(session)).toContain('3 of 17 connections did not pass');
  });

  it('q quits', () => {
    const session = sessionOf(taps);
    session.press('q');
    expect(quits).toBe(1);
  });
});

describe('one connection', () => {
  let taps: TwoTaps;
  beforeAll(async () => {
    taps = await read('fin-dropped');
  });

  it('shows its explanation above the ladder of both taps where both fit so, from the evidence on', async () => {
    const session = sessionOf(taps, 120, 40);
    await open(session);
    const screen = text(session);
    expect(screen).toMatch(/^ {2}Stream 4 {3}192\.0\.2\.10:50446 → 198\.51\.100\.20:8081$/m);
    expect(screen).toMatch(/^ {2}error {2}fin-lost {2}certain, on the way to the client$/m);
    expect(screen).toMatch(/What to do\n +Look for loss, or for a firewall that drops closing segments/);
    expect(screen).toMatch(/^▸ +SECONDS FRAME {2}CLIENT +SEGMENT +SERVER +FRAME {2}ON THE WAY$/m);
    expect(screen).toMatch(/^● +0\.327977 +│ +x─+ F\. 22:22\(0\) ack 19 win \d+ FIN-WAIT-1 +52 {2}lost on the way$/m);
    // The first frame of the evidence is selected.
    expect(selected(session)).toContain('F. 22:22');
  });

  it('says what becomes of the findings of each capture', async () => {
    const session = sessionOf(taps, 80, 24);
    await open(session);
    session.press('tab');
    for (let page = 0; page < 5 && !text(session).includes('and both'); page++) session.press('page-down');
    session.press('page-down');
    expect(text(session)).toMatch(/ refuted {2}unacknowledged-fin, server's capture/);
  });

  it('leads from a frame of the evidence to the ladder, and from there to the next', async () => {
    const session = sessionOf(taps, 80, 24);
    await open(session);
    session.press('tab');
    const { explanation } = session.view().document!;
    for (let line = 0; !explanation[line]!.text.includes('frame 54'); line++) session.press('down');
    session.press('enter');
    expect(selected(session)).toMatch(/ 54 +lost$/);
    session.press('n');
    expect(selected(session)).toMatch(/ 55 +lost$/);
    session.press('N');
    session.press('N');
    expect(selected(session)).toMatch(/ 53 +lost$/);
    session.press('escape');
    expect(text(session)).toContain('1 of 6 connections did not pass');
  });

  it.each([
    [60, 16], [80, 24], [120, 40], [200, 60],
  ])('fits %i columns and %i rows, and is as high', async (columns, rows) => {
    const session = sessionOf(taps, columns, rows);
    await open(session);
    for (const key of ['', 'tab']) {
      session.press(key);
      const { header, layout } = session.view();
      const lines = body(session);
      expect(header.length + 1 + lines.length + 1).toBe(rows);
      expect(lines.length).toBe(layout.body);
      expect(lines.filter((line) => line.length > columns)).toEqual([]);
    }
  });

  it('stays where it is when the terminal changes its size', async () => {
    const session = sessionOf(taps, 80, 24);
    await open(session);
    session.press('n');
    session.resize(200, 60);
    expect(text(session)).toMatch(/ON THE WAY +│ +EXPLANATION/);
    session.resize(80, 24);
    expect(text(session)).toMatch(/^▸ LADDER {5}EXPLANATION$/m);
    const panel = topOf(session.view().frame);
    expect(panel.kind === 'flow' && panel.view.cursors.ladder.row).toBeGreaterThan(0);
  });

  it('is copied as Markdown, with what to do and both filters', () => {
    const session = sessionOf(taps);
    session.press('Y');
    expect(copied).toHaveLength(1);
    const pair = taps.pairs.find(({ facts }) => facts.length > 0)!;
    expect(copied[0]).toMatch(/^### stream \d+ at the client/);
    expect(copied[0]!.replaceAll('\\', '')).toContain(pair.facts[0]!.message);
    expect(copied[0]).toContain("Client's capture: `tcp.stream eq");
    expect(copied[0]).toMatch(/^- Look /m);
  });

  it('is opened elsewhere in either capture, at the frame under the cursor there', async () => {
    const session = sessionOf(taps);
    await open(session);
    session.press('g');
    session.press('w');
    session.press('W');
    const pair = taps.pairs.find(({ facts }) => facts.length > 0)!;
    const [first] = await readPairLadder(taps, pair);
    expect(opened.map(({ analysis, flows, frame }) => ({ analysis, flows, frame }))).toEqual([
      { analysis: taps.client, flows: pair.flows.client, frame: first!.client!.frame },
      { analysis: taps.server, flows: pair.flows.server, frame: first!.server!.frame },
    ]);
  });

  it('is copied as text, as --ladder prints it, from the list and from its own screen', async () => {
    const session = sessionOf(taps);
    session.press('y');
    await until(() => copied.length === 1);
    await open(session);
    session.press('y');
    await until(() => copied.length === 2);
    expect(copied[0]).toBe(copied[1]);
    expect(copied[0]).toMatch(/^stream 4 at the client, 4 at the server {2}192\.0\.2\.10:50446 > 198/);
    expect(copied[0]).toMatch(/x─+ F\. 22:22\(0\).* 52 {2}lost on the way/);
    expect(copied[0]).toContain('error  fin-lost  certain');
    expect(session.view().notice).toBe('Copied');
  });

  it('says why its segments cannot be read again, and still what is known', async () => {
    const session = sessionOf(taps, 120, 40, { readPairLadder: () => Promise.reject(new Error('x.pcap: gone')) });
    await open(session);
    expect(text(session)).toContain('The segments cannot be read again: x.pcap: gone');
    expect(text(session)).toContain('error  fin-lost');
  });
});

it('a connection that one tap alone has is told of, with the ladder of that tap', async () => {
  const server = await analyze(paths('reset-injected').server);
  const path = files.path('part.pcapng');
  const pieces: Uint8Array[] = [];
  for await (const piece of extract(server, ({ stream }) => stream !== 6, {}, { connections: 0, packets: 0 }))
    pieces.push(piece);
  writeFileSync(path, Buffer.concat(pieces));
  const taps = await between(paths('reset-injected').client, [path]);
  const session = sessionOf(taps, 120, 40);
  expect(session.view().header.join('\n')).toContain("8 connections at both taps, 1 at the client's only");
  expect(text(session)).toMatch(/1 of 8 connections did not pass as sent; 1 never reached the server's tap/);
  expect(text(session)).toMatch(/^ {2}\w+ +answered-elsewhere +between /m);
  session.press('o');
  expect(text(session)).toMatch(/^› \w+ +answered-elsewhere .* client {2}/m);
  await open(session);
  expect(text(session)).toContain("at the client's tap only");
  expect(text(session)).toContain("Somebody answered, but the server's tap has nothing of it");
  expect(text(session)).toMatch(/FRAME +SECONDS +CLIENT +SERVER/);
  session.press('y');
  await until(() => copied.length === 1);
  expect(copied[0]).toMatch(/^stream 6 {2}/);
});

it('the help has every key of this screen, and none of the other', () => {
  const help = helpPage('differing', 200, unpainted).join('\n');
  const ofBothEnds = bindings.filter(({ when }) => when.some(isOfBothEnds));
  expect(ofBothEnds.filter(({ description }) => !help.includes(description))).toEqual([]);
  expect(ofBothEnds.length).toBeGreaterThan(20);
  for (const other of ['sockets at a moment', 'hosts and profiles', 'choose columns', 'freeze what is live'])
    expect(help).not.toContain(other);
  expect(help).toContain('LOST counts segments that left one tap and never came to the other');
});

it('captures that have nothing in common say so', async () => {
  const taps = await between(['captures/unread-data.pcapng'], ['captures/forgotten-close.pcapng']);
  const session = sessionOf(taps);
  expect(text(session)).toContain('No connection is at both taps: are these captures of one time and one road?');
  session.press('enter');
  session.press('y');
  session.press('o');
  expect(text(session)).toMatch(/connections? at one tap only/);
});

it('says what it is reading, and how far', () => {
  const session = new BetweenSession(80, 24, {
    paint: unpainted, paths: paths('x'), readers, onQuit() {},
    outside: { copy: async () => '', extract: async () => '', packets: async () => '' },
  });
  session.progress('client', { bytes: 43, total: 100, packets: 1234 });
  expect(session.drawOpening().join('\n')).toMatch(/reading the client's 43 %\n\n\n {2}Reading the client's capture…/);
  expect(session.drawOpening().join('\n')).toContain('1,234 packets');
  session.progress('both', null);
  expect(session.drawOpening().join('\n')).toContain('Pairing connections, and comparing them segment by segment…');
  // Keys that come before there is anything do no harm.
  for (const key of ['enter', 'y', 'Y', 'e', 'w', 'W', 'j', 'p', '/', 'x', 'escape', 'escape', '?', 'j', '?']) session.press(key);
  expect(session.drawOpening()).toHaveLength(23);
});
