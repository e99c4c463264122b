import { basename } from 'node:path';
import { type Tap, TAPS, type TwoTaps, summarize } from '../../between/between.js';
import { clocksInWords, lostInWords, turnedInWords } from '../../report/between/words.js';
import { count, counted } from '../../report/quantities.js';
import { columnsOf, fit } from '../text/fit.js';
import { showDate, showZone } from '../text/times.js';
import { wrap } from '../text/wrap.js';
import type { Paint, Role } from '../theme.js';

/** What is said only where it fits on the line is `spare`. */
type Part = readonly [text: string, role: Role, spare?: 'spare'];

const GAP = 3;
/** Columns of the name of a capture. */
const NAME = 32;

/**
 * The first lines of the screen: both captures; how many connections both have, and one alone; the clocks and how well
 * they are known; what was lost. As many lines as that takes in `width` columns. `status` stands at the right.
 */
export function drawBetweenHeader(
  taps: TwoTaps | null, paths: Readonly<Record<Tap, readonly string[]>>, status: string, width: number, paint: Paint,
): string[] {
  const names = TAPS.map((tap) => fit(nameOf(paths[tap]), Math.min(NAME, columnsOf(nameOf(paths[tap]))))).join(' → ');
  const parts: Part[] = [[names, 'plain'], ...(taps === null ? [] : partsOf(taps))];
  const begin = ' lastack';
  const lines: string[] = [];
  let line = paint('title', begin);
  let room = width - columnsOf(begin) - (status === '' ? 0 : columnsOf(status) + 1);
  for (const [text, role, spare] of parts) {
    if (columnsOf(text) + GAP > room && line !== '') {
      if (spare === 'spare') continue;
      lines.push(line);
      line = '';
      room = width;
    }
    const [shown = '', ...more] = wrap(text, Math.max(1, room - GAP));
    line += `${' '.repeat(GAP)}${paint(role, shown)}`;
    room -= columnsOf(shown) + GAP;
    for (const rest of more) {
      lines.push(line);
      line = `${' '.repeat(2 * GAP)}${paint(role, fit(rest, Math.min(columnsOf(rest), Math.max(1, width - 2 * GAP))))}`;
      room = width - 2 * GAP - columnsOf(rest);
    }
  }
  lines.push(line);
  if (status !== '' && lines.length === 1) lines[0] += `${' '.repeat(Math.max(1, room))}${paint('accent', status)}`;
  return lines;
}

function partsOf(taps: TwoTaps): Part[] {
  const { pairs, client, server, serverOnly, clocks, holes } = taps;
  const seen = [...pairs.map(({ flows }) => flows), ...taps.turned].reduce((sum, each) => sum + each.client.length, 0);
  const clientOnly = client.connectionCount - seen;
  const { first } = client.capture;
  const [clock = '', ...set] = clocksInWords(clocks, client.clock);
  const turned = turnedInWords(taps);
  const damaged = client.capture.damage.length + server.capture.damage.length;
  return [
    [seenInWords(pairs.length, clientOnly, serverOnly.length), 'muted'],
    ...(first === null
      ? []
      : [[`from ${showDate(client.clock, first)} ${showZone(client.clock, first)}`, 'muted', 'spare'] as const]),
    [`Clocks: ${clock}`, clocks.pieces[0]?.within === null || clocks.pieces.length === 0 ? 'warning' : 'muted'],
    ...(set.length === 0 ? [] : [[`set ${counted(set.length, 'time')} meanwhile`, 'warning'] as const]),
    [`Lost: ${lostInWords(summarize(taps).road)}`, 'muted'],
    ...TAPS.flatMap((tap): Part[] =>
      holes[tap] === 0 ? [] : [[`the ${tap}'s capture missed ${counted(holes[tap], 'segment')}`, 'warning']],
    ),
    ...(turned === null ? [] : [[turned, 'warning'] as const]),
    ...(damaged === 0 ? [] : [[`damaged in ${counted(damaged, 'place')}`, 'warning'] as const]),
  ];
}

/** `17 connections at both taps, 1 at the server's only` */
function seenInWords(both: number, client: number, server: number): string {
  if (client + server === 0) return `${counted(both, 'connection')}, each at both taps`;
  const alone = [
    ...(client === 0 ? [] : [`${count(client)} at the client's only`]),
    ...(server === 0 ? [] : [`${count(server)} at the server's only`]),
  ];
  return `${counted(both, 'connection')} at both taps, ${alone.join(', ')}`;
}

/** `a.pcapng`, `a.pcapng and 2 more` */
function nameOf(paths: readonly string[]): string {
  const [first = '', ...more] = paths;
  const name = first === '-' ? 'standard input' : basename(first);
  return more.length === 0 ? name : `${name} and ${count(more.length)} more`;
}
