import type { Instance } from 'ink';
import type { ReadStream } from 'node:tty';
import { inert } from '../report/inert.js';
import type { Lender } from './outside/terminal-outside.js';
import { closeKeyboard, openKeyboard } from './terminal/keyboard.js';
import { onDeath } from './terminal/on-death.js';
import { Screen } from './terminal/screen.js';
import { createPaint, type Paint, type ThemeName } from './theme.js';

/** Milliseconds after which ages on a live screen are drawn anew. */
const TICK = 1000;

/** What is shown on a terminal until the reader quits: the screen of a capture, or of captures of both ends. */
export interface Show {
  readonly subscribe: (listener: () => void) => () => void;
  resize(columns: number, rows: number): void;
  /** A second has passed. */
  tick(): void;
  /** The whole screen, while there is only progress to show. */
  drawOpening(): string[];
}

/** What a show is given of the terminal. */
export interface Stage extends Lender {
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
  /** Ends it all. */
  readonly quit: () => void;
}

export interface Play<Shown extends Show> {
  readonly theme: ThemeName;
  readonly make: (stage: Stage) => Shown;
  /** Reads what is shown, and tells `show` of it. `signal` is aborted when the reader quits. */
  readonly read: (show: Shown, signal: AbortSignal) => Promise<void>;
  /** Loads what draws it by Ink. */
  readonly load: () => Promise<Drawing<Shown>>;
}

export interface Drawing<Shown> {
  readonly draw: (show: Shown, paint: Paint, screen: Screen, keyboard: ReadStream) => Instance;
}

/**
 * Has the terminal to itself until the reader quits, and answers the exit status: 0, or 2 where nothing can be read or
 * there is no terminal (said on stderr, on a clean screen).
 *
 * Reading is aborted by quitting, but a pipe that is silent may keep the process alive: exit when this resolves.
 */
export async function perform<Shown extends Show>({ theme, make, read, load }: Play<Shown>): Promise<number> {
  if (!process.stdout.isTTY)
    return refuse('the screen needs a terminal as its output; `lastack report` writes to files and pipes');
  let keyboard: ReadStream;
  try {
    keyboard = openKeyboard();
  } catch {
    return refuse('there is no terminal to read keys from');
  }
  const screen = new Screen(process.stdout);
  const restore = (): void => {
    screen.close();
    closeKeyboard(keyboard);
  };
  const forget = onDeath(restore);
  const abort = new AbortController();
  const paint = createPaint(process.stdout.getColorDepth(), theme);
  screen.open();

  let failure: unknown = null;
  const fail = (error: unknown): void => {
    failure ??= error;
    abort.abort();
  };
  const ended = new Promise<void>((resolve) => {
    abort.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  let drawing: Drawing<Shown> | null = null;
  let ink: Instance | null = null;
  const raise = (): void => {
    if (drawing === null || abort.signal.aborted) return;
    ink = drawing.draw(show, paint, screen, keyboard);
    // Ink ends by itself only when a drawing throws.
    ink.waitUntilExit().catch(fail);
  };
  const show = make({
    columns: screen.columns, rows: screen.rows, paint, quit: () => abort.abort(),
    send: (sequence) => void process.stdout.write(sequence),
    async lend(work) {
      ink?.unmount();
      restore();
      try {
        await work();
      } finally {
        keyboard = openKeyboard();
        screen.open();
        raise();
      }
    },
  });
  screen.on('resize', () => show.resize(screen.columns, screen.rows));
  const ticking = setInterval(() => show.tick(), TICK);
  // Ink takes a third of a second to load. Reading begins without it, and how far it is stands on the screen before.
  const showProgress = (): void => screen.show(show.drawOpening());
  showProgress();
  const showNoMore = show.subscribe(showProgress);
  // What is broken off because the reader quits has not failed.
  read(show, abort.signal).catch((error: unknown) => {
    if (!abort.signal.aborted) fail(error);
  });
  prepareForInk();
  drawing = await load();
  showNoMore();
  raise();

  await ended;
  clearInterval(ticking);
  // oxlint-disable-next-line typescript/no-unnecessary-condition -- `raise` has set it
  (ink as Instance | null)?.unmount();
  restore();
  forget();
  if (failure === null) return 0;
  if (failure instanceof Error && failure.name === 'CaptureError') return refuse(failure.message);
  throw failure;
}

/**
 * Ink draws nothing at all where it believes to run in CI, and React's development build keeps a measurement of every
 * drawing for ever: both look at the environment when they are loaded, so it is put right before.
 */
function prepareForInk(): void {
  delete process.env['CI'];
  delete process.env['CONTINUOUS_INTEGRATION'];
  process.env['NODE_ENV'] ??= 'production';
}

/** Says why on stderr, and answers the exit status. */
export function refuse(reason: string): number {
  process.stderr.write(`lastack: ${inert(reason)}\n`);
  return 2;
}
