import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestTerminal } from '../terminal.js';

let terminal: TestTerminal;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lastack-watch-test-'));
});

afterEach(async () => {
  terminal.kill('SIGKILL');
  await terminal.exited;
  rmSync(folder, { recursive: true });
});

/** Puts a program of this name into the only folder that is searched for programs. */
function install(name: string, script: string): void {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** Whether a process runs; one that has ended and waits for its parent does not. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function watch(...args: string[]): void {
  terminal = new TestTerminal([process.execPath, 'dist/cli/main.js', 'watch', ...args], {
    columns: 120, rows: 36, environment: { PATH: folder },
  });
}

describe('lastack watch', () => {
  it('says what to install', async () => {
    watch();
    await terminal.until('lastack: neither dumpcap nor tcpdump is installed: apt install tcpdump');
    expect(await terminal.exited).toMatchObject({ exitCode: 2 });
  });

  it('says which right is missing', async () => {
    install(
      'tcpdump', 'echo "tcpdump: eth0: You don\'t have permission to perform this capture on that device" >&2; exit 1',
    );
    watch('-i', 'eth0');
    await terminal.until('lastack: no right to capture on eth0: use sudo, or give tcpdump the right with sudo setcap');
    expect(await terminal.exited).toMatchObject({ exitCode: 2 });
  });

  it('says what else is wrong in the words of the program', async () => {
    install('tcpdump', 'echo "tcpdump: nonet: No such device exists" >&2; exit 1');
    watch('-i', 'nonet');
    await terminal.until('lastack: nothing can be captured on nonet: tcpdump: tcpdump: nonet: No such device exists');
    expect(await terminal.exited).toMatchObject({ exitCode: 2 });
  });

  it('takes tcpdump where dumpcap may not, hands it the filter, and follows what it captures', async () => {
    const capture = resolve('captures/forgotten-close.pcapng');
    install('dumpcap', 'echo "dumpcap: permission denied" >&2; exit 1');
    install('tcpdump', `echo "$@" > ${folder}/arguments; /bin/cat ${capture}; exec /bin/sleep 60`);
    watch('-i', 'eth0', 'tcp', 'port', '8000');
    expect(await terminal.until(/› error +\d+ {2}leak +\d/)).toContain('live,');
    terminal.press('\r\r');
    // Read again from the copy on disk.
    await terminal.until(/● ?\d+ /);
    terminal.press('q');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
    expect(terminal.buffer).toBe('normal');
  });

  it.skipIf(process.platform !== 'linux')(
    'leaves no sniffer behind when it is killed, and none of its copy at SIGQUIT',
    async () => {
    for (const signal of ['SIGKILL', 'SIGQUIT'] as const) {
      install(
        'tcpdump',
        `echo $$ > ${folder}/pid; /bin/cat ${resolve('captures/forgotten-close.pcapng')}; exec /bin/sleep 60`,
      );
      terminal = new TestTerminal([process.execPath, 'dist/cli/main.js', 'watch', '-i', 'eth0'], {
        columns: 120, rows: 36, environment: { PATH: folder, TMPDIR: folder },
      });
      await terminal.until(/› error +\d+ {2}leak +\d/);
      const sniffer = Number(readFileSync(join(folder, 'pid'), 'utf8'));
      expect(isAlive(sniffer)).toBe(true);
      const copies = (): string[] => readdirSync(folder).filter((name) => name.startsWith('lastack-'));
      expect(copies().length).toBe(1);
      terminal.kill(signal);
      await terminal.exited;
      const begun = Date.now();
      while (isAlive(sniffer) && Date.now() < begun + 5000) await new Promise((resume) => setTimeout(resume, 20));
      expect([isAlive(sniffer), Date.now() - begun < 1000]).toEqual([false, true]);
      // SECURITY.md says that kill -9 leaves the copy.
      expect(copies().length).toBe(signal === 'SIGKILL' ? 1 : 0);
      for (const copy of copies()) rmSync(join(folder, copy), { recursive: true });
    }
  },
  );

  it.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
    'gives up root that sudo gave, and ends the sniffer that keeps it',
    async () => {
    install(
      'tcpdump', `echo $$ > ${folder}/pid; /bin/cat ${resolve('captures/forgotten-close.pcapng')}; exec /bin/sleep 60`,
    );
    chmodSync(folder, 0o755);
    terminal = new TestTerminal([process.execPath, 'dist/cli/main.js', 'watch', '-i', 'eth0'], {
      columns: 120, rows: 36, environment: { PATH: folder, SUDO_UID: '65534', SUDO_GID: '65533' },
    });
    await terminal.until(/› error +\d+ {2}leak +\d/);
    const status = readFileSync(`/proc/${terminal.pid}/status`, 'utf8');
    expect(/^Uid:\s+(.*)$/m.exec(status)?.[1]?.split('\t')).toEqual(['65534', '65534', '65534', '65534']);
    expect(/^Gid:\s+(.*)$/m.exec(status)?.[1]?.split('\t')).toEqual(['65533', '65533', '65533', '65533']);
    expect(/^Groups:\s+(.*?)\s*$/m.exec(status)?.[1]).toBe('65533');
    const sniffer = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    expect(/^Uid:\s+0/m.test(readFileSync(`/proc/${sniffer}/status`, 'utf8'))).toBe(true);
    terminal.press('q');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
    const begun = Date.now();
    while (isAlive(sniffer) && Date.now() < begun + 5000) await new Promise((resume) => setTimeout(resume, 20));
    expect(isAlive(sniffer)).toBe(false);
  },
  );

  it('keeps so many connections as it was told to, counts all, and says of what is on the screen when it is no ' +
    'longer kept', async () => {
    const capture = join(folder, 'hours.pcap');
    execFileSync(process.execPath, [
      'bench/generate.mjs', capture, '--packets', '15k', '--flows', '2000', '--bytes', '1560k', '--rate', '5',
    ]);
    // A third of it, and the rest when it is told to.
    install(
      'tcpdump',
      `/usr/bin/head -c 500000 ${capture}; while [ ! -e ${folder}/on ]; do /bin/sleep 0.1; done; /usr/bin/tail -c ` +
        `+500001 ${capture}; exec /bin/sleep 60`,
    );
    watch('-i', 'eth0', '--keep-connections', '900', '--spool', '700k');
    await terminal.until(/Findings in \d+ of \d+ flows(?!:)/);
    // The first one closed as it should.
    terminal.press('f\r');
    const [, stream] = /Stream (\d+) /.exec(await terminal.until(/SYN-SENT +─+ S 0 ─+▶/))!;
    writeFileSync(join(folder, 'on'), '');
    const gone = await terminal.until('This flow is no longer kept (--keep-connections).', 20_000);
    expect(gone).toContain(`Stream ${stream} `);
    expect(gone).toMatch(/SYN-SENT +─+ S 0 ─+▶/);
    terminal.press('y');
    await terminal.until(/^ This flow is no longer kept \(--keep-connections\)\./m);
    terminal.press('tf');
    const flows = await terminal.until(/All flows: [\d,]+ \+ [\d,]+ no longer kept/);
    const [all, kept, forgotten] = [/([\d,]+) flows, /, /All flows: ([\d,]+) /, /\+ ([\d,]+) no longer kept/].map(
      (wanted) => Number(wanted.exec(flows)?.[1]?.replaceAll(',', '')),
    );
    expect(kept).toBeLessThan(1000);
    expect(kept! + forgotten!).toBe(all);
    terminal.press('t');
    await terminal.until(/Findings in [\d,]+ of [\d,]+ flows: [\d,]+ \+ [\d,]+ no longer kept/);
    await terminal.until(/Sockets by state since 00:0[1-7]:\d\d /);
    terminal.press('s0');
    await terminal.until(/sockets at .* \(\+\d+/);
    terminal.press('<');
    await terminal.until(
      /Some connections of that moment are no longer kept|The packets of this moment are no longer kept/,
    );
    terminal.press('q');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
  }, 60_000);

  it.each([
    ['dies', '/bin/sleep 1; kill -9 $$', 'tcpdump was ended by SIGKILL'],
    ['dies before anything of it was read', 'kill -9 $$', 'tcpdump was ended by SIGKILL'],
    [
      'loses its interface', '/bin/sleep 1; echo "tcpdump: pcap_loop: The interface disappeared" >&2; exit 1',
      'tcpdump ended: The interface disappeared',
    ],
  ])('tells when the program %s, and shows what was captured before', async (_, end, words) => {
    install('tcpdump', `/bin/cat ${resolve('captures/forgotten-close.pcapng')}; ${end}`);
    watch('-i', 'eth0');
    await terminal.until(/› error +\d+ {2}leak +\d/);
    expect(await terminal.until(words)).not.toContain('live,');
    terminal.press('q');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
  });

  it.each(['SIGTERM', 'SIGHUP', 'q'])('leaves nobody behind that captures, ended by %s', async (end) => {
    install(
      'tcpdump', `echo $$ > ${folder}/pid; /bin/cat ${resolve('captures/forgotten-close.pcapng')}; exec /bin/sleep 60`,
    );
    watch('-i', 'eth0');
    await terminal.until(/› error +\d+ {2}leak +\d/);
    const sniffer = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    expect(isAlive(sniffer)).toBe(true);
    if (end === 'q') terminal.press(end);
    else terminal.kill(end);
    await terminal.exited;
    for (let patience = 0; patience < 40 && isAlive(sniffer); patience++) {
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
    expect(isAlive(sniffer)).toBe(false);
  });
});
