import { Writable } from 'node:stream';
import type { Host, Terminal } from '../../src/cli/host.js';

/** A terminal or pipe that keeps what was written to it. */
export class Paper extends Writable implements Terminal {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 100;

  constructor(isTTY = false) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

export interface FakeHost extends Host {
  readonly stdout: Paper;
  readonly stderr: Paper;
}

/** Pipes everywhere, unless said otherwise. */
export function fakeHost({
  terminal = false, env = {},
}: { terminal?: boolean; env?: Record<string, string> } = {}): FakeHost {
  return {
    stdin: { isTTY: terminal },
    stdout: new Paper(terminal),
    stderr: new Paper(terminal),
    env,
    exit(status) {
      this.exitCode = status;
    },
  };
}
