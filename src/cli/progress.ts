import type { Progress } from '../analysis/model.js';
import { bytes, count, lasting } from '../report/quantities.js';
import { SECOND } from '../base/time.js';
import type { Host, Terminal } from './host.js';
import { endPatience } from './patience.js';

/** Milliseconds before the first line: short work needs none. */
const PATIENCE = 500;
/** Milliseconds between lines: ten a second. */
const INTERVAL = 100;
/** Carriage return and "erase to the end of the line" (ECMA-48 EL). */
const CLEAR = '\r\u001B[K';

/** One line on a terminal that says how far reading has come; `clear` before anything else is written. */
export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  readonly #begin: number;
  #next: number;
  #shown = false;

  /** `now`: milliseconds of any clock. */
  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
    this.#begin = now();
    this.#next = this.#begin + PATIENCE;
  }

  update(progress: Progress): void {
    const now = this.#now();
    if (now < this.#next) return;
    this.#next = now + INTERVAL;
    this.#shown = true;
    this.#terminal.write(CLEAR + describe(progress, (now - this.#begin) / 1000));
  }

  clear(): void {
    if (this.#shown) this.#terminal.write(CLEAR);
    this.#shown = false;
  }
}

/** The line, where stderr is a terminal and nobody asked for silence. */
export function progressOf(
  { stderr }: Pick<Host, 'stderr'>, { quiet }: { readonly quiet?: boolean | undefined },
): ProgressLine | null {
  return stderr.isTTY === true && quiet !== true ? new ProgressLine(stderr) : null;
}

/** What an analysis tells how far it is: of a large capture V8 is to know as well. */
export function following(line: ProgressLine | null): (progress: Progress) => void {
  return (progress) => {
    endPatience(progress);
    line?.update(progress);
  };
}

/** `reading 45 %: 900 MB of 2.0 GB, 820 MB/s, 1.3 s left`; of a pipe only what is known. */
function describe({ bytes: read, total, packets }: Progress, seconds: number): string {
  const rate = read / seconds;
  if (total === null || total === 0) return `reading: ${bytes(read)}, ${count(packets)} packets, ${bytes(rate)}/s`;
  const left = rate > 0 ? `, ${lasting((Math.max(total - read, 0) / rate) * SECOND)} left` : '';
  return `reading ${Math.min(Math.floor((100 * read) / total), 100)} %: ${bytes(read)} of ${bytes(total)}, ` +
    `${bytes(rate)}/s${left}`;
}
