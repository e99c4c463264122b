import { TAPS, type Tap, type TwoTaps } from '../../between/between.js';
import { factNotes } from '../../extract/fact-notes.js';
import { counted } from '../../report/quantities.js';
import { sayLost, writeFlows } from '../outside/extract-flows.js';
import type { Request } from '../outside/outside.js';
import type { TapRow } from './rows.js';

/** What reaches beyond the screen of both ends. Each answers what came of it, in a few words for the footer. */
export interface TapOutside {
  /** Puts a text into the clipboard. */
  copy(text: string): Promise<string>;
  /** Writes a connection to a pcapng file for each capture that has it. */
  extract(taps: TwoTaps, row: TapRow): Promise<string>;
  /** Opens one of the captures in Wireshark or tshark at the frame. */
  packets(request: Request): Promise<string>;
}

/**
 * Writes `stream-7.client.pcapng` and `stream-7.server.pcapng`, by the stream of the client's capture, with comments at
 * the frames that show what both captures tell.
 */
export async function extractPair(taps: TwoTaps, row: TapRow): Promise<string> {
  const flowsAt = (tap: Tap) => (row.kind === 'both' ? row.pair.flows[tap] : row.tap === tap ? [row.flow] : []);
  const there = TAPS.filter((tap) => flowsAt(tap).length > 0);
  const { stream } = taps[there[0]!].connection(flowsAt(there[0]!)[0]!);
  const told = { ...taps, pairs: row.kind === 'both' ? [row.pair] : [] };
  const written: string[] = [];
  for (const tap of there) {
    const notes = factNotes(told, tap);
    const { name, packets, lost } = await writeFlows(taps[tap], flowsAt(tap), `stream-${stream}.${tap}`, { notes });
    written.push(`${counted(packets, 'packet')} to ${name}${sayLost(lost)}`);
  }
  return `Wrote ${written.join(', ')}`;
}
