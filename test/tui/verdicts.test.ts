import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { TestTerminal } from './terminal.js';

/** From the shell prompt to the verdict with its proof: what is pressed after `lastack captures/NAME.pcapng` and Enter. */
const keys: Readonly<Record<string, readonly string[]>> = {
  'accept-queue-full': ['\r', '\r'],
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
  expect(Object.keys(keys).toSorted()).toEqual(readdirSync('captures').filter((file) => file.endsWith('.pcapng')).map((file) => file.replace('.pcapng', '')).toSorted());
});

describe.each(Object.entries(keys))('%s', (name, presses) => {
  it(`shows its verdict and the frames that prove it after ${presses.length} keys`, async () => {
    expect(presses.length).toBeLessThanOrEqual(MOST_KEYS);
    const begin = performance.now();
    terminal = new TestTerminal([process.execPath, 'dist/cli/main.js', `captures/${name}.pcapng`]);
    let screen = await terminal.until(/Findings in|Nothing was found/);
    for (const key of presses) {
      const before = screen;
      terminal.press(key);
      screen = await terminal.until((now) => now !== before && !now.includes('Reading the segments'));
    }
    const worst = worstOf(name);
    if (worst.length === 0) screen = await terminal.until('Nothing was found.');
    const verdicts = worst.map(({ severity, finding, cause }) => `  ${severity}  ${finding}${cause === null ? '' : `: ${cause}`}  `);
    const tells = (now: string): boolean => verdicts.some((verdict) => `${now.split('\n')[3] ?? ''}  `.startsWith(verdict));
    // A list is drawn before all that its rows tell is known, and then again: one change after a key need not be the last.
    if (worst.length > 0) screen = await terminal.until(tells);
    expect(worst.length === 0 || tells(screen), screen).toBe(true);
    expect(worst.length === 0 || /● ?\d+ /.test(screen)).toBe(true);
    expect(performance.now() - begin).toBeLessThan(TEN_SECONDS);
  });
});
