import type { Format, OpenFile } from '../framer.js';
import { RecordFramer } from '../record-framer.js';
import type { Window } from '../window.js';
import { NetmonLayout } from './netmon-record.js';

/** `GMBU`. */
const MAGIC = 0x474d_4255;

// Version, network, when it began (year, month, day of the week, day, hour, minute, second, millisecond), where the
// table of frames lies; …
const MINOR_VERSION = 4;
const NETWORK = 6;
const YEAR = 8;
const MONTH = 10;
const DAY = 14;
const HOUR = 16;
const MINUTE = 18;
const SECOND = 20;
const MILLISECOND = 22;
const FRAME_TABLE = 24;
const FILE_HEADER_LENGTH = 128;

/**
 * Network Monitor 2 of Microsoft (`Capture File Format` of its help). Frames are read as they lie in the file, up to
 * the table that lists them, so that a pipe can be read, too.
 */
export const netmon: Format = {
  name: 'netmon2',
  headerLength: FILE_HEADER_LENGTH,

  recognizes(first) {
    return first.length >= 4 && new DataView(first.buffer, first.byteOffset).getUint32(0) === MAGIC;
  },

  open(window: Window, file: OpenFile) {
    const { view, start } = window;
    const word = (at: number): number => view.getUint16(start + at, true);
    // In the time zone of the host that captured, which the file does not name: taken for UTC. Frames of version 2.3
    // say their own.
    const began = Date.UTC(
      word(YEAR), word(MONTH) - 1, word(DAY), word(HOUR), word(MINUTE), word(SECOND), word(MILLISECOND),
    );
    const minor = view.getUint8(start + MINOR_VERSION);
    const end = view.getUint32(start + FRAME_TABLE, true);
    const layout = new NetmonLayout({
      minor, network: word(NETWORK), began, end: end > FILE_HEADER_LENGTH ? end : Infinity, clock: file.log.clock,
    });
    window.start += FILE_HEADER_LENGTH;
    return new RecordFramer(layout, file);
  },
};
