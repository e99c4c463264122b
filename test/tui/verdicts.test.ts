import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { TestTerminal } from './terminal.js';

/**
 * From the shell prompt to the verdict with its proof: what is pressed after `lastack captures/NAME.pcapng` and Enter.
 */
const keys: Readonly<Record<string, readonly string[]>> = {
  'accept-queue-full': ['\r', '\r'],
  'answer-cut-short': ['\r', '\r'],
  'busy-healthy-server': [],
  'clean-close-by-client': [],
  'clean-close-by-server': [],
  'connection-refused': ['\r', '\r'],
  'fin-wait-2-expired': ['\r', '\r'],
  'forgotten-close': ['\r', '\r'],
  'forked-child-holds-descriptor': ['\r', '\r'],
  'host-gone-keepalive': ['\r', '\r'],
  'host-gone-retransmissions': ['\r', '\r'],
  'host-unreachable': ['\r', '\r'],
  'intentional-half-close': ['\r', '\r'],
  'keep-alive-race': ['\r', '\r'],
  'linger-zero-idle': ['\r', '\r'],
  'linger-zero-in-close-wait': ['\r', '\r'],
  'linger-zero-unsent': ['\r', '\r'],
  'never-accepted': ['\r', '\r'],
  'port-reuse-accepted': ['\r', '\r'],
  'reset-by-no-socket': ['\r', '\r'],
  'showcase': ['\r', '\r'],
  'simultaneous-close': [],
  'slow-answer': ['\r', '\r'],
  'syn-fin-probe': ['\r', '\r'],
  'three-packet-close': [],
  'time-wait-collision': ['\r', '\r'],
  'unread-data': ['\r', '\r'],
  'write-to-closed-peer': ['\r', '\r'],
};

const MOST_KEYS = 5;
/** Milliseconds from the prompt to the verdict. */
const TEN_SECONDS = 10_000;

interface Golden { readonly finding: string; readonly cause: string | null; readonly severity: string }

/** The worst of what must be found: any of several that are equally bad. */
function worstOf(name: string): Golden[] {
  const all: Golden[] = JSON.parse(readFileSync(`captures/${name}.findings.json`, 'utf8'));
  const severity = ['error', 'warning', 'info'].find((each) => all.some((golden) => golden.severity === each));
  return all.filter((golden) => golden.severity === severity);
}

let terminal: TestTerminal;

afterEach(async () => {
  terminal.kill('SIGKILL');
  await terminal.exited;
});

it('knows the keys for every recording', () => {
  terminal = new TestTerminal(['true']);
  expect(Object.keys(keys).toSorted()).toEqual(
    readdirSync('captures')
      .filter((file) => file.endsWith('.pcapng'))
      .map((file) => file.replace('.pcapng', ''))
      .toSorted(),
  );
});

describe.each(Object.entries(keys))('%s', (name, presses) => {
  it(`shows its verdict and the frames that prove it after ${presses.length} keys`, async () => {
    expect(presses.length).toBeLessThanOrEqual(MOST_KEYS);
    const begin = performance.now();
    terminal = new TestTerminal([process.execPath, 'dist/cli/main.js', `captures/${name}.pcapng`]);
    let screen = await terminal.until(/Findings in|Nothing was found/);
    for (const [at, key] of presses.entries()) {
      terminal.press(key);
      // Before the next key the list must be there that it is for: its place in it says so.
      if (at < presses.length - 1)
        screen = await terminal.until((now) => !now.includes('Findings in') && /^ {2}.* \d+\/\d+$/m.test(now));
    }
    const worst = worstOf(name);
    if (worst.length === 0) screen = await terminal.until('Nothing was found.');
    const verdicts = worst.map(
      ({ severity, finding, cause }) => `  ${severity}  ${finding}${cause === null ? '' : `: ${cause}`}  `,
    );
    const tells = (now: string): boolean =>
      verdicts.some((verdict) => `${now.split('\n')[3] ?? ''}  `.startsWith(verdict));
    // The verdict, and the frames that prove it, which are read again from the capture.
    if (worst.length > 0) screen = await terminal.until((now) => tells(now) && /● ?\d+ /.test(now));
    expect(worst.length === 0 || tells(screen)).toBe(true);
    expect(performance.now() - begin).toBeLessThan(TEN_SECONDS);
  });
});
