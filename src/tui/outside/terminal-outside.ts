import { clipboardProgram, giveTo } from './clipboard.js';
import { clipboardSequence, wiresharkFilter } from './copy.js';
import { asMarkdown } from './markdown.js';
import type { Outside, Request } from './outside.js';
import { launch, runOnTerminal, viewerFor } from './packets.js';

/** What the world outside needs of the terminal. */
export interface Lender {
  /** Writes a sequence that draws nothing. */
  send(sequence: string): void;
  /** Gives the terminal away until `work` has ended. */
  lend(work: () => Promise<void>): Promise<void>;
}

/** The world as it is around a terminal. */
export function terminalOutside(stage: Lender, extract: Outside['extract']): Outside {
  return {
    copy: (request) => copied(stage, wiresharkFilter(request)),
    'copy-markdown': (request) => copied(stage, asMarkdown(request)),
    extract,
    packets: (request) => opened(stage, request),
  };
}

/** In a program of its own window, or of this terminal. */
export async function opened(stage: Lender, request: Request): Promise<string> {
  const viewer = viewerFor(request);
  if (typeof viewer === 'string') return viewer;
  if (viewer.needsTerminal) await stage.lend(() => runOnTerminal(viewer));
  else await launch(viewer);
  return `Opened ${viewer.command}`;
}

/** By the desktop's own program, which says whether it took the text; else by the terminal, which does not. */
export async function copied(stage: Lender, text: string): Promise<string> {
  const shown = text.split('\n')[0] ?? '';
  const program = clipboardProgram();
  if (program !== null && (await giveTo(program, text))) return `Copied: ${shown}`;
  const sequence = clipboardSequence(text);
  if (sequence === null) return 'This is too long for the clipboard of a terminal';
  stage.send(sequence);
  return `Copied, where the terminal lets it: ${shown}`;
}
