import type { Address, Analysis, State, Time } from '../analysis/model.js';
import { formatTime } from '../base/time.js';
import { elements } from './json.js';
import { JsonWriter } from './json-writer.js';
import * as NAME from './names.js';
import { lines } from './ndjson.js';
import type { Netstat } from './netstat.js';
import { painter } from './paint.js';
import { count, counted, socketAddress, wallDate, zoneAt } from './quantities.js';
import { VERSION, address } from './record.js';
import { type Column, table } from './table.js';

/** How many sockets of one service were in one state at one moment, on either side. */
interface SocketSummary {
  readonly time: Time;
  readonly state: State;
  readonly service: Address;
  readonly sockets: number;
}

/** `netstat --summary` by the name of its format. */
export const socketSummaries = {
  *text(analysis, moments, look) {
    const paint = painter(look.color);
    const columns: readonly Column<SocketSummary>[] = [
      { header: 'State', value: ({ state }) => state },
      { header: 'Service Address:Port', value: ({ service }) => socketAddress(service) },
      { header: 'Sockets', align: 'right', value: ({ sockets }) => count(sockets) },
    ];
    for (const [index, moment] of moments.entries()) {
      const rows = socketSummary(analysis, moment);
      const all = rows.reduce((sum, { sockets }) => sum + sockets, 0);
      if (index > 0) yield '\n';
      yield `${paint('heading', `${wallDate(analysis.clock, moment)} ${zoneAt(analysis.clock, moment)}`)}, ` +
        `${counted(all, 'socket')}\n`;
      yield* table(rows, columns, paint);
    }
  },
  *ndjson(analysis, moments) {
    const to = new JsonWriter(analysis.clock);
    yield* lines(to, moments.flatMap((moment) => socketSummary(analysis, moment)), (row) => record(to, row));
    yield to.taken();
  },
  *json(analysis, moments) {
    const to = new JsonWriter(analysis.clock);
    to.raw(`{"version":${VERSION},\n"summary":`);
    yield* elements(to, moments.flatMap((moment) => socketSummary(analysis, moment)), (row) => record(to, row));
    to.raw('}\n');
    yield to.taken();
  },
  *csv(analysis, moments) {
    yield 'time,state,service_address,service_port,sockets\r\n';
    for (const row of moments.flatMap((moment) => socketSummary(analysis, moment))) {
      yield `${formatTime(analysis.clock, row.time)},${row.state},${row.service.address},${row.service.port},` +
        `${row.sockets}\r\n`;
    }
  },
} as const satisfies Record<string, Netstat>;

/** The most numerous first. */
function socketSummary(analysis: Analysis, moment: Time): SocketSummary[] {
  const counts = new Map<string, { time: Time; state: State; service: Address; sockets: number }>();
  for (const { state, flow } of analysis.sockets(moment)) {
    const service = analysis.connection(flow).server;
    const key = `${state} ${socketAddress(service)}`;
    const row = counts.get(key) ?? { time: moment, state, service, sockets: 0 };
    row.sockets += 1;
    counts.set(key, row);
  }
  return [...counts.values()].sort((a, b) => b.sockets - a.sockets);
}

function record(to: JsonWriter, row: SocketSummary): void {
  to.open();
  to.time(NAME.time, row.time);
  to.word(NAME.state, row.state);
  address(to, NAME.service, row.service);
  to.number(NAME.sockets, row.sockets);
  to.close();
}
