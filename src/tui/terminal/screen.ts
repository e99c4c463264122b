import { EventEmitter } from 'node:events';
import type { WriteStream } from 'node:tty';
import { expanded } from './stand-ins.js';

const ESC = '\u001B[';

/**
 * Alternate screen, no cursor, no autowrap (a stale wide line must not spill into the next), mouse wheel as SGR
 * reports.
 */
const OPEN = `${ESC}?1049h${ESC}?25l${ESC}?7l${ESC}?1000h${ESC}?1006h${ESC}2J`;
const CLOSE = `${ESC}?1006l${ESC}?1000l${ESC}?7h${ESC}?25h${ESC}?1049l`;
/** Terminals that know it show what lies between at once (synchronized output, DEC mode 2026). */
const BEGIN = `${ESC}?2026h`;
const END = `${ESC}?2026l`;

/** What Ink writes around a frame: erased lines, cursor up and left, private modes. */
// oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
const INK_PREFIX = /^(?:\u001B\[(?:2K|1A|G|\?\d+[hl]))+/;

/** Taller than any frame: Ink clears the whole terminal, scrollback too, for every frame that fills it. */
const ENDLESS = 1_000_000;

/** Wide enough for a stand-in: Ink makes an object for every cell of a frame. */
const NARROW = 24;

/** What is needed of the terminal; `process.stdout` is one. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/**
 * The terminal as a screen of lines.
 *
 * Ink is given a stream of its own (`stream`); each frame it writes there is compared with the lines that stand on
 * the screen, and those that changed are written to their row. So a frame may fill the terminal to the last row, no
 * line is ever scrolled, and a key press costs the rows it changes.
 */
export class Screen extends EventEmitter {
  readonly stream: WriteStream;
  readonly #terminal: Terminal;
  /** Lines as they stand on the terminal. */
  #shown: string[] = [];
  /** Lines as Ink last drew them. */
  #frame: string[] = [];
  #isOpen = false;

  constructor(terminal: Terminal) {
    super();
    this.#terminal = terminal;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all of a WriteStream that Ink uses
    this.stream = Object.assign(new EventEmitter(), {
      isTTY: true,
      writable: true,
      rows: ENDLESS,
      columns: NARROW,
      write: (text: string) => this.#accept(text),
    }) as unknown as WriteStream;
  }

  get columns(): number {
    return this.#terminal.columns || 80;
  }

  get rows(): number {
    return this.#terminal.rows || 24;
  }

  open(): void {
    this.#isOpen = true;
    this.#shown = [];
    this.#terminal.write(OPEN);
    this.#terminal.on('resize', this.#resized);
  }

  /** Gives the terminal back as it was. May be called twice, and while the process dies. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#terminal.off('resize', this.#resized);
    this.#terminal.write(CLOSE);
  }

  #accept(text: string): boolean {
    const frame = text.replace(INK_PREFIX, '');
    if (this.#isOpen && frame !== '') this.show(expanded(frame).replace(/\n$/, '').split('\n'));
    return true;
  }

  /** Draws a whole frame. */
  show(lines: readonly string[]): void {
    this.#frame = [...lines];
    this.#paint('');
  }

  #paint(before: string): void {
    let changes = before;
    const height = Math.min(this.rows, Math.max(this.#frame.length, this.#shown.length));
    for (let row = 0; row < height; row++) {
      const line = this.#frame[row] ?? '';
      if (line !== this.#shown[row]) changes += `${ESC}${row + 1};1H${ESC}2K${line}`;
    }
    this.#shown = this.#frame.slice(0, this.rows);
    if (changes !== '') this.#terminal.write(BEGIN + changes + END);
  }

  /** What a terminal shows after a resize is its own affair, so everything is drawn anew. */
  readonly #resized = (): void => {
    this.#shown = [];
    this.#paint(`${ESC}2J`);
    this.emit('resize');
  };
}
