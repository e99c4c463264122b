import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { readPacketsAround } from '../../src/reread/packets-around.js';
import { TestTerminal } from './terminal.js';

let terminal: TestTerminal;

/** The built program on a recording; `npm test` builds it first. */
function lastack(capture: string, columns = 80, rows = 24): TestTerminal {
  terminal = new TestTerminal([process.execPath, 'dist/cli/main.js', capture], { columns, rows });
  return terminal;
}

afterEach(async () => {
  terminal.kill('SIGKILL');
  await terminal.exited;
});

describe('lastack CAPTURE', () => {
  it('leads from a server that never closes to the frame that shows it', async () => {
    lastack('captures/forgotten-close.pcapng');
    await terminal.until(/› error +\d+ {2}leak +\d/);
    terminal.press('\r');
    await terminal.until(/diagnosis leak and server \S+/);
    terminal.press('\r');
    await terminal.until(/FIN-WAIT-1 +─+ F\. \d+ ack \d+ ─+▶ CLOSE-WAIT/);
    terminal.press('\t');
    const explanation = await terminal.until('What to change');
    expect(explanation).toMatch(/Confidence: (certain|likely|possible)/);
    terminal.press('q');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
  });

  it('shows the ladder of a collision with TIME-WAIT beside its explanation', async () => {
    lastack('captures/time-wait-collision.pcapng', 120, 40);
    await terminal.until('time-wait-reuse: collision');
    terminal.press('/collision\r\r\r');
    // The explanation is there first; the segments are read from the capture again.
    const screen = await terminal.until(/ R \d+ ─*▶/);
    expect(screen).toContain('challenge ACK');
    expect(screen).toContain('EXPLANATION');
  });

  it('says which packets of a pipe are no longer kept on disk', async () => {
    terminal = new TestTerminal(
      ['sh', '-c', `cat captures/showcase.pcapng | ${process.execPath} dist/cli/main.js - --spool 100k`],
      { columns: 160, rows: 40 },
    );
    await terminal.until((screen) => screen.includes('Findings in 91 of 527 flows') && !screen.includes('live, '));
    // The newest flow is there in whole.
    terminal.press('fG\r');
    expect(await terminal.until(/SYN-SENT +─+ S 0 ─+▶/)).not.toContain('--spool');
    terminal.press('\u001B');
    await terminal.until('All flows');
    terminal.press('g\r');
    // And stays said when the next key has been pressed.
    await terminal.until('  The packets of this flow are no longer kept on disk (--spool).');
    terminal.press('w');
    expect(
      await terminal.until('The copy of the pipe is in several files by now: write the flow to one of its own with e'),
    ).toContain('  The packets of this flow are no longer kept on disk (--spool).');
    terminal.press('\u001B');
    await terminal.until('All flows');
    // One that was open when the copy began.
    terminal.press('/stream 440\r');
    await terminal.until(/1\/1 *$/m);
    terminal.press('\r');
    await terminal.until(/ {2}The first \d+ packets of this flow are no longer kept on disk \(--spool\)\./);
    terminal.press('s');
    await terminal.until('sockets at');
    terminal.press('0>');
    expect(await terminal.until('The packets of this moment are no longer kept on disk (--spool).')).toContain(
      '(+0 s)',
    );
    terminal.press('$<');
    await terminal.until(/Frame \d+: /);
    terminal.press('q');
    await terminal.exited;
  });

  it('begins with the flows of a filter, from which Esc leads to the first screen', async () => {
    terminal = new TestTerminal(
      [
        process.execPath, 'dist/cli/main.js', 'captures/showcase.pcapng', '--filter',
        'port 8000 and cause leak and age > 80s',
      ],
      { columns: 120, rows: 40 },
    );
    const flows = await terminal.until(/1\/9 *$/m);
    expect(flows).toContain('All flows: 527   with “port 8000 and cause leak and age > 80s”');
    terminal.press('/\u007F\u007F\u007F85s');
    await terminal.until(/1\/\d+ *$/m);
    terminal.press('\r');
    await terminal.until('with “port 8000 and cause leak and age > 85s”');
    terminal.press('\u001B');
    await terminal.until(/1\/527 *$/m);
    terminal.press('\u001B');
    await terminal.until('Findings in 91 of 527 flows');
    terminal.press('q');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
  });

  it('steps from packet to packet, and says which one it was', async () => {
    const analysis = await analyze(['captures/forgotten-close.pcapng']);
    const { packets, hasBegin, hasEnd } = await readPacketsAround(analysis, analysis.capture.first!);
    expect([hasBegin, hasEnd]).toEqual([true, true]);
    const moments = [...new Set(packets.map(({ time }) => time))];
    const lastAt = (time: number): string => `Frame ${packets.findLast((packet) => packet.time === time)!.frame}: `;
    lastack('captures/forgotten-close.pcapng');
    await terminal.until(/› error +\d+ {2}leak +\d/);
    terminal.press('s');
    await terminal.until('(the newest)');
    terminal.press('0');
    await terminal.until('(+0 s)');
    for (const time of moments.slice(1, 8)) {
      terminal.press('>');
      await terminal.until(lastAt(time));
    }
    for (const time of moments.slice(0, 7).toReversed()) {
      terminal.press('<');
      await terminal.until(lastAt(time));
    }
    terminal.press('<');
    expect(await terminal.until('No packet that way.')).toContain('(+0 s)');
    terminal.press('$<');
    await terminal.until(lastAt(moments.at(-2)!));
  });

  it('says what it cannot read, with status 2', async () => {
    lastack('captures/no-such-file.pcapng');
    expect(await terminal.exited).toMatchObject({ exitCode: 2 });
    expect(await terminal.until('no-such-file.pcapng')).toMatch(/^lastack: .*no-such-file\.pcapng/m);
    expect(terminal.buffer).toBe('normal');
  });

  it('extracts a flow beside where it was started, and never over another file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lastack-extract-test-'));
    terminal = new TestTerminal([
      'sh', '-c',
      `cd ${folder} && exec ${process.execPath} ${resolve('dist/cli/main.js')} ` +
        resolve('captures/forgotten-close.pcapng'),
    ]);
    await terminal.until(/› error +\d+ {2}leak +\d/);
    terminal.press('\r\r');
    await terminal.until('● ');
    terminal.press('e');
    await terminal.until(/Wrote \d+ packets of 1 flow to stream-\d+\.pcapng/);
    terminal.press('e');
    await terminal.until(/Wrote \d+ packets of 1 flow to stream-\d+-2\.pcapng/);
    const [one, two] = readdirSync(folder).toSorted();
    const again = await analyze([join(folder, one!)]);
    expect(again.groups.map(({ finding, cause }) => `${finding}: ${cause}`)).toContain('half-closed: leak');
    expect(readFileSync(join(folder, one!))).toEqual(readFileSync(join(folder, two!)));
    rmSync(folder, { recursive: true });
  });

  it('lends the terminal to tshark and takes it back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lastack-tshark-test-'));
    writeFileSync(join(folder, 'tshark'), `#!/bin/sh\necho "tshark $@" > ${folder}/arguments\n`);
    chmodSync(join(folder, 'tshark'), 0o755);
    terminal = new TestTerminal([process.execPath, 'dist/cli/main.js', 'captures/forgotten-close.pcapng'], {
      environment: { PATH: folder, DISPLAY: '', WAYLAND_DISPLAY: '' },
    });
    await terminal.until(/› error +\d+ {2}leak +\d/);
    terminal.press('\r\r');
    await terminal.until('● ');
    terminal.press('w');
    await terminal.until('Opened');
    expect(readFileSync(join(folder, 'arguments'), 'utf8')).toMatch(
      /^tshark -n -r captures\/forgotten-close\.pcapng -Y tcp\.stream eq \d+\n$/,
    );
    terminal.press('\t');
    await terminal.until('What to change');
    terminal.press('q');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
    expect(terminal.buffer).toBe('normal');
    rmSync(folder, { recursive: true });
  });
});
