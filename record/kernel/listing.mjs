import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Half a second: often enough to see a FIN-WAIT-2 of six, and no burden on two processors. */
const EVERY = 500;

/**
 * Lists the sockets of both hosts twice a second until `stop()`, which answers all lists in order, as ss.ndjson has
 * them.
 */
export function listSockets(road) {
  const lists = [];
  const over = new AbortController();
  const done = (async () => {
    while (!over.signal.aborted) {
      const begin = Date.now();
      lists.push(await list('cl', road.namespace('client')), await list('sv', road.namespace('server')));
      await sleep(Math.max(0, begin + EVERY - Date.now()));
    }
  })();
  return {
    async stop() {
      over.abort();
      await done;
      return lists;
    },
  };
}

async function list(ns, namespace) {
  const t = now();
  const { stdout } = await run('ss', ['-N', namespace, '-tanH'], { maxBuffer: 1 << 24 });
  const end = now();
  const rows = stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).slice(0, 5))
    .filter(([state]) => state !== '' && state !== 'LISTEN');
  return { t, end, ns, rows };
}

/** Seconds since the epoch, finer than Date.now(). */
export function now() {
  return (performance.timeOrigin + performance.now()) / 1000;
}
