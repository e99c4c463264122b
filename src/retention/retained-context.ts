import { formatAddress } from '../decode/address.js';
import { RST } from '../decode/segment.js';
import * as CONNECTION_FLAG from '../flow/connection-flags.js';
import type { FlowTable } from '../flow/flow-table.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import type { IdleCloses } from '../flow/idle-closes.js';
import { SECOND } from '../base/time.js';
import type { Time } from '../base/time.js';

// What tables beside that of the connections must keep for those that are kept.

/**
 * Idle closes that those who fold these connections may ask for: in the seconds around their RSTs
 * (tcp/reset/simultaneous-closes.ts looks back a second), and from
 * `recent` on, for RSTs that are still to come.
 */
export function idleClosesAround({ connections, history, idleCloses }: FlowTable, recent: Time = Infinity): IdleCloses {
  const seconds = new Set<number>();
  const rows: TellingSegment[] = [];
  for (let row = 0; row < connections.count; row++) {
    if (!connections.isKept(row) || (connections.flags(row) & CONNECTION_FLAG.closing) === 0) continue;
    const count = history.load(connections.history(row), rows);
    for (let index = 0; index < count; index++) {
      const { flags, time } = rows[index]!;
      if ((flags & RST) !== 0) for (const beside of [-2, -1, 0, 1]) seconds.add(Math.floor(time / SECOND) + beside);
    }
  }
  return idleCloses.among((time) => time >= recent || seconds.has(Math.floor(time / SECOND)));
}

/** Addresses of all connections, as `Address` writes them. */
export function hostsIn({ connections, tuples }: FlowTable): Set<string> {
  const hosts = new Set<string>();
  for (let row = 0; row < connections.count; row++) {
    if (!connections.isKept(row)) continue;
    for (const side of [0, 1]) {
      const { family, words } = tuples.address(connections.tuple(row), side);
      hosts.add(formatAddress(family, ...words));
    }
  }
  return hosts;
}
