import type { Format, OpenFile } from '../framer.js';
import { RecordFramer } from '../record-framer.js';
import type { Window } from '../window.js';
import { SnoopLayout } from './snoop-record.js';

/** `snoop`, four bytes of eight that begin the file. */
const MAGIC = 0x736e_6f6f;
const VERSION_AND_LINK = 8;
const LINK = VERSION_AND_LINK + 4;
const FILE_HEADER_LENGTH = 16;

/** The format of Solaris (RFC 1761). */
export const snoop: Format = {
  name: 'snoop',
  headerLength: FILE_HEADER_LENGTH,
  opensAnywhere: true,

  recognizes(first) {
    return first.length >= 4 && new DataView(first.buffer, first.byteOffset).getUint32(0) === MAGIC;
  },

  open(window: Window, file: OpenFile) {
    const link = window.view.getUint32(window.start + LINK);
    window.start += FILE_HEADER_LENGTH;
    return new RecordFramer(new SnoopLayout(link, file.log.clock), file);
  },
};
