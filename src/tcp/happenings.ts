import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import { FOREIGN } from '../flow/history.js';
import { E } from './machine.js';
import { NOWHERE } from './story.js';
import type { Arrival, Story } from './story.js';

/** One thing that happens to one end. */
export interface Happening {
  /** The row behind which it takes its turn. */
  readonly after: number;
  /** Among those of one row: what the talker sends comes first, then what its listener gets in the order of RFC 9293 §3.10.7.4. */
  readonly rank: number;
  readonly end: number;
  readonly event: number;
  /** The row whose time and frame it has. */
  readonly row: number;
  readonly proven: boolean;
}

/** Ranks within a row. */
const RANK = { sends: 0, getsRst: 1, getsSyn: 2, getsAck: 3, getsFin: 4 } as const;

/**
 * What happened to both ends, in order, except for RSTs and timers.
 *
 * RSTs are judged while the machine runs, because whether one counts depends on the state of who hears it.
 */
export function happenings(story: Story): Happening[] {
  const list: Happening[] = [];
  open(story, list);
  for (const end of [0, 1]) close(story, end, list);
  return list.toSorted((a, b) => a.after - b.after || a.rank - b.rank);
}

function open(story: Story, list: Happening[]): void {
  const [client, server] = story.ends;
  if (client.syn === NOWHERE && server.syn === NOWHERE) return openInTheMiddle(story, list);
  for (const end of [0, 1]) {
    const { syn, synAck, synEnd } = story.ends[end]!;
    if (syn !== NOWHERE && syn !== synAck) list.push({ after: syn, rank: RANK.sends, end, event: E['sends SYN'], row: syn, proven: true });
    if (synAck === NOWHERE) continue;
    list.push({ after: synAck, rank: RANK.sends, end, event: E['sends SYN-ACK'], row: synAck, proven: true });
    getsItsAck(story, end, synEnd, SYN, E['gets ACK of SYN'], list);
  }
  openClient(story, list);
}

/** The client hears the SYN-ACK; where the capture lost that, its own first acknowledgment shows that it did. */
function openClient(story: Story, list: Happening[]): void {
  const [client, server] = story.ends;
  const known = client.syn !== NOWHERE;
  if (server.synAck !== NOWHERE) {
    const arrival = story.arrival(1, server.synAck, server.synEnd, SYN);
    if (arrival) push(list, arrival, RANK.getsSyn, 0, known ? E['gets SYN-ACK'] : E['is found open']);
    return;
  }
  const speaks = story.firstAfter(Math.max(client.syn, NOWHERE), 0, (row) => (row.flags & (SYN | RST | ACK)) === ACK);
  if (speaks === NOWHERE) return;
  list.push({ after: speaks, rank: RANK.sends - 1, end: 0, event: E['gets SYN-ACK'], row: speaks, proven: true });
  if (server.first !== NOWHERE) list.push({ after: server.first, rank: RANK.sends - 1, end: 1, event: E['is found open'], row: server.first, proven: true });
}

/** No SYN in the capture: whoever speaks has an open socket, and so, as far as anyone can tell, has who is spoken to. */
function openInTheMiddle(story: Story, list: Happening[]): void {
  for (const end of [0, 1]) {
    const own = story.ends[end]!.first;
    const other = story.ends[1 - end]!.first;
    if (own === NOWHERE && other === NOWHERE) continue;
    const row = own === NOWHERE ? other : other === NOWHERE ? own : Math.min(own, other);
    list.push({ after: row, rank: RANK.sends - 1, end, event: E['is found open'], row, proven: own !== NOWHERE });
  }
}

function close(story: Story, end: number, list: Happening[]): void {
  const { fin, finEnd } = story.ends[end]!;
  if (fin === NOWHERE) return;
  list.push({ after: fin, rank: RANK.sends, end, event: E['sends FIN'], row: fin, proven: true });
  getsItsAck(story, end, finEnd, FIN, E['gets ACK of FIN'], list);
  const arrival = story.arrival(end, fin, finEnd, FIN);
  if (arrival) push(list, arrival, RANK.getsFin, 1 - end, E['gets FIN']);
}

function getsItsAck(story: Story, end: number, bitEnd: number, bit: number, event: number, list: Happening[]): void {
  const arrival = story.acknowledged(end, bitEnd, bit);
  if (arrival) push(list, arrival, RANK.getsAck, end, event);
}

function push(list: Happening[], { row, after, proven }: Arrival, rank: number, end: number, event: number): void {
  list.push({ after, rank: after > row ? RANK.getsFin : rank, end, event, row, proven });
}

/** What an overheard segment of the next connection on the tuple does to an end that still held this one. */
export function overheard(story: Story, row: number): { readonly end: number; readonly reopens: boolean } | null {
  const { flags, marks, talker } = story.rows[row]!;
  if (!(marks & FOREIGN) || !(flags & SYN)) return null;
  // Its own SYN or SYN-ACK on the tuple shows that an end has left TIME-WAIT.
  return { end: talker, reopens: (flags & RST) === 0 };
}
