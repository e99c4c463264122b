import { clipboardSequence, wiresharkFilter } from './copy.js';
import type { Outside } from './outside.js';
import { launch, runOnTerminal, viewerFor } from './packets.js';

/** What the world outside needs of the terminal. */
export interface Stage {
  /** Writes a sequence that draws nothing. */
  send(sequence: string): void;
  /** Gives the terminal away until `work` has ended. */
  lend(work: () => Promise<void>): Promise<void>;
}

/** The world as it is around a terminal. */
export function terminalOutside(stage: Stage, extract: Outside['extract']): Outside {
  return {
    copy(request) {
      const filter = wiresharkFilter(request);
      const sequence = clipboardSequence(filter);
      if (sequence === null) return 'The filter is too long for a clipboard; mark fewer flows';
      stage.send(sequence);
      return `Copied, where the terminal lets it: ${filter}`;
    },
    extract,
    async packets(request) {
      const viewer = viewerFor(request);
      if (typeof viewer === 'string') return viewer;
      if (viewer.needsTerminal) await stage.lend(() => runOnTerminal(viewer));
      else await launch(viewer);
      return `Opened ${viewer.command}`;
    },
  };
}
