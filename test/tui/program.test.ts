import { afterEach, describe, expect, it } from 'vitest';
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
    await terminal.until(/› error +\d+ {2}half-closed: leak/);
    terminal.press('\r');
    await terminal.until(/half-closed: leak at \S+: \d+ flows/);
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
    const screen = await terminal.until('challenge ACK');
    expect(screen).toMatch(/ R \d+ ─*▶/);
    expect(screen).toContain('EXPLANATION');
  });

  it('says what it cannot read, with status 2', async () => {
    lastack('captures/no-such-file.pcapng');
    expect(await terminal.exited).toMatchObject({ exitCode: 2 });
    expect(await terminal.until('no-such-file.pcapng')).toMatch(/^lastack: .*no-such-file\.pcapng/m);
    expect(terminal.buffer).toBe('normal');
  });
});
