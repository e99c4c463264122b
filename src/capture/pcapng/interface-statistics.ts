import type { InterfaceStatistics } from '../model.js';
import { readOptions } from './options.js';
import type { Section } from './section.js';

/**
 * Interface Statistics Block:
 *
 *                         1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  0 |                   Block Type = 0x00000005                     |
 *    +---------------------------------------------------------------+
 *  4 |                      Block Total Length                       |
 *    +---------------------------------------------------------------+
 *  8 |                         Interface ID                          |
 *    +---------------------------------------------------------------+
 * 12 |                        Timestamp (High)                       |
 *    +---------------------------------------------------------------+
 * 16 |                        Timestamp (Low)                        |
 *    +---------------------------------------------------------------+
 * 20 /                      Options (variable)                       /
 *    +---------------------------------------------------------------+
 *    |                      Block Total Length                       |
 *    +---------------------------------------------------------------+
 */
const INTERFACE_ID = 8;
const OPTIONS = 20;
const TRAILER = 4;

const ISB_ENDTIME = 3;
const ISB_IFRECV = 4;
const ISB_USRDELIV = 8;

/** Counters, each of 64 bits, since the capture began. */
const COUNTERS: Readonly<Record<number, keyof InterfaceStatistics>> = {
  [ISB_IFRECV]: 'received', 5: 'dropped', 6: 'accepted', 7: 'osDropped', [ISB_USRDELIV]: 'delivered',
};

/**
 * Learns how many packets were lost, and how long was captured, which silence at the end of a capture does not show.
 * Answers what is wrong with the block, null if nothing.
 *
 * The time is believed only where every packet that the interface delivered (dumpcap says only what it received) is in
 * the file: tools that cut a capture down copy the block as it stands, and what they removed must not be taken for
 * silence.
 */
export function interfaceStatistics(section: Section, view: DataView, at: number, length: number): string | null {
  const { file, littleEndian } = section;
  if (length < OPTIONS + TRAILER) return `block length ${length} is smaller than ${OPTIONS + TRAILER}`;
  const source = section.interfaces[view.getUint32(at + INTERFACE_ID, littleEndian)];
  let endAt = -1;
  const statistics: { -readonly [Counter in keyof InterfaceStatistics]: number } = {};
  const fault = readOptions(view, at + OPTIONS, at + length - TRAILER, littleEndian, (code, value, size) => {
    if (code === ISB_ENDTIME && size === 8) endAt = value;
    const counter = COUNTERS[code];
    if (counter !== undefined && size === 8) statistics[counter] = Number(view.getBigUint64(value, littleEndian));
  });
  if (source === undefined) return fault;
  const { log } = file;
  log.count(source.index, statistics);
  if (source.packets > 0 && endAt >= 0 && (statistics.delivered ?? statistics.received) === source.packets) {
    log.endAt(
      source.time(view.getUint32(endAt, littleEndian), view.getUint32(endAt + 4, littleEndian), log.clock),
      source.index,
    );
  }
  return fault;
}
