import type { Analysis, Socket, Time } from '../analysis/model.js';
import { formatTime } from '../base/time.js';
import { elements } from './json.js';
import { JsonWriter } from './json-writer.js';
import { lines } from './ndjson.js';
import { type Look, painter } from './paint.js';
import { counted, lasting, socketAddress, wallDate, zoneAt } from './quantities.js';
import { VERSION, socketRecord } from './record.js';
import { type Column, table } from './table.js';

/** The sockets of some moments, one moment after the other, in pieces. */
export type Netstat = (analysis: Analysis, moments: readonly Time[], look: Look) => Iterable<string | Buffer>;

/** Every format by its name on the command line. */
export const netstats = { text, ndjson, json, csv } as const satisfies Record<string, Netstat>;
export type NetstatFormat = keyof typeof netstats;

/**
 * As `ss -tan` shows them, with what only a capture knows: since when, until when, and whether the endpoint has shown
 * it.
 */
function* text(analysis: Analysis, moments: readonly Time[], look: Look): IterableIterator<string> {
  const paint = painter(look.color);
  const columns: readonly Column<Socket>[] = [
    { header: 'State', value: ({ state }) => state },
    { header: 'Local Address:Port', value: ({ local }) => socketAddress(local) },
    { header: 'Peer Address:Port', value: ({ remote }) => socketAddress(remote) },
    { header: 'Age', align: 'right', value: ({ time, since }) => lasting(time - since) },
    {
      header: 'Timer', align: 'right', value: ({ time, expires }) => (expires === null ? '' : lasting(expires - time)),
    },
    { header: 'Proof', value: ({ proven }) => (proven ? 'proven' : 'assumed') },
    { header: 'Flow', align: 'right', value: ({ flow }) => String(flow) },
  ];
  for (const [index, moment] of moments.entries()) {
    const sockets = analysis.sockets(moment);
    if (index > 0) yield '\n';
    yield `${paint('heading', `${wallDate(analysis.clock, moment)} ${zoneAt(analysis.clock, moment)}`)}, ` +
      `${counted(sockets.length, 'socket')}\n`;
    yield* table(sockets, columns, paint);
  }
}

function* ndjson(analysis: Analysis, moments: readonly Time[]): IterableIterator<Buffer> {
  const to = new JsonWriter(analysis.clock);
  yield* lines(to, socketsAt(analysis, moments), (socket) => socketRecord(to, socket));
  yield to.taken();
}

function* json(analysis: Analysis, moments: readonly Time[]): IterableIterator<Buffer> {
  const to = new JsonWriter(analysis.clock);
  to.raw(`{"version":${VERSION},\n"sockets":`);
  yield* elements(to, socketsAt(analysis, moments), (socket) => socketRecord(to, socket));
  to.raw('}\n');
  yield to.taken();
}

/** RFC 4180. No cell holds text of others: numbers, states and addresses need no quotes and are no formula. */
function* csv(analysis: Analysis, moments: readonly Time[]): IterableIterator<string> {
  const { clock } = analysis;
  yield row([
    'time', 'state', 'local_address', 'local_port', 'remote_address', 'remote_port', 'since', 'expires', 'proven',
    'flow',
  ]);
  for (const { time: at, state, local, remote, since, expires, proven, flow } of socketsAt(analysis, moments)) {
    const end = expires === null ? '' : formatTime(clock, expires);
    yield row([
      formatTime(clock, at), state, local.address, local.port, remote.address, remote.port, formatTime(clock, since),
      end, proven, flow,
    ]);
  }
}

function row(cells: readonly (string | number | boolean)[]): string {
  return `${cells.join(',')}\r\n`;
}

function* socketsAt(analysis: Analysis, moments: readonly Time[]): IterableIterator<Socket> {
  for (const moment of moments) yield* analysis.sockets(moment);
}
