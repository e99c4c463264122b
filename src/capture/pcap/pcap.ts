import type { Format, OpenFile } from '../framer.js';
import type { PacketBatch } from '../packet-batch.js';
import type { Window } from '../window.js';
import { FILE_HEADER_LENGTH, MAGICS, readFileHeader } from './file-header.js';
import { PcapFramer } from './pcap-framer.js';
import { withVariant } from './variant.js';

/** The classic format of libpcap (draft-ietf-opsawg-pcap), in all its layouts and both byte orders. */
export const pcap: Format = {
  name: 'pcap',
  headerLength: FILE_HEADER_LENGTH,
  opensAnywhere: true,

  recognizes(first) {
    if (first.length < 4) return false;
    const view = new DataView(first.buffer, first.byteOffset);
    return MAGICS.has(view.getUint32(0, false)) || MAGICS.has(view.getUint32(0, true));
  },

  open(window: Window, file: OpenFile, batch: PacketBatch) {
    const header = readFileHeader(window.view, window.start);
    window.start += FILE_HEADER_LENGTH;
    return new PcapFramer(withVariant(header, window), file, batch);
  },
};
