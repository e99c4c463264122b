/** A busy minute of a small shop, with everything in it that can go wrong; see captures/showcase.md. */
import { PORTS, WAY } from '../shop/ports.mjs';
import { services } from '../shop/services.mjs';
import * as visits from '../shop/visits.mjs';
import { close, listen, listenAndHang, sleep } from '../sockets.mjs';

export const seconds = 95;
export const distant = { port: PORTS.gateway, milliseconds: WAY };

export async function server() {
  for (const [name, serve] of Object.entries(services)) await listen(PORTS[name], serve);
  // Refuses what is too large without reading it.
  await listen(PORTS.uploads, async (socket) => {
    await sleep(150);
    socket.write('HTTP/1.1 413 Content Too Large\r\n\r\n');
    await sleep(20);
    close(socket);
  }, { unread: true });
  await listenAndHang(PORTS.worker);
}

/** Who comes, how often, from when to when, in seconds since the beginning. */
const TIMETABLE = [
  { visit: visits.page, times: 200, from: 0, to: 89 },
  { visit: visits.cache, times: 130, from: 0.3, to: 89 },
  { visit: visits.order, times: 60, from: 0.7, to: 88 },
  { visit: visits.query, times: 50, from: 1, to: 88 },
  { visit: visits.leak, times: 48, from: 1, to: 46 },
  { visit: visits.archive, times: 1, from: 12, to: 12 },
  { visit: visits.healthCheck, times: 8, from: 4, to: 79 },
  { visit: visits.job, times: 8, from: 3, to: 24 },
  { visit: visits.upload, times: 5, from: 15, to: 70 },
  { visit: visits.race, times: 5, from: 8, to: 60 },
  { visit: visits.report, times: 3, from: 20, to: 50 },
  { visit: visits.metrics, times: 5, from: 5, to: 80 },
  { visit: visits.fetch, times: 1, from: 30, to: 30 },
  { visit: visits.chat, times: 2, from: 1, to: 2 },
];

export async function client() {
  const appointments = TIMETABLE.flatMap(({ visit, times, from, to }) =>
    Array.from({ length: times }, async (_, index) => {
      await sleep(1000 * (from + (to - from) * (index / Math.max(1, times - 1))));
      await visit(index);
    }));
  await Promise.all([...appointments, sleep(90_000)]);
}

export async function road(network) {
  await sleep(30_000);
  network.cut(PORTS.chat);
}
