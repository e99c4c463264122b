import { bytes, counted } from '../../report/quantities.js';
import { drawHeader } from '../header/draw-header.js';
import type { View } from '../view.js';
import type { Paint } from '../theme.js';

const BAR = 40;

/** The whole screen, before there is anything but progress to show. */
export function drawOpeningScreen(view: View, paint: Paint): string[] {
  return [drawHeader(view, paint), '', ...drawOpening(view, paint)];
}

/** How far reading has come, between header and footer. */
export function drawOpening({ progress, layout }: Pick<View, 'progress' | 'layout'>, paint: Paint): string[] {
  const lines =
    progress === null
      ? ['  Opening…']
      : [
          progress.total === null
            ? '  Waiting for packets from standard input'
            : `  ${bar(progress.bytes / Math.max(progress.total, 1), paint)}`,
          paint(
            'muted',
            `  ${bytes(progress.bytes)}${progress.total === null ? '' : ` of ${bytes(progress.total)}`}, ` +
              counted(progress.packets, 'packet'),
          ),
        ];
  return Array.from({ length: layout.body }, (_, row) => lines[row - 1] ?? '');
}

function bar(share: number, paint: Paint): string {
  const full = Math.round(BAR * Math.min(1, share));
  return paint('accent', '━'.repeat(full)) + paint('muted', '─'.repeat(BAR - full));
}
